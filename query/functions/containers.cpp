// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "query/functions/faults.h"
#include "query/functions/points.h"
#include "query/functions/slices.h"
#include "query/functions/temporal/components.h"
#include "query/functions/temporal/parts.h"
#include "query/functions/value_ops.h"
#include "storage/value_memory.h"

namespace elegraph::query {
namespace {

[[noreturn]] void deleted(std::string_view kind, uint32_t id) {
  throw Error(sqlstate::kInvalidParameterValue, fmt::format("{} {} was deleted in this transaction", kind, id));
}

Value node_property(NodeId node, std::string_view key, const FunctionContext& context) {
  auto& reader = *context.reader;
  if (auto id = reader.graph().catalog().find_key(key)) {
    Value v = reader.property(node, *id);
    if (!v.is_null()) return v;
  }
  if (!reader.visible(node)) deleted("node", node.value);
  return {};
}

Value relationship_property(RelId rel, std::string_view key, const FunctionContext& context) {
  auto& reader = *context.reader;
  if (auto id = reader.graph().catalog().find_key(key)) {
    Value v = reader.property(rel, *id);
    if (!v.is_null()) return v;
  }
  if (!reader.visible(rel)) deleted("relationship", rel.value);
  return {};
}

bool is_container_of_keys(Type t) {
  return t == Type::kMap || t == Type::kNode || t == Type::kRelationship || t == Type::kPoint || t == Type::kDuration ||
         temporal::is_temporal(t);
}

int64_t clamp_bound(const Value& v, int64_t size) {
  if (v.type() != Type::kInt) wrong_argument("a list slice", v);
  return slice_bound(v.as_int(), size);
}

}  // namespace

Value in_list(const Value& needle, const Value& list) {
  if (list.is_null()) return {};
  if (list.type() != Type::kList) wrong_argument("operator IN", list);
  bool unknown = false;
  for (auto& item : list.as_list()) {
    Ternary t = equals(needle, item);
    if (!t)
      unknown = true;
    else if (*t)
      return Value::boolean(true);
  }
  return unknown ? Value() : Value::boolean(false);
}

Value index_value(const Value& container, const Value& index, const FunctionContext& context) {
  if (container.is_null() || index.is_null()) return {};
  if (container.type() == Type::kList) {
    if (index.type() != Type::kInt) wrong_argument("a list index", index);
    auto& items = container.as_list();
    int64_t n = index.as_int() < 0 ? index.as_int() + int64_t(items.size()) : index.as_int();
    return n < 0 || n >= int64_t(items.size()) ? Value() : items[size_t(n)];
  }
  if (!is_container_of_keys(container.type())) wrong_argument("operator []", container);
  if (index.type() != Type::kString) wrong_argument("a property key", index);
  return property_of(container, index.as_string(), context);
}

Value slice(const Value& list, const Value* from, const Value* to) {
  if (list.is_null() || (from && from->is_null()) || (to && to->is_null())) return {};
  if (list.type() != Type::kList) wrong_argument("operator [..]", list);
  auto& items = list.as_list();
  int64_t size = int64_t(items.size());
  int64_t begin = from ? clamp_bound(*from, size) : 0;
  int64_t end = to ? clamp_bound(*to, size) : size;
  if (begin >= end) return Value::list({});
  return copied_list(items.begin() + begin, items.begin() + end);
}

Value property_of(const Value& container, std::string_view key, const FunctionContext& context) {
  switch (container.type()) {
    case Type::kNull: return {};
    case Type::kMap: {
      const Value* v = container.map_find(key);
      return v ? *v : Value();
    }
    case Type::kNode: return node_property(container.as_node(), key, context);
    case Type::kRelationship: return relationship_property(container.as_relationship(), key, context);
    case Type::kPoint: return point_component(container.as_point(), key);
    case Type::kDuration: return temporal::duration_component(container.as_duration(), key);
    default:
      if (temporal::is_temporal(container.type())) return temporal::component(container, key);
      throw Error(sqlstate::kInvalidParameterValue,
                  fmt::format("a value of type {} has no property \"{}\"", type_name(container.type()), key));
  }
}

}  // namespace elegraph::query
