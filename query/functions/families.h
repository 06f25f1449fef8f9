// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>

#include "query/functions/registry.h"

// The function families, one source file each, that registry.cpp puts together.
namespace elegraph::query {

namespace families {
std::span<const FunctionDef> catalog();
std::span<const FunctionDef> conversions();
std::span<const FunctionDef> entities();
std::span<const FunctionDef> lists();
std::span<const FunctionDef> math();
std::span<const FunctionDef> points();
std::span<const FunctionDef> scalars();
std::span<const FunctionDef> session();
std::span<const FunctionDef> strings();
std::span<const FunctionDef> temporal();
std::span<const AggregateDef> aggregates();
}  // namespace families

// Result types from argument types. kAny and kNull arguments always fit: their values are looked at when they
// come.
namespace types {

using Args = std::span<const StaticType>;

[[noreturn]] void misfit(const StaticType& got);  // 42804; the planner adds the function's position

constexpr bool may_be(const StaticType& t, std::initializer_list<Type> allowed) {
  if (t.type == Type::kAny || t.type == Type::kNull) return true;
  for (Type a : allowed)
    if (t.type == a) return true;
  return false;
}

// Whatever the arguments are.
template <Type R>
StaticType always(Args) {
  return {R, Type::kAny};
}
inline StaticType any(Args) { return {}; }
template <Type Element>
StaticType list_of(Args) {
  return {Type::kList, Element};
}

// The first argument must be of one of the types `Allowed`.
template <Type R, Type... Allowed>
StaticType takes(Args args) {
  if (!args.empty() && !may_be(args[0], {Allowed...})) misfit(args[0]);
  return {R, Type::kAny};
}
// Every argument must be.
template <Type R, Type... Allowed>
StaticType takes_all(Args args) {
  for (auto& a : args)
    if (!may_be(a, {Allowed...})) misfit(a);
  return {R, Type::kAny};
}
template <Type Element, Type... Allowed>
StaticType takes_to_list(Args args) {
  if (!args.empty() && !may_be(args[0], {Allowed...})) misfit(args[0]);
  return {Type::kList, Element};
}

}  // namespace types
}  // namespace elegraph::query
