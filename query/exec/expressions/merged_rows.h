// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "query/exec/rows.h"
#include "storage/value.h"
#include "storage/vector.h"

namespace elegraph::query::exec {

// A column that is put together from the rows of several: what the branches of CASE or the arguments of coalesce() give.
// Cells of one type are copied as they are (strings stay where they were); what else there is goes by way of values.
class MergedRows {
 public:
  explicit MergedRows(Vector& out) : out_(out) {}

  void begin(Rows rows);
  // Rows without a value are left out. REQUIRES: of those that begin() had.
  void keep(const Vector& v, Rows rows);
  // Rows that were not kept are null.
  void finish();

 private:
  enum class Way : uint8_t { kNothingYet, kCells, kValues };

  void start(Type type);
  void to_values();
  template <class T>
  void copy_cells(const Vector& v, Rows rows);

  Vector& out_;
  Rows all_;
  Way way_ = Way::kNothingYet;
  std::vector<Value> values_;
};

}  // namespace elegraph::query::exec
