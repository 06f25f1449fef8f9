// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <memory>

#include "storage/graph.h"
#include "storage/row_versions.h"
#include "storage/vector_cells.h"

// Properties of rows that lie anywhere, by id.
namespace elegraph::storage {

void set_cell(Vector& out, uint32_t row, const Cell& cell) {
  if (cell.type == CellType::kNone) {
    out.set_null(row);
    return;
  }
  if (out.type() == value_type_of(cell.type) && cell.type != CellType::kBoxed) {
    switch (cell.type) {
      case CellType::kBool: out.mutable_data<uint8_t>()[row] = uint8_t(cell.bits); break;
      case CellType::kString: out.mutable_data<StringRef>()[row] = string_of(cell.bits); break;
      default: out.mutable_data<uint64_t>()[row] = cell.bits;
    }
    if (!out.all_valid()) out.mutable_mask()[row / 64] |= uint64_t{1} << (row % 64);
    return;
  }
  out.set(row, cell_value(cell));
}

namespace {

// Whether every row of the chunk has a value, in any snapshot. Rows that come meanwhile are not among those that are asked
// for; one that goes, and is seen all the same, has left a version before it was gone.
bool all_valid(const Chunk& chunk, const Cells& cells) {
  bool all = true;
  for (uint32_t w = 0; w < kChunkWords; ++w)
    all &=
        (cells.valid[w].load(std::memory_order_acquire) | ~chunk.live[w].load(std::memory_order_acquire)) == ~uint64_t{0};
  return all && !chunk.versions.load(std::memory_order_acquire);
}

bool plain(CellType type) {
  return type != CellType::kNone && type != CellType::kBool && type != CellType::kString && type != CellType::kBoxed;
}

// What one call knows about a chunk's column.
struct ChunkCells {
  // The call, then the cells' type where the words of all rows may be taken as they are, then the chunk.
  uint64_t tag = 0;
  const Chunk* chunk = nullptr;
  const Column* column = nullptr;
  // No version is live, so that the cells are frozen for this read section (storage/chunk.h). Null: none there.
  bool frozen = false;
  uint8_t asked = 0;  // how often for, up to kWorthALook
  const Cells* cells = nullptr;
};

constexpr uint32_t kAhead = 32;  // rows whose cells are asked for before the first is read

// Direct-mapped by chunk. Emptied by counting calls.
class ChunkCellsCache {
 public:
  static constexpr uint32_t kTypeShift = 32, kCallShift = 40;
  // So many rows of a chunk are worth a look at whether all of it have values. Of rows from all over a large graph few
  // share a chunk, and the look would cost more than all of them.
  static constexpr uint8_t kWorthALook = 16;

  void next_call() {
    if (++call_ == uint64_t{1} << (64 - kCallShift)) entries_.fill({}), call_ = 1;
  }
  const ChunkCells& entry(uint32_t chunk) const { return entries_[chunk % entries_.size()]; }
  bool knows(uint32_t chunk) const {
    constexpr uint64_t kType = uint64_t{0xff} << kTypeShift;
    return (entry(chunk).tag & ~kType) == (tag(CellType::kNone) | chunk);
  }
  uint64_t tag(CellType type) const { return call_ << kCallShift | uint64_t(type) << kTypeShift; }

  template <class Directory>
  const ChunkCells& find(const Directory& directory, uint32_t chunk, KeyId key) {
    ChunkCells& c = entries_[chunk % entries_.size()];
    if (!knows(chunk)) [[unlikely]] {
      fill(c, directory.find(chunk), key);
      c.tag = tag(CellType::kNone) | chunk;
    } else if (c.asked < kWorthALook && ++c.asked == kWorthALook) {
      const bool words = c.frozen && c.cells && plain(c.cells->type) && all_valid(*c.chunk, *c.cells);
      if (words) c.tag = tag(c.cells->type) | chunk;
    }
    return c;
  }
  // So that the rows' cells come side by side.
  template <class IdT, class Directory>
  void ask_for(const Directory& directory, std::span<const IdT> ids, KeyId key) {
    ask_for_columns(directory, ids, key);
    for (IdT id : ids) {
      if (!id.valid()) continue;
      const ChunkCells& c = find(directory, id.value / kChunkRows, key);
      if (!c.cells) continue;
      const uint32_t row = id.value % kChunkRows;
      __builtin_prefetch(&c.cells->valid[row / 64]);
      __builtin_prefetch(&c.cells->data[row]);  // of a byte's cells another one, which does no harm
    }
  }

