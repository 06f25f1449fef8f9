// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>

#include "query/plan/expression.h"
#include "storage/catalog.h"

// The static types of Cypher's operators. kAny stands for "not known", kNull for "always null".
namespace elegraph::query::plan {

inline bool unknown(StaticType t) { return t.type == Type::kAny || t.type == Type::kNull; }
inline bool is_numeric(StaticType t) { return t.type == Type::kInt || t.type == Type::kFloat || t.type == Type::kNumeric; }
bool is_temporal(Type t);  // instants, not durations

// One type for values that are of either: the same one, or kAny.
StaticType unify(StaticType a, StaticType b);
StaticType list_of(StaticType element);
// What a list's elements are: kAny where not known.
StaticType element_of(StaticType list);

// The type of what a property has ever held; kAny for none or several.
StaticType type_of_mask(storage::TypeMask mask);
// .key of something that is no entity: maps, temporals, durations, points.
StaticType component_type(StaticType base, std::string_view key);

// Result of a + b and so on; throws Error 42804 (no position) where the operands can never fit.
StaticType arithmetic_type(BoundKind kind, StaticType a, StaticType b);

}  // namespace elegraph::query::plan
