// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "query/plan/expression.h"
#include "query/plan/slot_set.h"

// Questions about bound expressions, and rewriting. Pure functions.
namespace elegraph::query::plan {

// The slots that an expression reads from the row: its own loop variables are not among them, outer slots of
// its subplans are.
void collect_slots(const BoundExpression& e, SlotSet& out);
SlotSet slots_of(const BoundPtr& e);

// Of values that take no memory beside themselves: numbers, times and the like.
inline bool is_fixed_size(Type t) {
  return t == Type::kBool || t == Type::kInt || t == Type::kFloat || (t >= Type::kDate && t <= Type::kDuration);
}

// Whether a call's result depends on the session or the clock (FunctionDef::session_bound).
bool reads_session(const BoundExpression& call);

// Whether all rows of a statement find the same value, so that it may be computed before the first.
bool is_row_independent(const BoundExpression& e);

// The same computation over the same slots; positions do not count. Expressions with subplans equal only themselves.
BoundKind mirrored(BoundKind comparison);  // of the operands exchanged
bool is_comparison(BoundKind kind);        // = and the orders, not <>
bool same_expression(const BoundExpression& a, const BoundExpression& b);

// Splits nested ANDs.
void split_conjuncts(const BoundPtr& e, std::vector<BoundPtr>& out);

// Rebuilds `e`, bottom up at the places where `replace` answers something; it is asked from the root downwards.
BoundPtr rewrite(const BoundPtr& e, const std::function<BoundPtr(const BoundPtr&)>& replace);

// Whether any part of it satisfies `test` (subplans are not entered).
bool any_part(const BoundExpression& e, const std::function<bool(const BoundExpression&)>& test);

BoundPtr make_slot(Slot slot, StaticType type, uint32_t position = 0);
BoundPtr make_literal(Value v, StaticType type, uint32_t position = 0);
BoundPtr make_call(BoundKind kind, StaticType type, std::vector<BoundPtr> args, uint32_t position = 0);
// "startnode" or "endnode" of a relationship.
BoundPtr make_end(std::string_view name, BoundPtr relationship);
// `holds` of a node, or it is one of the two.
BoundPtr or_is_end(BoundPtr holds, Slot node, Slot from, Slot to);
BoundPtr conjunction(const std::vector<BoundPtr>& parts);  // null for none

}  // namespace elegraph::query::plan