 private:
  // Five reads lead from a chunk to its cells, each of an address that the one before gives: side by side for the
  // chunks that are met for the first time.
  template <class IdT, class Directory>
  void ask_for_columns(const Directory& directory, std::span<const IdT> ids, KeyId key) {
    constexpr uint32_t kFew = 4;
    std::array<const Chunk*, kAhead> chunks;
    std::array<const ColumnTable*, kAhead> tables;
    uint32_t count = 0;
    for (IdT id : ids) {
      if (!id.valid() || knows(id.value / kChunkRows)) continue;
      const Chunk* chunk = directory.find(id.value / kChunkRows);
      if (!chunk) continue;
      __builtin_prefetch(&chunk->columns);  // and the versions
      chunks[count++] = chunk;
    }
    if (count < kFew) return;
    for (uint32_t i = 0; i < count; i++) {
      tables[i] = chunks[i]->columns.load(std::memory_order_acquire);
      __builtin_prefetch(tables[i]);
    }
    for (uint32_t i = 0; i < count; i++)
      if (tables[i]) __builtin_prefetch(tables[i]->columns.data());
    for (uint32_t i = 0; i < count; i++)
      if (tables[i])
        for (const Column* c : std::span(tables[i]->columns).first(std::min<size_t>(tables[i]->columns.size(), kFew)))
          __builtin_prefetch(c);
    for (uint32_t i = 0; i < count; i++)
      if (const Column* c = chunks[i]->column(key)) __builtin_prefetch(c->cells.load(std::memory_order_acquire));
  }

  static void fill(ChunkCells& c, const Chunk* chunk, KeyId key) {
    c.asked = 0;
    c.chunk = chunk;
    c.column = chunk ? chunk->column(key) : nullptr;
    c.cells = c.column ? c.column->cells.load(std::memory_order_acquire) : nullptr;
    bool sparse = c.column && !c.cells;
    c.frozen = !sparse && (!chunk || !chunk->versions.load(std::memory_order_acquire));
  }

  uint64_t call_ = 0;
  std::array<ChunkCells, 1024> entries_;
};

Cell cell_at(const ChunkCells& c, uint32_t row, const Snapshot& snapshot) {
  if (!c.column) return {};
  return c.frozen ? c.cells->get(row) : property_cell(*c.chunk, *c.column, row, snapshot);
}

// Fills `out` row by row; its type is that of the first value.
class Gathering {
 public:
  explicit Gathering(Vector& out) : out_(out) { out.reset_null(); }

  // Row `at`. True where there is a value.
  bool put(const Cell& cell, uint32_t at) {
    if (cell.type == CellType::kNone) return false;
    if (!started_) {
      // Of a boxed one the value's own: the column's other chunks may be of that type.
      out_.reset(cell.type == CellType::kBoxed ? Vector::layout(cell_value(cell)) : value_type_of(cell.type));
      std::fill_n(out_.mutable_mask(), Vector::kWords, uint64_t{0});
      started_ = true;
      if (plain(cell.type)) words_ = out_.mutable_data<uint64_t>();
      if (words_ || cell.type == CellType::kString) type_ = cell.type;
    }
    set_cell(out_, at, cell);
    if (type_ != cell.type) type_ = CellType::kNone;  // mixed: widened
    return true;
  }

