// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <bit>
#include <iterator>

#include "storage/graph.h"
#include "storage/graph_parts.h"
#include "storage/vector_cells.h"

namespace elegraph::storage {

namespace {

constexpr auto kIota = [] {
  std::array<uint16_t, kChunkRows> a{};
  for (uint32_t i = 0; i < kChunkRows; ++i) a[i] = uint16_t(i);
  return a;
}();

using Words = std::array<uint64_t, kChunkWords>;

void load_words(const Bitmap& from, Words& to) {
  static_assert(sizeof(from) == sizeof(to));
  copy_cells(to.data(), from.data(), sizeof(to));
}

// Changes the bits of rows that have versions to what the snapshot sees.
void apply_versions(const Chunk& chunk, const Snapshot& snapshot, Words& live) {
  const Versions* v = chunk.versions.load(std::memory_order_acquire);
  if (!v || !v->rows_came_or_went.load(std::memory_order_acquire)) return;
  const UndoRecord* last = nullptr;  // bulk-created rows share one record
  bool last_seen = false;
  for (uint32_t w = 0; w < kChunkWords; ++w)
    for (uint64_t bits = v->rows[w].load(std::memory_order_acquire); bits; bits &= bits - 1) {
      uint32_t row = w * 64 + uint32_t(std::countr_zero(bits));
      const UndoRecord* head = v->head(row);
      if (!head) continue;
      if (head != last) last = head, last_seen = visible(head->status, snapshot);
      if (last_seen) continue;
      uint64_t bit = uint64_t{1} << (row % 64);
      live[w] = exists((live[w] & bit) != 0, head, snapshot) ? live[w] | bit : live[w] & ~bit;
    }
}

void select(const Chunk& chunk, const Snapshot& snapshot, Selection& out) {
  Words live;
  load_words(chunk.live, live);
  apply_versions(chunk, snapshot, live);
  uint32_t count = 0;
  for (uint64_t w : live) count += uint32_t(std::popcount(w));
  out.count = count;
  uint32_t full = count / 64;
  bool prefix = true;
  for (uint32_t w = 0; w < full && prefix; ++w) prefix = live[w] == ~uint64_t{0};
  if (prefix && count % 64) prefix = live[full] == (uint64_t{1} << (count % 64)) - 1;
  out.all = prefix;
  if (prefix) {
    std::memcpy(out.slots, kIota.data(), count * sizeof(uint16_t));
    return;
  }
  uint16_t* at = out.slots;
  for (uint32_t w = 0; w < kChunkWords; ++w)
    for (uint64_t bits = live[w]; bits; bits &= bits - 1) *at++ = uint16_t(w * 64 + uint32_t(std::countr_zero(bits)));
}

// 64 rows, of which those without a value hold anything afterwards. False where some string is not in its cell.
bool fill_short_strings(const uint64_t* cells, uint64_t valid, StringRef* to) {
  uint64_t in_cell = 0;
  for (uint32_t i = 0; i < 64; ++i) in_cell |= (cells[i] & 1) << i;
  if (valid & ~in_cell) return false;
  for (uint32_t i = 0; i < 64; ++i) to[i] = inline_string(cells[i]);
  return true;
}

// Whether some row below the last one is not there, so that a new one may get its place.
bool has_gaps(const Words& live) {
  const auto last = std::find_if(live.rbegin(), live.rend(), [](uint64_t w) { return w != 0; });
  if (last == live.rend()) return false;
  const bool full = std::all_of(std::next(last), live.rend(), [](uint64_t w) { return w == ~uint64_t{0}; });
  return !full || (*last & (*last + 1)) != 0;
}

// Cells of a vector of strings: references into blobs, which live as long as the snapshot.
void fill_strings(const Cells& cells, const Words& valid, uint32_t limit, Vector& out) {
  constexpr uint32_t kAhead = 16;  // blobs that are on their way while one is read
  auto* to = out.mutable_data<StringRef>();
  for (uint32_t w = 0; w * 64 < limit; ++w) {
    uint64_t block[64];
    copy_cells(block, cells.data + w * 64, sizeof block);
    if (fill_short_strings(block, valid[w], to + w * 64)) continue;
    for (uint64_t bits = valid[w]; bits; bits &= bits - 1) {
      const uint32_t i = uint32_t(std::countr_zero(bits));
      // Where the row ahead has no string, there is none to wait for either.
      if (w * 64 + i + kAhead < limit)
        __builtin_prefetch(reinterpret_cast<const void*>(uintptr_t(cells.load(w * 64 + i + kAhead))));
      to[w * 64 + i] = string_of(block[i]);
    }
  }
}

// A column is boxed since some value was of another type, which may be gone: the others are read as what they are.
Type boxed_type(const Cells& cells, const Words& valid) {
  const auto first = std::ranges::find_if(valid, [](uint64_t w) { return w != 0; });
  if (first == valid.end()) return Type::kAny;
  const auto last = std::find_if(valid.rbegin(), valid.rend(), [](uint64_t w) { return w != 0; });
  auto layout = [&](uint32_t row) { return Vector::layout(cell_value({CellType::kBoxed, cells.load(row)})); };
  const Type type = layout(uint32_t(first - valid.begin()) * 64 + uint32_t(std::countr_zero(*first)));
  const uint32_t end = uint32_t(valid.rend() - last) * 64 - uint32_t(std::countl_zero(*last));
  return layout(end - 1) == type ? type : Type::kAny;
}

void fill_boxed(const Cells& cells, const Words& valid, Vector& out) {
  out.reset(boxed_type(cells, valid));
  std::fill_n(out.mutable_mask(), Vector::kWords, uint64_t{0});
  for (uint32_t w = 0; w < kChunkWords; ++w)
    for (uint64_t bits = valid[w]; bits; bits &= bits - 1) {
      uint32_t row = w * 64 + uint32_t(std::countr_zero(bits));
      out.set(row, cell_value({CellType::kBoxed, cells.load(row)}));
    }
}

// Rows that have versions get the snapshot's value.
void patch_versions(const Versions& v, KeyId key, const Snapshot& snapshot, Vector& out) {
  const UndoRecord* last = nullptr;
  bool last_seen = false;
  for (uint32_t w = 0; w < kChunkWords; ++w)
    for (uint64_t bits = v.rows[w].load(std::memory_order_acquire); bits; bits &= bits - 1) {
      uint32_t row = w * 64 + uint32_t(std::countr_zero(bits));
      const UndoRecord* head = v.head(row);
      if (!head) continue;
      if (head != last) last = head, last_seen = visible(head->status, snapshot);
      if (last_seen) continue;
      const UndoRecord* oldest = nullptr;
      unseen(head, snapshot, [&](const UndoRecord& r) {
        if (r.kind == UndoKind::kProperty && r.key == key.value) oldest = &r;
      });
      if (oldest) set_cell(out, row, oldest->cell());
    }
}

void scan_sparse(const Column& column, const SparseCells& sparse, const Chunk& chunk, const Snapshot& snapshot,
                 Vector& out) {
  Type type = sparse.count ? value_type_of(sparse.entries[0].cell.type) : Type::kNull;
  const Versions* v = chunk.versions.load(std::memory_order_acquire);
  if (!sparse.count && !v) return out.reset_null();
  out.reset(type == Type::kNull ? Type::kAny : type);
  std::fill_n(out.mutable_mask(), Vector::kWords, uint64_t{0});
  for (uint32_t i = 0; i < sparse.count; ++i) set_cell(out, sparse.entries[i].row, sparse.entries[i].cell);
  if (v) patch_versions(*v, column.key, snapshot, out);
}

// The column as it was before the only transaction that has versions here, for a snapshot that does not see that
// one: cells that nobody writes any more (but for rows that are not visible yet). Null where the versions must be walked.
const Cells* cells_before(const Column& column, const Versions& v, const Snapshot& snapshot) {
  const TransactionStatus* writer = v.only_writer.load(std::memory_order_acquire);
  if (!writer || visible(writer, snapshot)) return nullptr;
  if (const Cells* before = column.before.load(std::memory_order_acquire)) return before;
  const Cells* cells = column.cells.load(std::memory_order_acquire);
  return cells && cells->generation < v.generation ? cells : nullptr;
}

void scan_cells(const Column& column, const Cells& newest, const Chunk& chunk, const Snapshot& snapshot, Vector& out) {
  Words valid, live;
  const Versions* v = chunk.versions.load(std::memory_order_acquire);
  const Cells* before = v ? cells_before(column, *v, snapshot) : nullptr;
  const Cells& cells = before ? *before : newest;
  Type type = value_type_of(cells.type);
  uint32_t limit = chunk.limit.load(std::memory_order_acquire);
  load_words(cells.valid, valid);
  load_words(chunk.live, live);
  // The live bitmap is of now: rows that the writer deleted since are not in it, and those that it made are.
  const bool same_rows = !before || !v->rows_came_or_went.load(std::memory_order_acquire);
  bool all = same_rows;
  for (uint32_t w = 0; w < kChunkWords; ++w) all &= (valid[w] | ~live[w]) == ~uint64_t{0};
  bool plain = type != Type::kString && type != Type::kAny;
  v = before ? nullptr : chunk.versions.load(std::memory_order_acquire);
  if (plain && !v && same_rows && !has_gaps(live)) {
    // Frozen: see storage/chunk.h. Not with gaps: loops over the rows between look at them too (Rows::dense()), while a
    // creator stores its cells there. The mask is ours, since creators set bits of their rows beside those of ours.
    if (all) return out.reference(type, cells.data, nullptr);
    uint64_t* mask = out.own_mask();
    std::copy(valid.begin(), valid.end(), mask);
    return out.reference(type, cells.data, mask);
  }
  if (type != Type::kAny) out.reset(type);
  if (plain) copy_cells(out.mutable_data<char>(), cells.data, limit * cell_width(cells.type));
  if (type == Type::kString) fill_strings(cells, valid, limit, out);
  if (type == Type::kAny) fill_boxed(cells, valid, out);
  if (!all || v) std::copy(valid.begin(), valid.end(), out.mutable_mask());
  if (type == Type::kAny && all && !v) out.set_valid_all();
  if (before) return;
  // Again: a writer may have come while the cells were copied.
  v = chunk.versions.load(std::memory_order_acquire);
  if (v) {
    if (out.all_valid()) std::copy(valid.begin(), valid.end(), out.mutable_mask());
    patch_versions(*v, column.key, snapshot, out);
  }
}

void scan(const Chunk* chunk, KeyId key, const Snapshot& snapshot, Vector& out) {
  const Column* column = chunk ? chunk->column(key) : nullptr;
  if (!column) return out.reset_null();
  const Cells* cells = column->cells.load(std::memory_order_acquire);
  if (!cells) {
    if (const SparseCells* s = column->sparse.load(std::memory_order_acquire))
      return scan_sparse(*column, *s, *chunk, snapshot, out);
    cells = column->cells.load(std::memory_order_acquire);
    if (!cells) return out.reset_null();
  }
  scan_cells(*column, *cells, *chunk, snapshot, out);
}

template <class Directory>
Value property_of(const Directory& directory, uint32_t id, KeyId key, const Snapshot& snapshot) {
  const Chunk* chunk = directory.of(id);
  const Column* column = chunk ? chunk->column(key) : nullptr;
  return column ? cell_value(property_cell(*chunk, *column, id % kChunkRows, snapshot)) : Value();
}

// Of wide rows the first columns: more would push each other out.
constexpr size_t kPrefetchedColumns = 8;

void prefetch(const Chunk* chunk, uint32_t row) {
  const ColumnTable* table = chunk ? chunk->columns.load(std::memory_order_acquire) : nullptr;
  if (!table) return;
  for (size_t i = 0, n = std::min(table->columns.size(), kPrefetchedColumns); i < n; ++i) {
    const Cells* cells = table->columns[i]->cells.load(std::memory_order_acquire);
    if (!cells) continue;
    __builtin_prefetch(&cells->valid[row / 64]);
    __builtin_prefetch(reinterpret_cast<const char*>(cells->data) + size_t{row} * cell_width(cells->type));
  }
}

void properties_of(const Chunk* chunk, uint32_t row, const Snapshot& snapshot,
                   const std::function<void(KeyId, const Value&)>& f) {
  const ColumnTable* table = chunk ? chunk->columns.load(std::memory_order_acquire) : nullptr;
  if (!table) return;
  for (const Column* column : table->columns) {
    Cell cell = property_cell(*chunk, *column, row, snapshot);
    if (cell.type != CellType::kNone) f(column->key, cell_value(cell));
  }
}

bool contains(const std::vector<uint32_t>& sorted, uint32_t v) {
  return std::binary_search(sorted.begin(), sorted.end(), v);
}

// That of the list's only change, which added all that it has: after a load, until the vacuum has folded it. Null for
// others.
const Run* only_run(const Tail& tail, const Snapshot& snapshot) {
  const TailBlock* b = tail.head.load(std::memory_order_acquire);
  if (tail.run || !b || !b->bulk || b->sequence != tail.first) return nullptr;
  const auto* bulk = static_cast<const BulkBlock*>(b);
  return stamp::visible(bulk->stamp.load(std::memory_order_acquire), snapshot) ? bulk->run : nullptr;
}

}  // namespace

Neighbors Reader::Access::with_tail(const Reader& r, uint64_t word, NeighborScratch& scratch) {
  const Tail* t = list_word::tail(word);
  if (const Run* only = only_run(*t, r.snapshot_)) return {only->nodes(), only->rels(), only->count, true};
  scratch.nodes.clear(), scratch.rels.clear();
  std::vector<uint32_t> deleted;
  TailBlock* b = t->head.load(std::memory_order_acquire);
  for (uint64_t first = b ? t->first : 0; b; b = b->sequence == first ? nullptr : b->older) {
    if (b->bulk) {
      auto* bulk = static_cast<BulkBlock*>(b);
      if (!stamp::visible(bulk->stamp.load(std::memory_order_acquire), r.snapshot_)) continue;
      scratch.nodes.insert(scratch.nodes.end(), bulk->run->nodes(), bulk->run->nodes() + bulk->run->count);
      scratch.rels.insert(scratch.rels.end(), bulk->run->rels(), bulk->run->rels() + bulk->run->count);
      continue;
    }
    for (uint32_t i = 0, n = b->count.load(std::memory_order_acquire); i < n; ++i) {
      const TailEntry& e = b->entries()[i];
      uint64_t s = e.stamp.load(std::memory_order_acquire);
      if (!stamp::visible(s, r.snapshot_)) continue;
      if (stamp::is_delete(s))
        deleted.push_back(e.rel.value);
      else
        scratch.nodes.push_back(e.neighbor), scratch.rels.push_back(e.rel);
    }
  }
  const Run* run = t->run;
  if (scratch.nodes.empty() && deleted.empty()) {
    if (!run) return {nullptr, nullptr, 0, true};
    return {run->nodes(), run->rels(), run->count, true};
  }
  if (run) {
    scratch.nodes.insert(scratch.nodes.end(), run->nodes(), run->nodes() + run->count);
    scratch.rels.insert(scratch.rels.end(), run->rels(), run->rels() + run->count);
  }
  if (!deleted.empty()) {
    std::sort(deleted.begin(), deleted.end());
    size_t kept = 0;
    for (size_t i = 0; i < scratch.rels.size(); ++i) {
      if (contains(deleted, scratch.rels[i].value)) continue;
      scratch.nodes[kept] = scratch.nodes[i], scratch.rels[kept] = scratch.rels[i];
      ++kept;
    }
    scratch.nodes.resize(kept), scratch.rels.resize(kept);
  }
  return {scratch.nodes.data(), scratch.rels.data(), uint32_t(scratch.nodes.size()), false};
}

uint32_t Reader::Access::degree_with_tail(const Reader& r, uint64_t word) {
  const Tail* t = list_word::tail(word);
  uint32_t n = t->run ? t->run->count : 0;
  TailBlock* b = t->head.load(std::memory_order_acquire);
  for (uint64_t first = b ? t->first : 0; b; b = b->sequence == first ? nullptr : b->older) {
    if (b->bulk) {
      auto* bulk = static_cast<BulkBlock*>(b);
      if (stamp::visible(bulk->stamp.load(std::memory_order_acquire), r.snapshot_)) n += bulk->run->count;
      continue;
    }
    for (uint32_t i = 0, count = b->count.load(std::memory_order_acquire); i < count; ++i) {
      uint64_t s = b->entries()[i].stamp.load(std::memory_order_acquire);
      if (stamp::visible(s, r.snapshot_)) n += stamp::is_delete(s) ? ~0u : 1u;
    }
  }
  return n;
}

uint32_t Reader::list_size(NodeId node, Direction direction, RelTypeId type, uint32_t limit) const {
  const uint64_t word = Access::word(*this, node, direction, type);
  if (word == 0) return 0;
  if (!list_word::has_tail(word)) return list_word::count(word);
  const Tail* t = list_word::tail(word);
  uint32_t n = t->run ? t->run->count : 0;
  TailBlock* b = t->head.load(std::memory_order_acquire);
  for (uint64_t first = b ? t->first : 0; b && n < limit; b = b->sequence == first ? nullptr : b->older)
    n += b->bulk ? static_cast<BulkBlock*>(b)->run->count : b->count.load(std::memory_order_acquire);
  return n;
}

void Reader::add_degrees(std::span<const NodeId> nodes, Direction direction, RelTypeId type, uint64_t* to) const {
  constexpr size_t kAhead = 16;
  const Adjacency* lists = Access::parts(*this).adjacency.find(type, direction);
  if (!lists) return;
  uint32_t chunk = ~0u;
  const Adjacency::Block* block = nullptr;
  for (size_t i = 0; i < nodes.size(); ++i) {
    if (i + kAhead < nodes.size() && nodes[i + kAhead].value / kChunkRows != chunk)
      prefetch_header(nodes[i + kAhead], direction, type);
    if (nodes[i].value / kChunkRows != chunk) chunk = nodes[i].value / kChunkRows, block = lists->block(chunk);
    if (!block) continue;
    uint64_t word = block->words[nodes[i].value % kChunkRows].load(std::memory_order_acquire);
    if (word) to[i] += list_word::has_tail(word) ? Access::degree_with_tail(*this, word) : list_word::count(word);
  }
}

void Reader::visible_nodes(ChunkId chunk, Selection& out) const {
  const NodeChunk* c = Access::parts(*this).nodes.find(chunk.value);
  out.count = 0, out.all = true;
  if (c) select(*c, snapshot_, out);
}

void Reader::visible_relationships(ChunkId chunk, Selection& out) const {
  const RelChunk* c = Access::parts(*this).rels.find(chunk.value);
  out.count = 0, out.all = true;
  if (c) select(*c, snapshot_, out);
}

void Reader::scan_property(ChunkId chunk, KeyId key, Vector& out) const {
  scan(Access::parts(*this).nodes.find(chunk.value), key, snapshot_, out);
}
void Reader::scan_property(ChunkId chunk, KeyId key, Vector& out, RelId) const {
  scan(Access::parts(*this).rels.find(chunk.value), key, snapshot_, out);
}
Value Reader::property(NodeId node, KeyId key) const {
  return property_of(Access::parts(*this).nodes, node.value, key, snapshot_);
}
Value Reader::property(RelId rel, KeyId key) const {
  return property_of(Access::parts(*this).rels, rel.value, key, snapshot_);
}
void Reader::prefetch_row(NodeId node) const {
  prefetch(Access::parts(*this).nodes.of(node.value), node.value % kChunkRows);
}
void Reader::prefetch_row(RelId rel) const { prefetch(Access::parts(*this).rels.of(rel.value), rel.value % kChunkRows); }
void Reader::properties(NodeId node, const std::function<void(KeyId, const Value&)>& f) const {
  properties_of(Access::parts(*this).nodes.of(node.value), node.value % kChunkRows, snapshot_, f);
}
void Reader::properties(RelId rel, const std::function<void(KeyId, const Value&)>& f) const {
  properties_of(Access::parts(*this).rels.of(rel.value), rel.value % kChunkRows, snapshot_, f);
}

}  // namespace elegraph::storage
