// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

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
      case CellType::kString: out.mutable_data<StringRef>()[row] = string_of(cell.bits, &cell.bits); break;
      default: out.mutable_data<uint64_t>()[row] = cell.bits;
    }
    if (!out.all_valid()) out.mutable_mask()[row / 64] |= uint64_t{1} << (row % 64);
    return;
  }
  out.set(row, cell_value(cell));
}

namespace {

// What one call knows about a chunk's column.
struct ChunkCells {
  uint64_t tag = 0;  // call, chunk
  const Chunk* chunk = nullptr;
  const Column* column = nullptr;
  // No version is live, so that the cells are frozen for this read section (storage/chunk.h). Null: none there.
  bool frozen = false;
  const Cells* cells = nullptr;
};

// Direct-mapped by chunk. Emptied by counting calls.
class ChunkCellsCache {
 public:
  void next_call() { call_++; }

  template <class Directory>
  const ChunkCells& find(const Directory& directory, uint32_t chunk, KeyId key) {
    ChunkCells& c = entries_[chunk % entries_.size()];
    uint64_t tag = call_ << 32 | chunk;
    if (c.tag != tag) [[unlikely]]
      fill(c, directory.find(chunk), key), c.tag = tag;
    return c;
  }

 private:
  static void fill(ChunkCells& c, const Chunk* chunk, KeyId key) {
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

bool plain(CellType type) {
  return type != CellType::kNone && type != CellType::kBool && type != CellType::kString && type != CellType::kBoxed;
}

// Fills `out` row by row; its type is that of the first value.
class Gathering {
 public:
  explicit Gathering(Vector& out) : out_(out) { out.reset_null(); }

  // Row `at`. True where there is a value.
  bool put(const Cell& cell, uint32_t at) {
    if (cell.type == CellType::kNone) return false;
    if (!started_) {
      out_.reset(value_type_of(cell.type));
      std::fill_n(out_.mutable_mask(), Vector::kWords, uint64_t{0});
      started_ = true;
      if (plain(cell.type)) type_ = cell.type, words_ = out_.mutable_data<uint64_t>();
    }
    set_cell(out_, at, cell);
    if (type_ != cell.type) type_ = CellType::kNone;  // mixed: widened
    return true;
  }

  // Takes ids from number `at` on as long as their values are words of the type that there is; answers the first that is
  // not. Counts those that have a value.
  template <class IdT, class Directory>
  uint32_t put_plain(const Directory& directory, ChunkCellsCache& cache, std::span<const IdT> ids, KeyId key, uint32_t at,
                     uint64_t& present) {
    if (type_ == CellType::kNone) return at;
    uint64_t* mask = out_.mutable_mask();
    uint64_t valid = mask[at / 64];
    for (; at < ids.size(); ++at) {
      uint32_t id = ids[at].value;
      if (!ids[at].valid()) break;
      const ChunkCells& c = cache.find(directory, id / kChunkRows, key);
      if (!c.frozen || !c.cells || c.cells->type != type_) break;
      uint64_t has = test(c.cells->valid, id % kChunkRows);
      words_[at] = c.cells->load(id % kChunkRows);
      valid |= has << (at % 64), present += has;
      if (at % 64 == 63) mask[at / 64] = valid, valid = 0;
    }
    if (at % 64) mask[at / 64] = valid;
    return at;
  }

 private:
  Vector& out_;
  bool started_ = false;
  CellType type_ = CellType::kNone;  // of all values so far, where it is a plain word
  uint64_t* words_ = nullptr;
};

template <class IdT, class Directory>
void gather(const Directory& directory, std::span<const IdT> ids, KeyId key, const Snapshot& snapshot, Vector& out) {
  thread_local ChunkCellsCache cache;
  cache.next_call();
  Gathering to(out);
  uint64_t present = 0;
  for (uint32_t i = 0; i < ids.size(); ++i) {
    i = to.put_plain(directory, cache, ids, key, i, present);
    if (i == ids.size()) break;
    if (!ids[i].valid()) continue;
    const ChunkCells& c = cache.find(directory, ids[i].value / kChunkRows, key);
    present += to.put(cell_at(c, ids[i].value % kChunkRows, snapshot), i);
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
