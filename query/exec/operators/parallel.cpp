// SPDX-License-Identifier: Apache-2.0
#include "query/exec/operators/parallel.h"

#include <algorithm>
#include <utility>

#include "query/plan/liveness.h"

namespace elegraph::query::exec {

namespace {

// Work that each worker may as well do for itself.
constexpr double kDoneByEach = 50'000;

// Rows that the pipeline must be expected to touch before it is worth waking others.
constexpr double kWorthSplitting = 50'000;

// The same of what is above kept rows, which may turn out to be more than expected: they are counted when it has begun.
// Where less is expected it costs more to keep them.
constexpr double kMayBeWorthSplitting = 5'000;
// Work above kept rows that is worth dealing out. More than that of scans: a part is one worker's, and where others have
// the core all wait for it.
constexpr double kRowsWorthSplitting = 150'000;
// Of which each part has so much.
constexpr double kOfEachPart = 50'000;
// Keeping a row. A product with a scan on its right makes rows faster than that, others do not.
constexpr double kKeptRow = 8;
// Rows of a source that are expected at least: few cannot be dealt out evenly.
constexpr double kLeastRows = 16;

bool is_scan(const plan::PhysicalNode& node) {
  return plan::is_node_scan(node.kind) || node.kind == plan::NodeKind::kRelationshipScan;
}

bool has_scans(const plan::PhysicalNode& node) {
  if (is_scan(node)) return true;
  return (node.left && has_scans(*node.left)) || (node.right && has_scans(*node.right));
}

bool calls_procedures(const plan::PhysicalNode& node) {
  if (node.kind == plan::NodeKind::kProcedure || node.kind == plan::NodeKind::kVirtualTable) return true;
  return (node.left && calls_procedures(*node.left)) || (node.right && calls_procedures(*node.right));
}

// Whether it treats each row by itself; of a hash join, each of the left side's.
bool is_row_wise(const plan::PhysicalNode& node) {
  using enum plan::NodeKind;
  switch (node.kind) {
    case kFilter:
    case kExpand:
    case kIntersect:
    case kVarExpand:
    case kProject:
    case kOptional:
    case kSemiApply:
    case kHashLeftJoin:
    case kHashSemiJoin:
    case kHashCount:
    case kUnwind: return node.left != nullptr;
    case kHashJoin:
      return node.left && !node.expressions.empty();  // not a product, as below
    // Each copy makes the right side for itself.
    case kNodeSemiJoin: return node.right->estimated_cost <= kDoneByEach;
    // Not a product, where few rows may become many: its rows are dealt out instead (row_source()).
    case kApply: return node.left && !plan::outer_slots(*node.right).empty() && !calls_procedures(*node.right);
    default: return false;
  }
}

// A group by node is one worker's: all rows of a node come of the morsel that has it.
bool splittable(const plan::PhysicalNode& node) {
  return is_scan(node) || ((is_row_wise(node) || node.by_node) && splittable(*node.left));
}

bool splits_all(const State& state) { return state.context.arena && state.context.arena->splits_all(); }

bool is_hash_join(const plan::PhysicalNode& node) {
  using enum plan::NodeKind;
  return node.kind == kHashJoin || node.kind == kHashLeftJoin || node.kind == kHashSemiJoin || node.kind == kHashCount;
}

// Of the pipeline above the source. The right sides of hash joins are not in it: they run once, before it.
double cost_above(const plan::PhysicalNode& below, const plan::PhysicalNode& source) {
  double cost = below.estimated_cost - source.estimated_cost;
  for (const plan::PhysicalNode* n = &below; n != &source; n = n->left.get())
    if (is_hash_join(*n)) cost -= n->right->estimated_cost;
  return cost;
}

// What so many rows of the source cost above it.
double work_above(const plan::PhysicalNode& below, const plan::PhysicalNode& source, uint64_t rows) {
  return cost_above(below, source) / std::max(1.0, source.estimated_rows) * double(rows);
}

}  // namespace

bool can_split(const plan::PhysicalNode& below, const State& state) {
  const bool may = state.plan.deterministic && !state.plan.writes && splittable(below);
  return may && (below.estimated_cost >= kWorthSplitting || splits_all(state));
}

const plan::PhysicalNode& scan_of(const plan::PhysicalNode& below) { return is_scan(below) ? below : scan_of(*below.left); }

bool is_worth_keeping_rows(const plan::PhysicalNode& node, const State& state) {
  constexpr double kWorthKeepingRow = 16;
  const Arena* arena = state.context.arena;
  return node.estimated_cost >= kWorthKeepingRow * node.estimated_rows || (arena && arena->helps_always());
}

// Whether it makes lists of walks whose numbers an operator below it gives, which that one has to be beside.
bool makes_walks(const plan::PhysicalNode& node) {
  return node.kind == plan::NodeKind::kProject &&
         std::ranges::any_of(node.expressions, [](auto& e) { return e->kind == plan::BoundKind::kWalk; });
}

// Not a scan, nor what is between it and here: their batches refer to chunks.
const plan::PhysicalNode* row_source(const plan::PhysicalNode& below, const State& state) {
  if (!state.plan.deterministic || state.plan.writes) return nullptr;
  const plan::PhysicalNode *source = nullptr, *node = &below;
  bool has_numbers = false;
  while (is_row_wise(*node)) {
    has_numbers = makes_walks(*node) || (has_numbers && node->walk == plan::kNoSlot);
    node = node->left.get();
    if (has_numbers) continue;
    const bool is_product = node->kind == plan::NodeKind::kApply && has_scans(*node->right);
    const double least = std::max(kMayBeWorthSplitting, is_product ? kKeptRow * node->estimated_rows : 0);
    const bool may_be_long = cost_above(below, *node) >= least;
    if ((may_be_long && node->estimated_rows >= kLeastRows) || splits_all(state)) source = node;
  }
  return is_scan(*node) ? nullptr : source;
}

bool is_worth_splitting(const plan::PhysicalNode& below, const plan::PhysicalNode& source, uint64_t rows,
                        const State& state) {
  if (splits_all(state)) return rows > 1;
  return double(rows) >= kLeastRows && work_above(below, source, rows) >= kRowsWorthSplitting;
}

uint32_t parts_of(const plan::PhysicalNode& below, const plan::PhysicalNode& source, uint64_t rows, const State& state) {
  const uint32_t workers = state.context.arena->workers();
  if (splits_all(state)) return workers;
  return uint32_t(std::clamp(work_above(below, source, rows) / kOfEachPart, 1.0, double(workers)));
}

CopyProfiles::CopyProfiles(std::vector<plan::OperatorProfile>* profile) : profile_(profile) {
  if (!profile) return;
  for (const plan::OperatorProfile& p : *profile) before_.push_back(p.nanoseconds);
  longest_.resize(before_.size());
}

void CopyProfiles::add(std::vector<plan::OperatorProfile>& copy) {
  if (!profile_) return;
  for (size_t node = 0; node < copy.size(); node++) {
    const plan::OperatorProfile p = std::exchange(copy[node], {});
    (*profile_)[node].rows += p.rows;
    (*profile_)[node].calls += p.calls;
    longest_[node] = std::max(longest_[node], p.nanoseconds);
  }
}

void CopyProfiles::finish() {
  for (size_t node = 0; node < before_.size(); node++) {
    uint64_t& all = (*profile_)[node].nanoseconds;
    all = before_[node] + std::max(all - before_[node], longest_[node]);
  }
}

HelperCalls::HelperCalls(const Arena& arena, const MorselSource& morsels, const Arena::CallHelpers& call, double cost)
    : morsels_(morsels), call_(call), worth_(arena.worth_helping()), most_(arena.workers() - 1) {
  begun_ = Clock::now();
  next_ = begun_ + worth_ / 2;
  ask(worth_.count() == 0 ? most_ : uint64_t(std::min(cost / kCostOfEachHelper, double(most_))));
}

void HelperCalls::ask(uint64_t helpers) {
  const auto wanted = uint32_t(std::min<uint64_t>(helpers, most_));
  if (wanted <= asked_) return;
  call_(wanted - asked_);
  asked_ = wanted;
}

void HelperCalls::look_at_clock() {
  const auto now = Clock::now();
  if (now < next_) return;
  const auto spent = now - begun_;
  next_ = now + spent / 2;
  const auto [taken, all] = morsels_.progress();
  if (taken == 0) return;
  // Those who were asked before have taken their part of them.
  const double each = double(spent.count()) * double(1 + asked_) / double(taken);
  ask(uint64_t(each * double(all - taken) / double(worth_.count())));
}

}  // namespace elegraph::query::exec
