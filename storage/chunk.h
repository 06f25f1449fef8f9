// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "storage/cell.h"
#include "storage/ids.h"
#include "storage/slab.h"
#include "storage/undo.h"

// Chunks: 2048 rows with their columns, the newest state in place and what it was before aside (HyPer's scheme:
// Neumann et al., SIGMOD 2015).
//
// Readers are wait-free under an rcu::ReadGuard; writers hold the chunk's latch. The order that both keep:
//   writer: undo record into versions, then the new state (release);
//   reader: the state (acquire), then versions.
// A writer that finds no versions opens a new generation. A column's cells written in an older generation are frozen:
// the first write to an existing row copies them, so a reader that loaded the cells and then found no versions may
// refer to them for as long as its read section lasts. (Changes that came and went between these two loads belong to
// transactions that committed after the reader's snapshot, and those are not vacuumed while the snapshot lives.)
// Cells of rows that are created are stored without a copy: nobody reads rows that are not visible.
namespace elegraph::storage {

inline constexpr uint32_t kChunkWords = kChunkRows / 64;
using Bitmap = std::array<std::atomic<uint64_t>, kChunkWords>;

inline bool test(const Bitmap& b, uint32_t row) { return b[row / 64].load(std::memory_order_acquire) >> (row % 64) & 1; }
inline void set(Bitmap& b, uint32_t row) { b[row / 64].fetch_or(uint64_t{1} << (row % 64), std::memory_order_release); }
inline void set_range(Bitmap& b, uint32_t first, uint32_t count) {
  for (uint32_t end = first + count; first < end;) {
    uint32_t n = std::min(64 - first % 64, end - first);
    uint64_t ones = n == 64 ? ~uint64_t{0} : (uint64_t{1} << n) - 1;
    b[first / 64].fetch_or(ones << (first % 64), std::memory_order_release);
    first += n;
  }
}
inline bool any_in_range(const Bitmap& b, uint32_t first, uint32_t count) {
  for (uint32_t end = first + count; first < end;) {
    uint32_t n = std::min(64 - first % 64, end - first);
    uint64_t ones = n == 64 ? ~uint64_t{0} : (uint64_t{1} << n) - 1;
    if (b[first / 64].load(std::memory_order_acquire) & ones << (first % 64)) return true;
    first += n;
  }
  return false;
}
inline void clear(Bitmap& b, uint32_t row) {
  b[row / 64].fetch_and(~(uint64_t{1} << (row % 64)), std::memory_order_release);
}

// Heads of the rows' undo chains; valid where the bit is set.
struct Versions : InSlab<passing_memory> {
  explicit Versions(uint64_t g) : generation(g) {}

  Bitmap rows{};
  uint32_t count = 0;  // bits set; under the latch
  const uint64_t generation;
  // The transaction that wrote all of these records, null once there was a second one; readers that do not see it take
  // whole columns as they were before it (Column::before). It lives as long as its records.
  std::atomic<const TransactionStatus*> only_writer{nullptr};
  std::atomic<bool> rows_came_or_went{false};  // else the live bitmap is right for every snapshot
  UndoRecord* heads[kChunkRows];

  UndoRecord* head(uint32_t row) const {
    return test(rows, row)
               ? std::atomic_ref<UndoRecord*>(const_cast<UndoRecord*&>(heads[row])).load(std::memory_order_acquire)
               : nullptr;
  }
  static void free(void* v) { delete static_cast<Versions*>(v); }
};

// The cells of one column in full.
struct Cells {
  CellType type;
  uint64_t generation;
  Bitmap valid;
  alignas(64) uint64_t data[1];  // 2048 cells of cell_width(type)

  static Cells* make(CellType type, uint64_t generation);
  static void free(void* cells) { chunk_memory().free(cells, bytes(static_cast<Cells*>(cells)->type)); }
  static size_t bytes(CellType type) { return offsetof(Cells, data) + size_t{kChunkRows} * cell_width(type); }

