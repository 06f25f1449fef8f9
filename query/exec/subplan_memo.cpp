// SPDX-License-Identifier: Apache-2.0
#include "query/exec/subplan_memo.h"

#include "query/exec/operators/correlated.h"
#include "query/plan/liveness.h"

namespace elegraph::query::exec {

namespace {

// Rows to tell by whether nodes come again, and how many must have had theirs before.
constexpr uint64_t kEnough = 4096, kHitsInFour = 1;
constexpr uint32_t kMostEntries = 1 << 20;

// Whether finding it takes longer than remembering it: not where the lengths of lists are all that is asked for.
bool is_worth_keeping(const plan::PhysicalNode& subplan) {
  using enum plan::NodeKind;
  const bool reads_lists = subplan.kind == kExpand && subplan.left->kind == kArgument;
  return subplan.kind != kArgument && !reads_lists;
}

}  // namespace

SubplanMemo::SubplanMemo(const plan::BoundExpression& bound, State& state)
    : state_(state),
      slots_(plan::outer_slots(*bound.subplan).list()),
      table_(uint32_t(slots_.size()), GroupTable::Keep::kNumbers),
      memory_(state) {
  applies_ = !slots_.empty() && !state.plan.writes && state.plan.deterministic && is_worth_keeping(*bound.subplan) &&
             is_repeatable(*bound.subplan);
}

void SubplanMemo::begin() {
  run_ = state_.run;
  rows_ = 0;
  table_.clear();
  found_.clear();
  memory_.release();
}

bool SubplanMemo::is_useful(uint32_t rows, uint32_t first) {
  rows_ += rows;
  if (table_.size() > kMostEntries) return false;
  return rows_ < kEnough || (rows_ - table_.size()) * 4 >= rows_ * kHitsInFour || first * 4 <= rows * (4 - kHitsInFour);
}

std::optional<Rows> SubplanMemo::first_rows(const Batch& batch, Rows rows) {
  if (!applies_) return std::nullopt;
  // Also after an evaluation that ended half-way.
  if (run_ != state_.run || found_.size() != table_.size()) begin();
  columns_.clear();
  for (plan::Slot s : slots_) {
    const Vector* column = s < batch.columns.size() ? batch.columns[s] : nullptr;
    if (!column || column->type() != Type::kNode) return std::nullopt;
    columns_.push_back(column);
  }
  groups_.resize(Vector::kCapacity), first_.resize(Vector::kCapacity);
  uint32_t known = table_.size(), n = 0;
  table_.find(columns_, rows, groups_.data());
  for (uint32_t i = 0; i < rows.count; i++)
    if (groups_[i] == known) known++, first_[n++] = uint16_t(rows[i]);
  applies_ = is_useful(rows.count, n);
  return Rows{first_.data(), n};
}

void SubplanMemo::put(const std::vector<uint64_t>& found) {
  found_.insert(found_.end(), found.begin(), found.end());
  memory_.set(table_.bytes() + found_.size() * sizeof(uint64_t));
}

}  // namespace elegraph::query::exec
