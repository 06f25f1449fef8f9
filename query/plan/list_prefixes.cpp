// SPDX-License-Identifier: Apache-2.0
#include "query/plan/list_prefixes.h"

#include <algorithm>
#include <map>
#include <optional>

#include "query/functions/registry.h"
#include "query/plan/expression_tools.h"

namespace elegraph::query::plan {

namespace {

constexpr int64_t kMostElements = 1000;

std::optional<int64_t> literal_number(const BoundPtr& e) {
  if (!e || e->kind != BoundKind::kLiteral || e->literal.type() != Type::kInt) return std::nullopt;
  const int64_t number = e->literal.as_int();
  return number >= 0 && number <= kMostElements ? std::optional(number) : std::nullopt;
}

// How many elements of the list that is its first argument an expression reads, where it reads the first ones only.
std::optional<int64_t> elements_read(const BoundExpression& e) {
  switch (e.kind) {
    case BoundKind::kFunction: return e.function->name == "head" ? std::optional<int64_t>(1) : std::nullopt;
    case BoundKind::kIndex:
      if (const auto at = literal_number(e.args[1])) return *at + 1;
      return std::nullopt;
    case BoundKind::kSlice: return !e.args[1] || literal_number(e.args[1]) ? literal_number(e.args[2]) : std::nullopt;
    default: return std::nullopt;
  }
}

// What expressions read of lists in slots.
class ListReads {
 public:
  void add(const BoundExpression& e) {
    if (const auto elements = elements_read(e); elements && e.args[0]->kind == BoundKind::kSlot) {
      int64_t& most = most_[e.args[0]->slot];
      most = std::max(most, *elements);
      return;
    }
    const bool is_plain = !e.args.empty() && !e.subplan && e.slot == kNoSlot && e.slot2 == kNoSlot && e.path_slots.empty();
    if (!is_plain) return collect_slots(e, whole_);
    for (const BoundPtr& arg : e.args)
      if (arg) add(*arg);
  }
  // None: more than the first ones, or nothing.
  std::optional<int64_t> most(Slot slot) const {
    const auto found = most_.find(slot);
    return found == most_.end() || whole_.contains(slot) ? std::nullopt : std::optional(found->second);
  }

 private:
  std::map<Slot, int64_t> most_;
  SlotSet whole_;
};

void mark_below(const PhysicalNode& project, PhysicalNode& grouping) {
  ListReads reads;
  for (const BoundPtr& e : project.expressions)
    if (e) reads.add(*e);
  for (AggregateCall& call : grouping.aggregates)
    if (call.def->kind == AggregateKind::kCollect && std::ranges::find(project.live, call.slot) == project.live.end())
      if (const auto most = reads.most(call.slot)) call.first = uint32_t(*most);
}

}  // namespace

void mark_list_prefixes(PhysicalNode& n) {
  if (n.kind == NodeKind::kProject && n.left && n.left->kind == NodeKind::kAggregate)
    mark_below(n, const_cast<PhysicalNode&>(*n.left));
  for (const PhysicalPtr* child : {&n.left, &n.right})
    if (*child) mark_list_prefixes(const_cast<PhysicalNode&>(**child));
}

}  // namespace elegraph::query::plan
