// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <memory>

#include "query/exec/rows.h"
#include "storage/graph_interface.h"
#include "storage/vector.h"

namespace elegraph::query::exec {

struct State;

enum class EntityKind : uint8_t { kNode, kRelationship };

// One property of every node, or every relationship (of one type), that the snapshot sees, in an array by id: what a
// statement that reads it at many more ends of relationships than there are nodes gathers from, instead of going through
// the chunks each time. Whole numbers and dates are kept in as many bytes as the distance between the least and the
// greatest needs, so that more of them stay in the caches. Strings refer to the store, whose strings live as long as the
// snapshot.
//
// Thread-safety: immutable once it is made.
class DenseColumn {
 public:
  // Null where the values are of several types or of one that has no such array, where nobody has one, or
  // where it would take more of the statement's memory than an optimisation should. With a valid `type`: of the chunks from
  // the type's first to its last, as relationships of other types may have the property too.
  static std::unique_ptr<DenseColumn> make(State& state, EntityKind kind, KeyId key, RelTypeId type = {});

  // Row r of `out` becomes the value of ids[r], for the rows asked for. False, with nothing done, for an id
  // beyond those there were, or outside of the type's chunks.
  bool gather(const uint32_t* ids, Rows rows, Vector& out) const;
  uint64_t bytes() const { return bytes_; }

 private:
  struct Survey;
  struct Range {
    uint64_t first = 0, end = 0;
    bool has(uint64_t least, uint64_t greatest) const { return least >= first && greatest < end; }
  };
  struct Free {
    Free() : mapped(0) {}
    explicit Free(size_t bytes) : mapped(bytes) {}
    void operator()(void* p) const;
    size_t mapped;  // bytes from the system; 0: from the heap
  };

  bool allocate(const Survey& survey, State& state);
  void allocate_cells(const Survey& survey);
  // False where a writer changed the layout meanwhile.
  bool fill(State& state, EntityKind kind, KeyId key);
  void fill_chunk(const Vector& column, uint64_t first, Rows rows);
  template <class Cell, class Out>
  void gather_cells(const uint32_t* ids, Rows rows, Out* out) const;
  void gather_values(const uint32_t* ids, Rows rows, Vector& out) const;
  void gather_valid(const uint32_t* ids, Rows rows, Vector& out) const;

  Type type_ = Type::kNull;
  uint32_t width_ = 0;  // bytes of a cell
  int64_t base_ = 0;    // cells narrower than a word count from here
  uint64_t ids_ = 0;    // one past the last id
  Range covered_;       // ids that it answers for
  Range held_;          // ids from the first chunk that has the property to the last one: these have cells
  uint64_t bytes_ = 0;  // that are in use; cells of chunks without the property are never touched
  std::unique_ptr<void, Free> cells_;
  std::unique_ptr<uint64_t, Free> valid_;  // a bit an id; null: all have a value
};

// The dense columns of one execution, made when a property has been gathered often enough to be worth it.
//
// Thread-safety: the workers of a parallel pipeline share it and may call find() at the same time, without waiting for each
// other: while one makes a column the others gather as before. clear() is for the owner alone.
class DenseColumns {
 public:
  explicit DenseColumns(State& owner) : owner_(owner) {}
  ~DenseColumns() { clear(); }
  DenseColumns(const DenseColumns&) = delete;
  DenseColumns& operator=(const DenseColumns&) = delete;

  // The column to gather `rows` more values from; null while there is none. Not for a transaction that has
  // written: what it sees may change within the statement. `state`: the calling worker's. `type`: of relationships, where
  // it is known; each has a column of its own.
  const DenseColumn* find(State& state, EntityKind kind, KeyId key, RelTypeId type, uint32_t rows);
  void clear();

 private:
  struct Entry;
  Entry& entry(EntityKind kind, KeyId key, RelTypeId type);

  State& owner_;
  std::atomic<Entry*> first_{nullptr};  // stored (release) after the entry is complete; a statement has a few
};

}  // namespace elegraph::query::exec
