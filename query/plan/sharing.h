// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "query/plan/physical.h"

namespace elegraph::query::plan {

// What statements in flight may share when they run this plan: found once for each plan. Pure.
struct Sharing {
  // Equal parameters give equal rows under one snapshot, whoever asks, and asking costs enough to be worth a look at
  // what others ask: no writes, nothing volatile or bound to a session, no procedures, no catalog tables.
  bool shareable = false;
  // All its rows are known at the end only, and they are few: who waits for them loses nothing by it.
  bool answers_at_end = false;
  // Not null: an aggregate without groups over a filter, and only comparisons of one column in that filter read the
  // parameters in `free`. Executions that differ in nothing else can be answered by one pass. Belongs to the plan.
  const PhysicalNode* aggregate = nullptr;
  std::vector<uint32_t> free;  // ascending
};
Sharing sharing_of(const Plan& plan);

// A conjunct that compares a column with a parameter: column `kind` parameter, whichever way it was written.
struct ColumnComparison {
  BoundKind kind = BoundKind::kEqual;  // kEqual, kLess, kLessEqual, kGreater, kGreaterEqual
  const BoundExpression* column = nullptr;
  uint32_t parameter = 0;
};
// False where `e` is nothing of that kind.
bool as_column_comparison(const BoundExpression& e, ColumnComparison& out);

}  // namespace elegraph::query::plan
