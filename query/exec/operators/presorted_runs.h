// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "query/exec/rows.h"
#include "storage/vector.h"

namespace elegraph::query::exec {

// Runs of rows that are alike in some keys, of rows that come in the order of these: counts the rows whose run is over, so
// that no row to come belongs before or among them.
class PresortedRuns {
 public:
  void restart() { rows_ = ended_ = 0; }
  // The next rows, by the columns of the keys.
  void take(std::span<const Vector* const> keys, Rows rows);
  uint64_t ended() const { return ended_; }

 private:
  bool is_last(std::span<const Vector* const> keys, uint32_t row) const;

  std::vector<Value> last_;  // the keys of the run that may go on
  uint64_t rows_ = 0, ended_ = 0;
};

}  // namespace elegraph::query::exec