  uint64_t load(uint32_t row) const {
    if (type == CellType::kBool) {
      auto* p = reinterpret_cast<uint8_t*>(const_cast<uint64_t*>(data)) + row;
      return std::atomic_ref<uint8_t>(*p).load(std::memory_order_acquire);
    }
    return std::atomic_ref<uint64_t>(const_cast<uint64_t&>(data[row])).load(std::memory_order_acquire);
  }
  void store(uint32_t row, uint64_t bits) {
    if (type == CellType::kBool)
      std::atomic_ref<uint8_t>(reinterpret_cast<uint8_t*>(data)[row]).store(uint8_t(bits), std::memory_order_release);
    else
      std::atomic_ref<uint64_t>(data[row]).store(bits, std::memory_order_release);
  }
  Cell get(uint32_t row) const { return test(valid, row) ? Cell{type, load(row)} : Cell{}; }
};

// A column that few rows have: immutable, replaced as a whole. Ascending rows.
struct SparseCells {
  static constexpr uint32_t kMax = 32;
  struct Entry {
    uint32_t row;
    Cell cell;
  };
  uint32_t count = 0;
  Entry entries[kMax];

  Cell get(uint32_t row) const {
    for (uint32_t i = 0; i < count; ++i)
      if (entries[i].row == row) return entries[i].cell;
    return {};
  }
};

struct Column {
  explicit Column(KeyId k) : key(k) {}
  ~Column();
  const KeyId key;
  // At most one of the two; sparse until more than SparseCells::kMax rows have a value, then cells for good.
  std::atomic<Cells*> cells{nullptr};
  std::atomic<SparseCells*> sparse{nullptr};
  // The cells as they were when the chunk's versions began, if they were copied since. Goes with the versions.
  std::atomic<Cells*> before{nullptr};

  Cell get(uint32_t row) const;
};

struct ColumnTable {
  std::vector<Column*> columns;  // in order of first use
};

// What node and relationship chunks have in common. Row state is changed by the functions below only.
struct Chunk {
  Chunk() = default;
  ~Chunk();
  Chunk(const Chunk&) = delete;
  Chunk& operator=(const Chunk&) = delete;

  Bitmap live{};                             // the newest state: the row is there
  std::atomic<Versions*> versions{nullptr};  // null: every snapshot sees what is in place
  std::atomic<ColumnTable*> columns{nullptr};
  std::atomic<uint32_t> limit{0};     // rows 0 .. limit-1 were ever used
  std::atomic<Timestamp> changed{0};  // newest vacuumed commit
  std::mutex latch;
  // Under the latch:
  uint64_t generation = 1;
  Bitmap used{};  // rows that are taken

  const Column* column(KeyId key) const {
    const ColumnTable* t = columns.load(std::memory_order_acquire);
    if (!t) return nullptr;
    for (const Column* c : t->columns)
      if (c->key == key) return c;
    return nullptr;
  }
  UndoRecord* head(uint32_t row) const {
    const Versions* v = versions.load(std::memory_order_acquire);
    return v ? v->head(row) : nullptr;
  }

  // All of these REQUIRE the latch.
  Column& column_for(KeyId key);
  void push(uint32_t row, UndoRecord* record);
  // One record as the head of fresh rows first .. first+count-1.
  void push_range(uint32_t first, uint32_t count, UndoRecord* record);
  // Puts a value (kNone: none) in place and returns what was there. Takes the cell. `fresh`: the row was created by the
  // same transaction. Cells that a change of the column's type replaced go to `garbage`.
  Cell put(Column& column, uint32_t row, Cell cell, bool fresh, std::vector<Cell>& garbage);
  // Values of fresh rows first .. first+count-1, from the vector's rows offset .. .
  void fill(Column& column, uint32_t first, const Vector& values, uint32_t offset, uint32_t count,
            std::vector<Cell>& garbage);
  // Takes out what is at or below `horizon`, which `changed` is told of, and what `aborted` wrote. True when the row has
  // no versions left.
  bool unlink(uint32_t row, Timestamp horizon, const TransactionStatus* aborted);
  void drop_versions_if_empty();
  void take_row(uint32_t row) { take_rows(row, 1); }
  void take_rows(uint32_t first, uint32_t count);
  // Makes the column's cells of this type if it has none yet, for a caller that has many values to put.
  void make_dense(Column& column, CellType type, std::vector<Cell>& garbage);
  // The row is dead for everyone: clears its cells for the next use.
  void clear_row(uint32_t row, std::vector<Cell>& garbage);

