// SPDX-License-Identifier: Apache-2.0
#include "query/exec/operators/correlated.h"

#include <algorithm>

namespace elegraph::query::exec {

namespace {

bool is_walk(const plan::PhysicalNode& node) { return node.kind == plan::NodeKind::kVarExpand; }
bool is_step(const plan::PhysicalNode& node) {
  return node.kind == plan::NodeKind::kExpand || node.kind == plan::NodeKind::kIntersect;
}
template <class F>
size_t count_below(const plan::PhysicalNode& node, F&& f) {
  return f(node) + (node.left ? count_below(*node.left, f) : 0);
}

// One row for each outer one. Not where the ends of more than one step are told apart: those of one row at a time are a set
// that expansions fill without making rows.
bool aggregates_rows(const plan::PhysicalNode& node) {
  if (!node.expressions.empty()) return false;
  const bool distinct = std::ranges::any_of(node.aggregates, &plan::AggregateCall::distinct);
  return !distinct || (count_below(*node.left, is_walk) == 0 && count_below(*node.left, is_step) <= 1);
}

}  // namespace

bool runs_batched(const plan::PhysicalNode& node) {
  using enum plan::NodeKind;
  switch (node.kind) {
    case kArgument:
    case kNodeIndexSeek:
    case kRelationshipIndexSeek:
    case kNodeById: return true;
    case kFilter:
    case kProject:
    case kExpand:
    case kIntersect:
    case kVarExpand:
    case kShortestPath:
    case kUnwind: return node.left && runs_batched(*node.left);
    case kAggregate: return node.left && aggregates_rows(node) && runs_batched(*node.left);
    case kApply:
    case kOptional:
    case kSemiApply: return node.left && runs_batched(*node.left);
    default: return false;
  }
}

Correlated::Correlated(const plan::PhysicalNode& node, BuildContext& build, std::vector<plan::Slot> held)
    : held_(std::move(held)), child_(make_operator(*node.left, build)), batched_(runs_batched(*node.right)) {
  // The left rows must keep what the subplan reads of them; the left side's live slots have it all.
  BuildContext inner = build.with(argument_);
  inner.carry.clear();
  if (batched_) {
    row_slot_ = argument_.row_slot = build.state.columns++;
    inner.carry.push_back(row_slot_);
  }
  subplan_ = make_operator(*node.right, inner);
}

void Correlated::restart() {
  child_->restart();
  left_.restart();
  running_ = false;
}

void Correlated::point() {
  argument_.batch = &left_.batch();
  if (batched_) {
    argument_.rows = Rows::of(left_.batch());
  } else {
    row_ = uint16_t(left_.row());
    argument_.rows = {&row_, 1};
  }
}

Step Correlated::begin() {
  if (running_) return Step::kBatch;
  Step s = left_.fill(*child_);
  if (s != Step::kBatch) return s;
  point();
  subplan_->restart();
  running_ = true;
  return s;
}

Step Correlated::next(const Batch*& out) {
  Step s = subplan_->next(out);
  if (s == Step::kYield) keep();
  return s;
}

void Correlated::keep() {
  left_.keep_rest(held_);
  point();
}

bool Correlated::end() {
  running_ = false;
  if (batched_)
    left_.restart();
  else
    left_.advance();
  return left_.has_row();
}

}  // namespace elegraph::query::exec
