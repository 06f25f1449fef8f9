// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "query/exec/group_table.h"
#include "query/exec/rows.h"
#include "query/exec/state.h"
#include "query/plan/expression.h"

namespace elegraph::query::exec {

// How many rows a COUNT or an EXISTS has found for the nodes of the row that are all that it reads: where these come again
// it need not look again. `size([(person)-[:WROTE]->(m)-[:ABOUT]->(tag) | m])` of each friend of each person is one of few
// persons. Where most rows have nodes of their own it gives up.
//
// Thread-safety: one thread at a time.
class SubplanMemo {
 public:
  SubplanMemo(const plan::BoundExpression& bound, State& state);

  // The rows whose nodes come for the first time; nothing where it does not apply to the batch.
  std::optional<Rows> first_rows(const Batch& batch, Rows rows);
  // REQUIRED after first_rows(): what was found for them, in their order.
  void put(const std::vector<uint64_t>& found);
  // Of the row at `i` of the rows that first_rows() was asked about.
  uint64_t found(uint32_t i) const { return found_[groups_[i]]; }

 private:
  void begin();
  bool is_useful(uint32_t rows, uint32_t first);

  State& state_;
  std::vector<plan::Slot> slots_;
  bool applies_ = false;
  uint64_t run_ = ~0ull;  // of the statement, for which it is
  GroupTable table_;
  std::vector<uint64_t> found_;  // by group
  MemoryAccount memory_;
  uint64_t rows_ = 0;
  std::vector<const Vector*> columns_;
  std::vector<uint32_t> groups_;
  std::vector<uint16_t> first_;
};

}  // namespace elegraph::query::exec
