// SPDX-License-Identifier: Apache-2.0
#include "query/exec/operators/correlated.h"

#include <algorithm>

#include "query/exec/operators/limit.h"
#include "query/plan/liveness.h"
#include "query/plan/node_expressions.h"

namespace elegraph::query::exec {

namespace {

bool is_walk(const plan::PhysicalNode& node) { return node.kind == plan::NodeKind::kVarExpand; }
bool is_step(const plan::PhysicalNode& node) {
  return node.kind == plan::NodeKind::kExpand || node.kind == plan::NodeKind::kIntersect;
}
template <class F>
size_t count_below(const plan::PhysicalNode& node, F&& f) {
  const size_t left = node.left ? count_below(*node.left, f) : 0;
  return f(node) + (node.kind == plan::NodeKind::kUnion ? std::max(left, count_below(*node.right, f)) : left);
}

// Whether ends of more than one step are told apart there: those of one outer row at a time are a set, which takes less
// than hashing them with the row's number.
bool has_many_ends(const plan::PhysicalNode& node) {
  return count_below(node, is_walk) > 0 || count_below(node, is_step) > 1;
}

// Without keys, one row for each outer one.
bool aggregates_rows(const plan::PhysicalNode& node) {
  if (!node.expressions.empty()) return true;
  const bool distinct = std::ranges::any_of(node.aggregates, &plan::AggregateCall::distinct);
  return !distinct || !has_many_ends(*node.left);
}

bool is_random(const plan::BoundExpression& e) {
  if (e.function && !e.function->deterministic) return true;
  if (e.subplan && !is_repeatable(*e.subplan)) return true;
  return std::ranges::any_of(e.args, [](const plan::BoundPtr& a) { return a && is_random(*a); });
}

// What a run costs by itself: a LIMIT may leave so much undone for each outer row.
constexpr double kRestart = 200;

// Before its first row comes.
bool needs_all(const plan::PhysicalNode& node) {
  using enum plan::NodeKind;
  if (node.kind == kSkip || node.kind == kProject) return needs_all(*node.left);
  return node.kind == kSort || node.kind == kAggregate;
}

}  // namespace

bool is_repeatable(const plan::PhysicalNode& node) {
  if (node.kind == plan::NodeKind::kProcedure) return false;
  bool random = false;
  plan::for_each_expression(node, [&](const plan::BoundPtr& e) { random = random || is_random(*e); });
  return !random && (!node.left || is_repeatable(*node.left)) && (!node.right || is_repeatable(*node.right));
}

bool stands_alone(const plan::PhysicalNode& node) {
  return plan::outer_slots(node).empty() && is_repeatable(node) && !has_updates(node);
}

bool runs_batched(const plan::PhysicalNode& node) {
  using enum plan::NodeKind;
  const auto left = [&] { return node.left && runs_batched(*node.left); };
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
    case kUnwind:
    case kApply:
    case kOptional:
    case kSemiApply:
    case kNodeSemiJoin:
    case kSkip: return left();
    case kDistinct: return left() && (node.left->kind != kUnion || !has_many_ends(*node.left));
    case kHashJoin:
    case kHashLeftJoin:
    case kHashSemiJoin:
    case kHashCount: return left() && stands_alone(*node.right);
    case kAggregate: return left() && aggregates_rows(node);
    case kLimit: return left() && (needs_all(*node.left) || node.left->estimated_cost <= kRestart);
    case kSort: return left() && node.presorted == 0;
    case kUnion: return left() && runs_batched(*node.right) && !plan::keeps_slots(node);
    default: return false;
  }
}

Correlated::Correlated(const plan::PhysicalNode& node, BuildContext& build, std::vector<plan::Slot> held)
    : held_(std::move(held)), child_(make_operator(*node.left, build)), batched_(runs_batched(*node.right)) {
  // The left rows must keep what the subplan reads of them; the left side's live slots have it all.
  BuildContext inner = build.with(argument_, has_updates(*node.right));
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

Step Correlated::begin(bool weighted) {
  if (running_) return Step::kBatch;
  Step s = left_.fill(*child_, weighted);
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

Step Correlated::next_weighted(const Batch*& out, const uint64_t*& weights) {
  Step s = subplan_->next_weighted(out, weights);
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
