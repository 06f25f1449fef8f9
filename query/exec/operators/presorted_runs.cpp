// SPDX-License-Identifier: Apache-2.0
#include "query/exec/operators/presorted_runs.h"

#include "query/functions/value_ops.h"

namespace elegraph::query::exec {

namespace {

// As ORDER BY has it: 1 and 1.0 are alike, and so are nulls.
bool alike(const Value& a, const Value& b) {
  return a.is_null() || b.is_null() ? a.is_null() && b.is_null() : order(a, b) == 0;
}

}  // namespace

bool PresortedRuns::is_last(std::span<const Vector* const> keys, uint32_t row) const {
  for (size_t k = 0; k < keys.size(); k++)
    if (!alike(last_[k], keys[k]->value(row))) return false;
  return true;
}

// Since rows are in order, those between two that are alike need no look.
void PresortedRuns::take(std::span<const Vector* const> keys, Rows rows) {
  if (rows.count == 0) return;
  const uint64_t before = rows_;
  rows_ += rows.count;
  const uint32_t last = rows[rows.count - 1];
  if (before > 0 && is_last(keys, last)) return;
  last_.clear();
  for (const Vector* key : keys) last_.push_back(key->value(last));
  uint32_t low = 0, high = rows.count - 1;  // the run's first row is among them
  while (low < high) {
    const uint32_t middle = (low + high) / 2;
    if (is_last(keys, rows[middle]))
      high = middle;
    else
      low = middle + 1;
  }
  ended_ = before + low;
}

}  // namespace elegraph::query::exec
