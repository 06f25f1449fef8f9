// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "query/exec/operators/row_sorter.h"

namespace elegraph::query::exec {

// Which morsels the rows of a store came from. Copies of a pipeline that run side by side go through morsels in ascending
// order, each through its own; so the order of one thread that goes through all is that of the morsels, and within one that
// of the rows. One thread at a time.
class MorselRuns {
 public:
  void clear() { runs_.clear(); }
  // The next rows of the store.
  void add(uint64_t morsel, uint64_t rows);
  // Those of a store whose rows now lie behind the first `offset` numbers of this one.
  void append(const MorselRuns& other, uint32_t offset);
  uint64_t morsel_of(uint32_t row) const;
  // All rows, in the order of one thread.
  std::vector<RowSpan> in_order() const;

 private:
  struct Run {
    uint64_t morsel;
    RowSpan rows;
  };
  std::vector<Run> runs_;  // in the order of the store
};

}  // namespace elegraph::query::exec
