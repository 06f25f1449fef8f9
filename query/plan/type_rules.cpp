// SPDX-License-Identifier: Apache-2.0
#include "query/plan/type_rules.h"

#include <bit>
#include <string>

#include "storage/error.h"

namespace elegraph::query::plan {

bool is_temporal(Type t) { return t >= Type::kDate && t <= Type::kDateTime; }

StaticType unify(StaticType a, StaticType b) {
  if (a == b || b.type == Type::kNull) return a;
  if (a.type == Type::kNull) return b;
  if (a.type == Type::kList && b.type == Type::kList) {
    if (a.element == Type::kNull) return b;
    if (b.element == Type::kNull) return a;
    return {Type::kList, Type::kAny};
  }
  return {Type::kAny};
}

StaticType list_of(StaticType element) { return {Type::kList, element.type}; }

StaticType element_of(StaticType list) {
  return list.type == Type::kList && list.element != Type::kList ? StaticType{list.element} : StaticType{Type::kAny};
}

namespace {

// Type masks have one bit a Type, numbered as the types are.
Type single_type(uint32_t bits) { return Type(std::countr_zero(bits)); }

}  // namespace

StaticType type_of_mask(storage::TypeMask mask) {
  mask.bits &= ~(1u << unsigned(Type::kNull));
  if (!std::has_single_bit(mask.bits)) return {Type::kAny};
  Type type = single_type(mask.bits);
  if (type != Type::kList) return {type};
  return {type, std::has_single_bit(mask.element_bits) ? single_type(mask.element_bits) : Type::kAny};
}

StaticType component_type(StaticType base, std::string_view key) {
  if (base.type == Type::kDuration) return {Type::kInt};
  if (base.type == Type::kPoint) {
    if (key == "crs") return {Type::kString};
    return {key == "srid" ? Type::kInt : Type::kFloat};
  }
  if (is_temporal(base.type)) return {key == "timezone" || key == "offset" ? Type::kString : Type::kInt};
  return {base.type == Type::kNull ? Type::kNull : Type::kAny};
}

namespace {

bool durable(Type t) { return is_temporal(t) || t == Type::kDuration; }

std::string_view symbol(BoundKind kind) {
  switch (kind) {
    case BoundKind::kAdd: return "+";
    case BoundKind::kSubtract: return "-";
    case BoundKind::kMultiply: return "*";
    case BoundKind::kDivide: return "/";
    case BoundKind::kModulo: return "%";
    case BoundKind::kPower: return "^";
    default: return "||";
  }
}

[[noreturn]] void mismatch(BoundKind kind, StaticType a, StaticType b) {
  throw Error(sqlstate::kDatatypeMismatch, "operator does not exist: " + std::string(type_name(a.type)) + " " +
                                               std::string(symbol(kind)) + " " + std::string(type_name(b.type)));
}

StaticType numbers(BoundKind kind, StaticType a, StaticType b) {
  if (kind == BoundKind::kPower) return {Type::kFloat};
  if (a.type == Type::kNumeric || b.type == Type::kNumeric) return {Type::kAny};
  return {a.type == Type::kInt && b.type == Type::kInt ? Type::kInt : Type::kFloat};
}

StaticType add_lists(StaticType a, StaticType b) {
  StaticType x = a.type == Type::kList ? element_of(a) : a;
  StaticType y = b.type == Type::kList ? element_of(b) : b;
  // An element of unknown type may be a list itself, whose elements are then joined in.
  return {Type::kList, x == y && !unknown(x) ? x.type : Type::kAny};
}

StaticType add_type(BoundKind kind, StaticType a, StaticType b) {
  if (a.type == Type::kList || b.type == Type::kList) return add_lists(a, b);
  if (unknown(a) || unknown(b)) return {Type::kAny};
  if (a.type == Type::kString || b.type == Type::kString) {
    if (a.type == Type::kMap || b.type == Type::kMap) mismatch(kind, a, b);
    return {Type::kString};
  }
  if (is_numeric(a) && is_numeric(b)) return numbers(kind, a, b);
  if (a.type == Type::kDuration && durable(b.type)) return b;
  if (b.type == Type::kDuration && durable(a.type)) return a;
  if (a.type == Type::kBool || b.type == Type::kBool || a.type == Type::kMap || b.type == Type::kMap) mismatch(kind, a, b);
  return {Type::kAny};
}

// What - * / % ^ never take.
bool never_arithmetic(StaticType t) {
  switch (t.type) {
    case Type::kBool:
    case Type::kString:
    case Type::kList:
    case Type::kMap:
    case Type::kNode:
    case Type::kRelationship:
    case Type::kPath:
    case Type::kBytes: return true;
    default: return false;
  }
}

}  // namespace

StaticType arithmetic_type(BoundKind kind, StaticType a, StaticType b) {
  if (kind == BoundKind::kAdd || kind == BoundKind::kConcat) return add_type(kind, a, b);
  if (never_arithmetic(a) || never_arithmetic(b)) mismatch(kind, a, b);
  if (unknown(a) || unknown(b)) return {Type::kAny};
  if (is_numeric(a) && is_numeric(b)) return numbers(kind, a, b);
  if (kind == BoundKind::kSubtract && b.type == Type::kDuration && durable(a.type)) return a;
  if (kind == BoundKind::kMultiply || kind == BoundKind::kDivide)
    if (a.type == Type::kDuration || b.type == Type::kDuration) return {Type::kDuration};
  return {Type::kAny};
}

}  // namespace elegraph::query::plan
