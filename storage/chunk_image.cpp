// SPDX-License-Identifier: Apache-2.0
#include "storage/chunk_image.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "storage/error.h"
#include "storage/graph_parts.h"
#include "storage/rcu.h"
#include "storage/slab.h"
#include "storage/value_codec.h"

namespace elegraph::storage {

namespace {

constexpr uint8_t kVersion = 1;
using Words = std::array<uint64_t, kChunkWords>;

[[noreturn]] void corrupted(const char* what) {
  throw Error(sqlstate::kDataCorrupted, std::string("a chunk image has ") + what);
}

void put_words(std::string& out, const Words& words) {
  for (uint64_t w : words) put_u64(out, w);
}

Words words_of(const Selection& rows) {
  Words words{};
  for (uint32_t i = 0; i < rows.count; ++i) words[rows.slots[i] / 64] |= uint64_t{1} << (rows.slots[i] % 64);
  return words;
}

Cell cell_at(const Chunk& chunk, const Column& column, uint32_t row, const Snapshot& snapshot) {
  Cell newest = column.get(row);
  return cell_in(newest, column.key, chunk.head(row), snapshot);
}

void put_cell(std::string& out, const Cell& cell, CellType type) {
  if (type == CellType::kBoxed && cell.type != CellType::kBoxed) {
    std::string bytes;
    encode_value(bytes, cell_value(cell));
    put_u32(out, uint32_t(bytes.size()));
    out += bytes;
  } else if (has_blobs(type)) {
    StringRef ref = string_of(cell.bits);  // holds a short string itself
    std::string_view bytes = ref.view();
    put_u32(out, uint32_t(bytes.size()));
    out += bytes;
  } else if (type == CellType::kBool) {
    out.push_back(char(cell.bits));
  } else {
    put_u64(out, cell.bits);
  }
}

// False where no row has a value.
bool put_column(std::string& out, const Chunk& chunk, const Column& column, const Selection& rows,
                const Snapshot& snapshot) {
  std::vector<std::pair<uint32_t, Cell>> cells;
  Words valid{};
  CellType type = CellType::kNone;
  for (uint32_t i = 0; i < rows.count; ++i) {
    uint32_t row = rows.slots[i];
    Cell cell = cell_at(chunk, column, row, snapshot);
    if (cell.type == CellType::kNone) continue;
    type = type == CellType::kNone || type == cell.type ? cell.type : CellType::kBoxed;
    valid[row / 64] |= uint64_t{1} << (row % 64);
    cells.emplace_back(row, cell);
  }
  if (cells.empty()) return false;
  put_u32(out, column.key.value);
  out.push_back(char(type));
  put_words(out, valid);
  for (auto& [row, cell] : cells) put_cell(out, cell, type);
  return true;
}

void put_columns(std::string& out, const Chunk& chunk, const Selection& rows, const Snapshot& snapshot) {
  size_t count_at = out.size();
  put_u32(out, 0);
  uint32_t count = 0;
  if (const ColumnTable* table = chunk.columns.load(std::memory_order_acquire))
    for (const Column* column : table->columns) count += put_column(out, chunk, *column, rows, snapshot);
  std::memcpy(out.data() + count_at, &count, 4);
}

void put_head(std::string& out, uint32_t owner, uint32_t limit, const Selection& rows) {
  out.push_back(char(kVersion));
  put_u32(out, owner);
  put_u32(out, limit);
  put_words(out, words_of(rows));
}

}  // namespace

bool export_node_chunk(const Graph& graph, ChunkId id, Snapshot snapshot, std::string& out) {
  rcu::ReadGuard guard;
  const NodeChunk* chunk = graph.parts().nodes.find(id.value);
  if (!chunk) return false;
  Selection rows;
  Reader(graph, snapshot).visible_nodes(id, rows);
  uint32_t limit = chunk->limit.load(std::memory_order_acquire);
  put_head(out, chunk->labels.value, limit, rows);
  bool mixed = chunk->mixed.load(std::memory_order_acquire) != nullptr;
  out.push_back(char(mixed));
  if (mixed) {
    std::vector<uint32_t> sets(limit, chunk->labels.value);
    for (uint32_t i = 0; i < rows.count; ++i) sets[rows.slots[i]] = labels_in(*chunk, rows.slots[i], snapshot).value;
    for (uint32_t set : sets) put_u32(out, set);
  }
  put_columns(out, *chunk, rows, snapshot);
  return true;
}

bool export_relationship_chunk(const Graph& graph, ChunkId id, Snapshot snapshot, std::string& out) {
  rcu::ReadGuard guard;
  const RelChunk* chunk = graph.parts().rels.find(id.value);
  if (!chunk) return false;
  Selection rows;
  Reader(graph, snapshot).visible_relationships(id, rows);
  uint32_t limit = chunk->limit.load(std::memory_order_acquire);
  put_head(out, chunk->type.value, limit, rows);
  for (const NodeId* ends : {chunk->source, chunk->target}) {
    std::vector<uint32_t> ids(limit);
    for (uint32_t i = 0; i < rows.count; ++i) ids[rows.slots[i]] = ends[rows.slots[i]].value;
    for (uint32_t v : ids) put_u32(out, v);
  }
  put_columns(out, *chunk, rows, snapshot);
  return true;
}

namespace {

Timestamp changed(const Chunk* chunk) {
  if (!chunk) return 0;
  if (chunk->versions.load(std::memory_order_acquire)) return ~Timestamp{0};
  return chunk->changed.load(std::memory_order_acquire);
}

}  // namespace

Timestamp node_chunk_changed(const Graph& graph, ChunkId id) { return changed(graph.parts().nodes.find(id.value)); }
Timestamp relationship_chunk_changed(const Graph& graph, ChunkId id) { return changed(graph.parts().rels.find(id.value)); }

// Catalog: labels, types, keys (v count, each s name), label sets (v count, each v n, v[n]), then for each label set
// and each type v count of keys, each v key, u32 types, u32 element types.
void export_catalog(const Catalog& catalog, std::string& out) {
  auto keys = [&](const auto& all) {
    put_varint(out, all.size());
    for (auto& [key, types] : all) put_varint(out, key.value), put_u32(out, types.bits), put_u32(out, types.element_bits);
  };
  // Counted backwards from what depends on what: names may come while this runs.
  uint32_t sets = catalog.label_set_count();
  std::string observed;
  out.swap(observed);
  for (uint32_t s = 0; s < sets; ++s) keys(catalog.observed(LabelSetId(s)));
  uint32_t types = catalog.rel_type_count();
  for (uint32_t t = 0; t < types; ++t) keys(catalog.observed(RelTypeId(t)));
  out.swap(observed);
  uint32_t labels = catalog.label_count(), key_count = catalog.key_count();
  put_varint(out, labels);
  for (uint32_t i = 0; i < labels; ++i) put_string(out, catalog.name(LabelId(i)));
  put_varint(out, types);
  for (uint32_t i = 0; i < types; ++i) put_string(out, catalog.name(RelTypeId(i)));
  put_varint(out, key_count);
  for (uint32_t i = 0; i < key_count; ++i) put_string(out, catalog.name(KeyId(i)));
  put_varint(out, sets);
  for (uint32_t s = 0; s < sets; ++s) {
    auto of = catalog.labels(LabelSetId(s));
    put_varint(out, of.size());
    for (LabelId l : of) put_varint(out, l.value);
  }
  out += observed;
}

void import_catalog(Catalog& catalog, std::string_view image) {
  Decoder in(image);
  for (NameKind kind : {NameKind::kLabel, NameKind::kRelType, NameKind::kKey})
    for (uint64_t i = 0, n = in.varint(); i < n; ++i) catalog.restore(kind, uint32_t(i), in.string());
  uint64_t sets = in.varint();
  for (uint64_t s = 0; s < sets; ++s) {
    std::vector<LabelId> labels;
    for (uint64_t n = in.varint(); n > 0; --n) labels.push_back(LabelId(uint32_t(in.varint())));
    catalog.restore(LabelSetId(uint32_t(s)), labels);
  }
  auto observed = [&](auto owner) {
    for (uint64_t n = in.varint(); n > 0; --n) {
      KeyId key(uint32_t(in.varint()));
      uint32_t bits = in.u32(), elements = in.u32();
      if (key.value >= catalog.key_count()) corrupted("an unknown key");
      catalog.observe(owner, key, TypeMask{bits, elements});
    }
  };
  for (uint64_t s = 0; s < sets; ++s) observed(LabelSetId(uint32_t(s)));
  for (uint32_t t = 0; t < catalog.rel_type_count(); ++t) observed(RelTypeId(t));
}

namespace {

struct Head {
  uint32_t owner, limit;
  Words live;
};

Words get_words(Decoder& in) {
  Words words;
  for (uint64_t& w : words) w = in.u64();
  return words;
}

Head get_head(Decoder& in) {
  if (in.u8() != kVersion) corrupted("an unknown version");
  Head h;
  h.owner = in.u32(), h.limit = in.u32();
  h.live = get_words(in);
  if (h.limit > kChunkRows) corrupted("too many rows");
  for (uint32_t row = h.limit; row < kChunkRows; ++row)
    if (h.live[row / 64] >> (row % 64) & 1) corrupted("a row past its limit");
  return h;
}

Cell get_cell(Decoder& in, CellType type) {
  switch (type) {
    case CellType::kBool: return {type, in.u8() != 0};
    case CellType::kString: return {type, make_string_bits(in.bytes(in.u32()))};
    case CellType::kBoxed: return {type, uint64_t(reinterpret_cast<uintptr_t>(Blob::make(in.bytes(in.u32()))))};
    case CellType::kInt:
    case CellType::kFloat:
    case CellType::kDate:
    case CellType::kLocalTime:
    case CellType::kLocalDateTime:
    case CellType::kDateTime: return {type, in.u64()};
    case CellType::kNone: break;
  }
  return {};
}

// Into new cells, which nobody reads yet. Each is valid as soon as it is there, so that an error later on loses none.
void get_cells(Decoder& in, CellType type, const Words& valid, Cells& cells) {
  for (uint32_t w = 0; w < kChunkWords; ++w) {
    for (uint64_t left = valid[w], got = 0; left != 0; left &= left - 1) {
      const uint32_t bit = uint32_t(std::countr_zero(left));
      cells.store(w * 64 + bit, get_cell(in, type).bits);
      cells.valid[w].store(got |= uint64_t{1} << bit, std::memory_order_relaxed);
    }
  }
}

void get_columns(Decoder& in, Chunk& chunk, const Words& live, const Catalog& catalog) {
  const ValueStretch stretch;
  std::vector<Cell> garbage;
  for (uint32_t n = in.u32(); n > 0; --n) {
    KeyId key(in.u32());
    if (key.value >= catalog.key_count()) corrupted("an unknown key");
    if (chunk.column(key)) corrupted("a column twice");
    CellType type = CellType(in.u8());
    if (type == CellType::kNone || type > kLastCellType) corrupted("an unknown type of column");
    Words valid = get_words(in);
    uint32_t count = 0;
    for (uint32_t w = 0; w < kChunkWords; ++w) {
      if (valid[w] & ~live[w]) corrupted("a value without a row");
      count += uint32_t(std::popcount(valid[w]));
    }
    Column& column = chunk.column_for(key);
    if (count > SparseCells::kMax) {
      chunk.make_dense(column, type, garbage);
      get_cells(in, type, valid, *column.cells.load(std::memory_order_relaxed));
      continue;
    }
    for (uint32_t row = 0; row < kChunkRows; ++row)
      if (valid[row / 64] >> (row % 64) & 1) chunk.put(column, row, get_cell(in, type), true, garbage);
  }
}

void set_rows(Chunk& chunk, const Head& head) {
  chunk.limit.store(head.limit, std::memory_order_relaxed);
  for (uint32_t w = 0; w < kChunkWords; ++w) {
    chunk.live[w].store(head.live[w], std::memory_order_relaxed);
    chunk.used[w].store(head.live[w], std::memory_order_relaxed);
  }
}

template <class T>
void check_free(const ChunkDirectory<T>& chunks, ChunkId id) {
  if (id.value >= chunks.kTop * chunks.kLeaf - 1 || chunks.find(id.value)) corrupted("an id that is too large or taken");
}

void get_mixed(Decoder& in, NodeChunk& chunk, uint32_t limit, const Catalog& catalog) {
  std::atomic<uint32_t>* mixed = chunk.make_mixed();
  for (uint32_t row = 0; row < limit; ++row) {
    LabelSetId set(in.u32());
    if (set.value >= catalog.label_set_count()) corrupted("an unknown label set");
    mixed[row].store(set.value, std::memory_order_relaxed);
    auto& others = chunk.other_sets;
    if (set != chunk.labels && std::find(others.begin(), others.end(), set) == others.end()) others.push_back(set);
  }
}

}  // namespace

void import_node_chunk(Graph& graph, ChunkId id, std::string_view image) {
  rcu::ReadGuard guard;
  Graph::Parts& parts = graph.parts();
  check_free(parts.nodes, id);
  Decoder in(image);
  Head head = get_head(in);
  if (head.owner >= parts.catalog.label_set_count()) corrupted("an unknown label set");
  auto chunk = std::make_unique<NodeChunk>(LabelSetId(head.owner));
  set_rows(*chunk, head);
  if (in.u8()) get_mixed(in, *chunk, head.limit, parts.catalog);
  get_columns(in, *chunk, head.live, parts.catalog);
  std::vector<LabelSetId> sets = chunk->other_sets;
  sets.insert(sets.begin(), chunk->labels);
  parts.nodes.set(id.value, std::move(chunk));
  for (ChangeObserver* o : parts.observers)
    for (LabelSetId set : sets) o->node_chunk_opened(id, set);
}

void import_relationship_chunk(Graph& graph, ChunkId id, std::string_view image) {
  rcu::ReadGuard guard;
  Graph::Parts& parts = graph.parts();
  check_free(parts.rels, id);
  Decoder in(image);
  Head head = get_head(in);
  if (head.owner >= parts.catalog.rel_type_count()) corrupted("an unknown relationship type");
  auto chunk = std::make_unique<RelChunk>(RelTypeId(head.owner));
  set_rows(*chunk, head);
  for (NodeId* ends : {chunk->source, chunk->target}) {
    const std::string_view all = in.bytes(head.limit * sizeof(NodeId));
    std::memcpy(static_cast<void*>(ends), all.data(), all.size());
  }
  get_columns(in, *chunk, head.live, parts.catalog);
  RelTypeId type = chunk->type;
  parts.rels.set(id.value, std::move(chunk));
  for (ChangeObserver* o : parts.observers) o->relationship_chunk_opened(id, type);
}

}  // namespace elegraph::storage