  // Takes ids from number `at` on as long as their chunks are known to have the type that there is in all rows.
  template <class IdT>
  uint32_t put_words(const ChunkCellsCache& cache, std::span<const IdT> ids, uint32_t at) {
    if (!words_ || type_ == CellType::kNone) return at;
    const uint64_t tag = cache.tag(type_);
    const uint32_t first = at, count = uint32_t(ids.size());
    for (; at < count; ++at) {
      uint32_t id = ids[at].value, chunk = id / kChunkRows;
      const ChunkCells& c = cache.entry(chunk);
      if (c.tag != (tag | chunk)) break;
      words_[at] =
          std::atomic_ref<uint64_t>(const_cast<uint64_t&>(c.cells->data[id % kChunkRows])).load(std::memory_order_acquire);
    }
    if (at == first) return at;
    uint64_t* mask = out_.mutable_mask();
    for (uint32_t i = first; i < at;) {
      uint32_t n = std::min(64 - i % 64, at - i);
      mask[i / 64] |= (n == 64 ? ~uint64_t{0} : (uint64_t{1} << n) - 1) << (i % 64);
      i += n;
    }
    return at;
  }
  // As put_words(), where some rows have no value. Counts those that have one.
  template <class IdT, class Directory>
  uint32_t put_plain(const Directory& directory, ChunkCellsCache& cache, std::span<const IdT> ids, KeyId key, uint32_t at,
                     uint64_t& present) {
    if (!words_ || type_ == CellType::kNone) return at;
    uint64_t* mask = out_.mutable_mask();
    uint64_t valid = mask[at / 64];
    for (; at < ids.size(); ++at) {
      uint32_t id = ids[at].value;
      if (!ids[at].valid()) break;
      const ChunkCells& c = cache.find(directory, id / kChunkRows, key);
      if (!c.frozen || !c.cells || c.cells->type != type_ || c.tag == (cache.tag(type_) | id / kChunkRows)) break;
      uint64_t has = test(c.cells->valid, id % kChunkRows);
      words_[at] = c.cells->load(id % kChunkRows);
      valid |= has << (at % 64), present += has;
      if (at % 64 == 63) mask[at / 64] = valid, valid = 0;
    }
    if (at % 64) mask[at / 64] = valid;
    return at;
  }
  // As put_plain(), for texts: a window's texts are asked for before the first is read. How long one is decides which way
  // it is taken, so that reading them one by one would wait for memory at each.
  template <class IdT, class Directory>
  uint32_t put_texts(const Directory& directory, ChunkCellsCache& cache, std::span<const IdT> ids, KeyId key, uint32_t at,
                     uint64_t& present) {
    if (type_ != CellType::kString) return at;
    constexpr uint32_t kWindow = 16;
    constexpr uint64_t kNone = 0;
    auto* texts = out_.mutable_data<StringRef>();
    uint64_t* mask = out_.mutable_mask();
    for (bool more = true; more && at < ids.size();) {
      std::array<uint64_t, kWindow> words;
      uint32_t n = 0;
      for (; n < kWindow && at + n < ids.size(); ++n) {
        IdT id = ids[at + n];
        if (!id.valid()) break;
        uint32_t row = id.value % kChunkRows;
        const ChunkCells& c = cache.find(directory, id.value / kChunkRows, key);
        if (!c.frozen || !c.cells || c.cells->type != CellType::kString) break;
        words[n] = test(c.cells->valid, row) ? c.cells->load(row) : kNone;
        __builtin_prefetch(words[n] & 1 ? static_cast<const void*>(&words) : reinterpret_cast<const void*>(words[n]));
      }
      more = n == kWindow;
      for (uint32_t i = 0; i < n; ++i, ++at) {
        if (words[i] == kNone) continue;
        texts[at] = string_of(words[i]);
        mask[at / 64] |= uint64_t{1} << (at % 64), ++present;
      }
    }
    return at;
  }

 private:
  Vector& out_;
  bool started_ = false;
  CellType type_ = CellType::kNone;  // of all values so far, where it is a plain word or a text
  uint64_t* words_ = nullptr;        // where they are plain words
};

// The calling thread's, on the heap: 40 KiB in the static thread-local block would be taken from every thread's stack, and
// those that libraries start have little (civetweb's 100 KiB).
template <class Directory>
ChunkCellsCache& own_cache() {
  constinit thread_local ChunkCellsCache* cache = nullptr;
  if (!cache) [[unlikely]] {
    thread_local const auto owner = std::make_unique<ChunkCellsCache>();
    cache = owner.get();
  }
  return *cache;
}

template <class IdT, class Directory>
void gather(const Directory& directory, std::span<const IdT> ids, KeyId key, const Snapshot& snapshot, Vector& out) {
  ChunkCellsCache& cache = own_cache<Directory>();
  cache.next_call();
  Gathering to(out);
  uint64_t present = 0;
  uint32_t asked_for = 0;
  for (uint32_t i = 0; i < ids.size();) {
    if (i >= asked_for) {
      asked_for = uint32_t(std::min<size_t>(ids.size(), i + kAhead));
      cache.ask_for(directory, ids.subspan(i, asked_for - i), key);
    }
    uint32_t first = i;
    i = to.put_words(cache, ids, i);
    present += i - first;
    if (i == ids.size()) break;
    if (!ids[i].valid()) {
      ++i;
      continue;
    }
    uint32_t chunk = ids[i].value / kChunkRows;
    const ChunkCells& c = cache.find(directory, chunk, key);
    first = i;
    i = to.put_plain(directory, cache, ids, key, i, present);
    i = to.put_texts(directory, cache, ids, key, i, present);
    if (i != first) continue;  // what has been found of the chunk may serve now
    present += to.put(cell_at(c, ids[i].value % kChunkRows, snapshot), i);
    ++i;
  }
  if (present == ids.size() && present) out.set_valid_all();
}

}  // namespace

void Reader::gather_property(std::span<const NodeId> nodes, KeyId key, Vector& out) const {
  gather(Access::parts(*this).nodes, nodes, key, snapshot_, out);
}
void Reader::gather_property(std::span<const RelId> rels, KeyId key, Vector& out) const {
  gather(Access::parts(*this).rels, rels, key, snapshot_, out);
}

}  // namespace elegraph::storage