 private:
  Versions& open_versions(UndoRecord* record);
  void make_boxed(Column& column, std::vector<Cell>& garbage);
  Cells* writable(Column& column, bool fresh);
};

struct NodeChunk : Chunk, InSlab<chunk_memory> {
  explicit NodeChunk(LabelSetId set) : labels(set) {}
  ~NodeChunk() { delete[] mixed.load(std::memory_order_relaxed); }
  const LabelSetId labels;                             // of every row, while `mixed` is null
  std::atomic<std::atomic<uint32_t>*> mixed{nullptr};  // label sets by row

  LabelSetId newest_labels(uint32_t row) const {
    const std::atomic<uint32_t>* m = mixed.load(std::memory_order_acquire);
    return m ? LabelSetId(m[row].load(std::memory_order_acquire)) : labels;
  }
  std::vector<LabelSetId> other_sets;   // sets that relabelled rows had, as observers were told; under the latch
  std::atomic<uint32_t>* make_mixed();  // REQUIRES: latch
};

struct RelChunk : Chunk, InSlab<chunk_memory> {
  explicit RelChunk(RelTypeId t) : type(t) {}
  const RelTypeId type;
  // Written before the row becomes visible to anyone, and not again until every snapshot that saw it has ended.
  NodeId source[kChunkRows];
  NodeId target[kChunkRows];

  // What a deletion reads of a row. REQUIRES: ReadGuard.
  void prefetch(uint32_t row) const {
    __builtin_prefetch(&source[row]);
    __builtin_prefetch(&target[row]);
    if (const Versions* v = versions.load(std::memory_order_acquire)) __builtin_prefetch(&v->heads[row], 1);
  }
};

// Chunk pointers by chunk id: two levels that never move.
template <class T>
class ChunkDirectory {
 public:
  static constexpr uint32_t kLeaf = 1024;
  static constexpr uint32_t kTop = (uint64_t{1} << 32) / kChunkRows / kLeaf;

  ChunkDirectory() = default;
  ~ChunkDirectory() {
    for (auto& leaf : top_) {
      Leaf* l = leaf.load(std::memory_order_relaxed);
      if (!l) continue;
      for (auto& chunk : l->chunks) delete chunk.load(std::memory_order_relaxed);
      delete l;
    }
  }
  ChunkDirectory(const ChunkDirectory&) = delete;
  ChunkDirectory& operator=(const ChunkDirectory&) = delete;

  // Null where there is no such chunk (yet).
  T* find(uint32_t chunk) const {
    uint32_t top = chunk / kLeaf;
    if (top >= kTop) return nullptr;
    Leaf* leaf = top_[top].load(std::memory_order_acquire);
    return leaf ? leaf->chunks[chunk % kLeaf].load(std::memory_order_acquire) : nullptr;
  }
  T* of(uint32_t id) const { return find(id / kChunkRows); }
  uint32_t count() const { return count_.load(std::memory_order_acquire); }

  // The next free chunk id.
  uint32_t add(std::unique_ptr<T> chunk);
  void set(uint32_t id, std::unique_ptr<T> chunk);  // recovery

 private:
  struct Leaf {
    std::array<std::atomic<T*>, kLeaf> chunks{};
  };
  void put(uint32_t id, std::unique_ptr<T> chunk);

  std::array<std::atomic<Leaf*>, kTop> top_{};
  std::atomic<uint32_t> count_{0};
  std::mutex mutex_;
};

[[noreturn]] void throw_ids_used_up();

template <class T>
void ChunkDirectory<T>::put(uint32_t id, std::unique_ptr<T> chunk) {
  Leaf* leaf = top_[id / kLeaf].load(std::memory_order_relaxed);
  if (!leaf) top_[id / kLeaf].store(leaf = new Leaf, std::memory_order_release);
  leaf->chunks[id % kLeaf].store(chunk.release(), std::memory_order_release);
}

template <class T>
uint32_t ChunkDirectory<T>::add(std::unique_ptr<T> chunk) {
  std::lock_guard lock(mutex_);
  uint32_t id = count_.load(std::memory_order_relaxed);
  if (id + 1 >= kTop * kLeaf) throw_ids_used_up();  // the last chunk holds the id that means none
  put(id, std::move(chunk));
  count_.store(id + 1, std::memory_order_release);
  return id;
}

template <class T>
void ChunkDirectory<T>::set(uint32_t id, std::unique_ptr<T> chunk) {
  std::lock_guard lock(mutex_);
  put(id, std::move(chunk));
  if (id >= count_.load(std::memory_order_relaxed)) count_.store(id + 1, std::memory_order_release);
}

}  // namespace elegraph::storage
