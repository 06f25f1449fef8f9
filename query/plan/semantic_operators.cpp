// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "query/functions/element_function.h"
#include "query/plan/semantic.h"
#include "query/plan/type_rules.h"

// Operators, properties, collections and CASE.
namespace elegraph::query::plan {

using cypher::Expression;
using cypher::ExprKind;

StaticType Binder::property_type(const BoundExpression& base, std::string_view key, bool* seen) const {
  const storage::Catalog& catalog = *context_.planning.catalog;
  storage::TypeMask mask;
  const SlotInfo* info = base.kind == BoundKind::kSlot ? &context_.info(base.slot) : nullptr;
  if (auto key_id = catalog.find_key(key)) {
    bool node = base.type.type == Type::kNode;
    const auto& names = info ? (node ? info->labels : info->types) : std::vector<std::string>();
    if (names.empty()) mask = node ? catalog.node_types(*key_id) : catalog.rel_types(*key_id);
    bool first = true;
    for (const std::string& name : names) {
      storage::TypeMask one;
      if (node) {
        if (auto label = catalog.find_label(name)) one = catalog.node_types(*label, *key_id);
        if (first) mask = one;
        mask.bits &= one.bits;  // it has all of the labels
      } else {
        if (auto type = catalog.find_rel_type(name)) one = catalog.rel_types(*type, *key_id);
        mask.add(one);  // it has one of the types
      }
      first = false;
    }
  }
  if (seen) *seen = !mask.empty();
  StaticType type = mask.empty() ? StaticType{Type::kNull} : type_of_mask(mask);
  if (context_.written.any_key) return {Type::kAny};
  for (const auto& w : context_.written.writes)
    if (w.key == key) type = unify(type, w.type);
  return type.type == Type::kNull ? StaticType{Type::kAny} : type;
}

namespace {

// A component of a duration that a function makes, where it can give that alone.
BoundPtr component_of_call(const BoundPtr& duration, std::string_view component, uint32_t position) {
  if (duration->kind != BoundKind::kFunction) return nullptr;
  const FunctionDef* function = component_function(*duration->function, component);
  if (!function) return nullptr;
  auto out = std::make_shared<BoundExpression>(*duration);
  out->function = function, out->type = {Type::kInt};
  out->args.push_back(make_literal(Value::string(component), {Type::kString}, position));
  return out;
}

}  // namespace

BoundPtr Binder::bind_property(const Expression& e) {
  BoundPtr base = bind(*e.args[0], {Type::kAny});
  if (BoundPtr component = component_of_call(base, e.name, e.position)) return component;
  auto out = std::make_shared<BoundExpression>();
  out->kind = BoundKind::kProperty, out->position = e.position, out->name = e.name, out->args = {base};
  out->key_id = context_.planning.catalog->find_key(e.name).value_or(KeyId());
  switch (base->type.type) {
    case Type::kNode:
    case Type::kRelationship:
      out->type = property_type(*base, e.name);
      context_.names.looked_for(UnknownNames::Kind::kKey, e.name, e.position);
      break;
    case Type::kPath: throw Error(sqlstate::kWrongObjectType, "a path has no properties").at(e.position);
    case Type::kBool:
    case Type::kInt:
    case Type::kFloat:
    case Type::kString:
    case Type::kBytes:
    case Type::kList:
    case Type::kNumeric:
    case Type::kUuid: type_error(e.position, "NODE, RELATIONSHIP, MAP, POINT or a temporal value", base->type);
    default: out->type = component_type(base->type, e.name);
  }
  return out;
}

BoundPtr Binder::bind_junction(const Expression& e, BoundKind kind) {
  std::vector<BoundPtr> args;
  for (const auto& a : e.args) args.push_back(bind_operand(*a));
  return make_call(kind, {Type::kBool}, std::move(args), e.position);
}

BoundPtr Binder::bind_not(const Expression& e) {
  return make_call(BoundKind::kNot, {Type::kBool}, {bind_operand(*e.args[0])}, e.position);
}

// What AND, OR, XOR and NOT combine are conditions, wherever they stand: patterns, too.
BoundPtr Binder::bind_operand(const Expression& e) {
  bool patterns = std::exchange(patterns_allowed_, true);
  BoundPtr bound = bind_kind(e, {Type::kBool});
  patterns_allowed_ = patterns;
  require_boolean(*bound);
  return bound;
}

StaticType Binder::hint_of(const BoundExpression& e) const {
  if (e.type.type != Type::kAny) return e.type;
  if (e.kind == BoundKind::kParameter) return {Type::kNull};
  bool seen = false;
  if (e.kind == BoundKind::kProperty && e.args[0]->kind == BoundKind::kSlot) {
    Type base = e.args[0]->type.type;
    if (base == Type::kNode || base == Type::kRelationship) property_type(*e.args[0], e.name, &seen);
  }
  // A property of several types takes JSON; one that nobody has seen says nothing.
  return {seen ? Type::kAny : Type::kNull};
}

bool Binder::is_open_parameter(const Expression& e) const {
  return e.kind == ExprKind::kParameter && !context_.parameters[context_.parameter_number(e)];
}

namespace {

bool is_instant(Type type) {
  return type == Type::kDate || type == Type::kTime || type == Type::kLocalTime || type == Type::kDateTime ||
         type == Type::kLocalDateTime;
}

bool is_product(BoundKind kind) { return kind == BoundKind::kMultiply || kind == BoundKind::kDivide; }

// What a parameter is beside an operand of type `other`, where `kind` makes a `whole` of the two: a duration beside an
// instant and the other way round, and a number with a fraction where one is compared with the result.
StaticType operand_hint(BoundKind kind, StaticType other, StaticType whole) {
  const bool sum = kind == BoundKind::kAdd || kind == BoundKind::kSubtract;
  if (is_instant(other.type)) return sum ? StaticType{Type::kDuration} : other;
  if (other.type == Type::kDuration && sum) return is_instant(whole.type) ? whole : other;
  if (other.type == Type::kDuration && is_product(kind)) return {Type::kFloat};
  if (whole.type == Type::kFloat && other.type == Type::kInt) return whole;
  return other.type == Type::kNull && is_numeric(whole) ? whole : other;
}

}  // namespace

std::pair<BoundPtr, BoundPtr> Binder::bind_pair(const Expression& a, const Expression& b, BoundKind kind,
                                                StaticType whole) {
  if (is_open_parameter(a)) {
    BoundPtr right = bind(b, is_open_parameter(b) ? operand_hint(kind, {Type::kNull}, whole) : StaticType{Type::kNull});
    return {bind(a, operand_hint(kind, hint_of(*right), whole)), right};
  }
  BoundPtr left = bind(a);
  return {left, bind(b, operand_hint(kind, hint_of(*left), whole))};
}

namespace {

// What a number of rows that compares so with `n` says of there being any; nothing where it says more or less.
std::optional<bool> says_any(BoundKind comparison, int64_t n) {
  using enum BoundKind;
  if ((comparison == kGreater || comparison == kNotEqual) && n == 0) return true;
  if (comparison == kGreaterEqual && n == 1) return true;
  if ((comparison == kEqual || comparison == kLessEqual) && n == 0) return false;
  if (comparison == kLess && n == 1) return false;
  return std::nullopt;
}

// COUNT { } > 0 as EXISTS { }, = 0 as NOT EXISTS { }: it ends with the first row, and may be a semi-join.
BoundPtr test_of_count(const BoundPtr& count, BoundKind comparison, const BoundPtr& n, uint32_t position) {
  if (count->kind != BoundKind::kCount || n->kind != BoundKind::kLiteral || n->literal.type() != Type::kInt) return nullptr;
  const std::optional<bool> any = says_any(comparison, n->literal.as_int());
  if (!any) return nullptr;
  auto exists = std::make_shared<BoundExpression>(*count);
  exists->kind = BoundKind::kExists, exists->type = {Type::kBool};
  if (*any) return exists;
  return make_call(BoundKind::kNot, {Type::kBool}, {std::move(exists)}, position);
}

}  // namespace

BoundPtr Binder::bind_comparison(const Expression& e, BoundKind kind) {
  auto [a, b] = bind_pair(*e.args[0], *e.args[1], kind);
  if (BoundPtr test = test_of_count(a, kind, b, e.position)) return test;
  if (BoundPtr test = test_of_count(b, mirrored(kind), a, e.position)) return test;
  return make_call(kind, {Type::kBool}, {a, b}, e.position);
}

BoundPtr Binder::bind_text_predicate(const Expression& e, BoundKind kind) {
  BoundPtr a = bind(*e.args[0], {Type::kString}), b = bind(*e.args[1], {Type::kString});
  return make_call(kind, {Type::kBool}, {a, b}, e.position);
}

// n IN [a, b] as n = a OR n = b, which compares whole columns of ids.
static BoundPtr any_of_entities(const BoundPtr& needle, const BoundExpression& list, uint32_t position) {
  bool entity = needle->type.type == Type::kNode || needle->type.type == Type::kRelationship;
  if (!entity || needle->kind != BoundKind::kSlot || list.kind != BoundKind::kList) return nullptr;
  if (list.args.size() < 2 || list.args.size() > 8) return nullptr;
  std::vector<BoundPtr> arms;
  for (const BoundPtr& a : list.args) {
    if (!(a->type == needle->type)) return nullptr;
    arms.push_back(make_call(BoundKind::kEqual, {Type::kBool}, {needle, a}, position));
  }
  return make_call(BoundKind::kOr, {Type::kBool}, std::move(arms), position);
}

BoundPtr Binder::bind_in(const Expression& e) {
  if (e.args[0]->kind == ExprKind::kParameter) {
    BoundPtr list = bind(*e.args[1]);
    StaticType element = element_of(list->type);
    BoundPtr needle = bind(*e.args[0], element.type == Type::kAny ? StaticType{Type::kNull} : element);
    if (!unknown(list->type) && list->type.type != Type::kList) type_error(list->position, "LIST", list->type);
    return make_call(BoundKind::kIn, {Type::kBool}, {needle, list}, e.position);
  }
  BoundPtr needle = bind(*e.args[0]);
  StaticType element = hint_of(*needle);
  if (element.type == Type::kNull) element = {Type::kString};
  BoundPtr list = bind(*e.args[1], element.type == Type::kList ? StaticType{Type::kAny} : list_of(element));
  if (!unknown(list->type) && list->type.type != Type::kList) type_error(list->position, "LIST", list->type);
  if (BoundPtr any = any_of_entities(needle, *list, e.position)) return any;
  return make_call(BoundKind::kIn, {Type::kBool}, {needle, list}, e.position);
}

BoundPtr Binder::bind_null_test(const Expression& e, BoundKind kind) {
  return make_call(kind, {Type::kBool}, {bind(*e.args[0])}, e.position);
}

BoundPtr Binder::bind_arithmetic(const Expression& e, BoundKind kind, StaticType hint) {
  auto [a, b] = bind_pair(*e.args[0], *e.args[1], kind, hint);
  try {
    return make_call(kind, arithmetic_type(kind, a->type, b->type), {a, b}, e.position);
  } catch (Error& error) {
    if (!error.position) error.position = e.position;
    throw;
  }
}

BoundPtr Binder::bind_negate(const Expression& e) {
  BoundPtr a = bind(*e.args[0]);
  if (!unknown(a->type) && !is_numeric(a->type) && a->type.type != Type::kDuration)
    type_error(e.position, "a number", a->type);
  if (e.kind == ExprKind::kPlus) return a;
  if (a->kind == BoundKind::kLiteral && a->type.type == Type::kInt && a->literal.as_int() != INT64_MIN)
    return make_literal(Value::integer(-a->literal.as_int()), a->type, e.position);
  if (a->kind == BoundKind::kLiteral && a->type.type == Type::kFloat)
    return make_literal(Value::floating(-a->literal.as_float()), a->type, e.position);
  return make_call(BoundKind::kNegate, a->type, {a}, e.position);
}

namespace {

// An element of a list that a function makes, where it can give that alone.
BoundPtr element_of_call(const BoundExpression& list, const BoundPtr& index, StaticType type) {
  if (list.kind != BoundKind::kFunction || index->type.type != Type::kInt) return nullptr;
  const FunctionDef* function = element_function(*list.function);
  if (!function) return nullptr;
  auto out = std::make_shared<BoundExpression>(list);
  out->function = function, out->type = type;
  out->args.push_back(index);
  return out;
}

}  // namespace

BoundPtr Binder::bind_index(const Expression& e) {
  BoundPtr base = bind(*e.args[0], {Type::kAny});
  Type t = base->type.type;
  BoundPtr index = bind(*e.args[1], {t == Type::kList ? Type::kInt : t == Type::kAny ? Type::kNull : Type::kString});
  bool entity = t == Type::kNode || t == Type::kRelationship || t == Type::kMap;
  if (!unknown(base->type) && t != Type::kList && !entity)
    type_error(e.position, "LIST, MAP, NODE or RELATIONSHIP", base->type);
  if (t == Type::kList && !unknown(index->type) && index->type.type != Type::kInt)
    type_error(index->position, "INTEGER", index->type);
  if (entity && !unknown(index->type) && index->type.type != Type::kString)
    type_error(index->position, "STRING", index->type);
  StaticType type = t == Type::kList ? element_of(base->type) : StaticType{t == Type::kNull ? Type::kNull : Type::kAny};
  if (BoundPtr element = element_of_call(*base, index, type)) return element;
  return make_call(BoundKind::kIndex, type, {base, index}, e.position);
}

BoundPtr Binder::bind_slice(const Expression& e) {
  BoundPtr base = bind(*e.args[0], {Type::kAny});
  if (!unknown(base->type) && base->type.type != Type::kList) type_error(e.position, "LIST", base->type);
  std::vector<BoundPtr> args = {base};
  for (size_t i = 1; i < 3; ++i) {
    args.push_back(i < e.args.size() && e.args[i] ? bind(*e.args[i], {Type::kInt}) : nullptr);
    if (args[i] && !unknown(args[i]->type) && args[i]->type.type != Type::kInt)
      type_error(args[i]->position, "INTEGER", args[i]->type);
  }
  StaticType type = base->type;
  return make_call(BoundKind::kSlice, type, std::move(args), e.position);
}

BoundPtr Binder::bind_list(const Expression& e) {
  std::vector<BoundPtr> args;
  StaticType element{Type::kNull};
  bool literal = true;
  for (const auto& a : e.args) {
    args.push_back(bind(*a, args.empty() ? StaticType{Type::kNull} : hint_of(*args[0])));
    StaticType t = args.back()->type;
    element = t.type == Type::kList ? StaticType{Type::kAny} : unify(element, t);
    literal &= args.back()->kind == BoundKind::kLiteral;
  }
  StaticType type = list_of(element.type == Type::kNull ? StaticType{Type::kAny} : element);
  if (!literal) return make_call(BoundKind::kList, type, std::move(args), e.position);
  std::vector<Value> values;
  for (const BoundPtr& a : args) values.push_back(a->literal);
  return make_literal(Value::list(std::move(values)), type, e.position);
}

BoundPtr Binder::bind_map(const Expression& e) {
  auto out = std::make_shared<BoundExpression>();
  out->kind = BoundKind::kMap, out->type = {Type::kMap}, out->position = e.position, out->names = e.names;
  for (const auto& a : e.args) out->args.push_back(bind(*a));
  return out;
}

// {days: $n} of duration() and of the instants: numbers, apart from the zone and what other instants are taken from.
BoundPtr Binder::bind_temporal_fields(const Expression& e, bool duration) {
  constexpr std::array kOthers = {"timezone", "date", "time", "datetime"};
  auto out = std::make_shared<BoundExpression>();
  out->kind = BoundKind::kMap, out->type = {Type::kMap}, out->position = e.position, out->names = e.names;
  for (size_t i = 0; i < e.args.size(); ++i) {
    const bool number = std::find(kOthers.begin(), kOthers.end(), e.names[i]) == kOthers.end();
    out->args.push_back(bind(*e.args[i], {!number ? Type::kNull : duration ? Type::kFloat : Type::kInt}));
  }
  return out;
}

BoundPtr Binder::bind_map_projection(const Expression& e) {
  BoundPtr base = bind(*e.args[0], {Type::kAny});
  auto map = std::make_shared<BoundExpression>();
  map->kind = BoundKind::kMap, map->type = {Type::kMap}, map->position = e.position;
  bool own = false;
  for (const auto& item : e.projection) own |= item.kind == cypher::MapProjectionItem::Kind::kAll;
  if (own) map->kind = BoundKind::kMapMerge, map->args.push_back(base);
  for (const auto& item : e.projection) {
    Expression part;
    part.position = part.name_position = e.position;
    part.name = item.name;
    switch (item.kind) {
      case cypher::MapProjectionItem::Kind::kAll: continue;
      case cypher::MapProjectionItem::Kind::kProperty: {
        auto property = std::make_shared<BoundExpression>();
        property->kind = BoundKind::kProperty, property->position = e.position, property->name = item.name;
        property->key_id = context_.planning.catalog->find_key(item.name).value_or(KeyId());
        bool entity = base->type.type == Type::kNode || base->type.type == Type::kRelationship;
        property->type = entity ? property_type(*base, item.name) : StaticType{Type::kAny};
        property->args = {base};
        map->args.push_back(property);
        break;
      }
      case cypher::MapProjectionItem::Kind::kLiteral: map->args.push_back(bind(*item.value)); break;
      case cypher::MapProjectionItem::Kind::kVariable: map->args.push_back(bind_variable(part)); break;
    }
    map->names.push_back(item.name);
  }
  // null{.a} is null.
  BoundPtr test = make_call(BoundKind::kIsNull, {Type::kBool}, {base}, e.position);
  return make_call(BoundKind::kCase, {Type::kMap}, {test, make_literal(Value(), {Type::kNull}, e.position), map},
                   e.position);
}

BoundPtr Binder::bind_case(const Expression& e) {
  std::vector<BoundPtr> args;
  StaticType type{Type::kNull};
  bool simple = e.args[0] != nullptr;
  StaticType operand{Type::kNull};
  if (simple) args.push_back(bind(*e.args[0])), operand = hint_of(*args[0]);
  for (size_t i = 1; i < e.args.size(); ++i) {
    bool last = i + 1 == e.args.size();
    bool when = !last && i % 2 == 1;
    if (!e.args[i]) {
      args.push_back(nullptr);
    } else if (when) {
      args.push_back(simple ? bind(*e.args[i], operand) : condition(*e.args[i]));
    } else {
      args.push_back(bind(*e.args[i], type));
      type = unify(type, args.back()->type);
    }
  }
  return make_call(simple ? BoundKind::kSimpleCase : BoundKind::kCase, type, std::move(args), e.position);
}

}  // namespace elegraph::query::plan
