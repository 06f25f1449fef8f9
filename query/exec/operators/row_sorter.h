// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "query/exec/operators/row_keys.h"
#include "query/exec/row_store.h"
#include "query/exec/state.h"

namespace elegraph::query::exec {

// Rows of a store that follow each other in it, from the number of the first one on: block * RowStore::kBlockRows + row.
struct RowSpan {
  uint32_t first, count;
};

// Puts the rows of a store in the order of its first columns, as ORDER BY has it; equal rows stay as they came.
//
// Rows are sorted by the fronts of the first key, without a look at the rows; those with one front by the next key's fronts
// where a front says all of its key, by the next eight bytes of a string, or by comparing keys. Many rows are dealt out by
// ranges of fronts, which workers then sort beside each other (a sample sort), where the statement may have them.
class RowSorter {
 public:
  RowSorter(const State& state, const RowStore& store, std::span<const KeyOrder> keys);
  ~RowSorter();
  RowSorter(const RowSorter&) = delete;
  RowSorter& operator=(const RowSorter&) = delete;

  // The first `wanted` of all rows, which come as they lie in the store, or as `spans` says. `same`: so many of the first
  // keys are the same in all rows. Throws what interrupts the statement, also while it sorts.
  std::vector<uint32_t> sorted(uint64_t wanted, uint32_t same = 0, std::span<const RowSpan> spans = {});

  // The memory that it takes for so many rows.
  static uint64_t bytes(uint64_t rows) { return rows * (2 * sizeof(KeyedRow) + sizeof(uint32_t)); }

 private:
  struct KeyedRow {
    uint64_t front;
    uint32_t row, place;  // the place among all that came
  };
  using Rows = std::span<KeyedRow>;
  class Keys;
  class OneThread;
  class ManyThreads;
  static void number(Rows rows, std::span<const RowSpan> spans, size_t begin, size_t end);

  const State& state_;
  const RowStore& store_;
  std::unique_ptr<const Keys> keys_;
};

}  // namespace elegraph::query::exec
