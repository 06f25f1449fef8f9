// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "query/functions/families.h"
#include "query/functions/faults.h"
#include "query/functions/unicode.h"
#include "query/functions/value_ops.h"

// Functions of nodes, relationships and paths.
namespace elegraph::query {
namespace {

const storage::Catalog& catalog(const FunctionContext& context) { return context.reader->graph().catalog(); }

[[noreturn]] void deleted(std::string_view kind, uint32_t id) {
  throw Error(sqlstate::kInvalidParameterValue, fmt::format("{} {} was deleted in this transaction", kind, id));
}
void require_live(NodeId n, const FunctionContext& context) {
  if (!context.reader->visible(n)) deleted("node", n.value);
}
void require_live(RelId r, const FunctionContext& context) {
  if (!context.reader->visible(r)) deleted("relationship", r.value);
}

Value id(std::span<const Value> args, const FunctionContext&) {
  if (args[0].type() == Type::kNode) return Value::integer(args[0].as_node().value);
  if (args[0].type() == Type::kRelationship) return Value::integer(args[0].as_relationship().value);
  wrong_argument("id()", args[0]);
}

Value element_id(std::span<const Value> args, const FunctionContext&) {
  if (args[0].type() == Type::kNode) return Value::string(fmt::format("n:{}", args[0].as_node().value));
  if (args[0].type() == Type::kRelationship) return Value::string(fmt::format("r:{}", args[0].as_relationship().value));
  wrong_argument("elementId()", args[0]);
}

Value type_of(std::span<const Value> args, const FunctionContext& context) {
  if (args[0].type() != Type::kRelationship) wrong_argument("type()", args[0]);
  return Value::string(catalog(context).name(context.reader->type(args[0].as_relationship())));
}

Value labels(std::span<const Value> args, const FunctionContext& context) {
  if (args[0].type() != Type::kNode) wrong_argument("labels()", args[0]);
  require_live(args[0].as_node(), context);
  std::vector<Value> names;
  for (LabelId label : catalog(context).labels(context.reader->label_set(args[0].as_node())))
    names.push_back(Value::string(catalog(context).name(label)));
  return Value::list(std::move(names));
}

Value start_node(std::span<const Value> args, const FunctionContext& context) {
  if (args[0].type() != Type::kRelationship) wrong_argument("startNode()", args[0]);
  return Value::node(context.reader->source(args[0].as_relationship()));
}

Value end_node(std::span<const Value> args, const FunctionContext& context) {
  if (args[0].type() != Type::kRelationship) wrong_argument("endNode()", args[0]);
  return Value::node(context.reader->target(args[0].as_relationship()));
}

template <class Id>
std::vector<std::pair<std::string, Value>> properties_of(Id id, const FunctionContext& context) {
  require_live(id, context);
  std::vector<std::pair<std::string, Value>> entries;
  context.reader->properties(
      id, [&](KeyId key, const Value& v) { entries.emplace_back(std::string(catalog(context).name(key)), v); });
  return entries;
}

Value properties(std::span<const Value> args, const FunctionContext& context) {
  switch (args[0].type()) {
    case Type::kMap: return args[0];
    case Type::kNode: return Value::map(properties_of(args[0].as_node(), context));
    case Type::kRelationship: return Value::map(properties_of(args[0].as_relationship(), context));
    default: wrong_argument("properties()", args[0]);
  }
}

Value keys(std::span<const Value> args, const FunctionContext& context) {
  Value map = properties(args, context);
  std::vector<Value> names;
  for (auto& [key, value] : map.as_map()) names.push_back(Value::string(key));
  return Value::list(std::move(names));
}

Value nodes(std::span<const Value> args, const FunctionContext&) {
  if (args[0].type() != Type::kPath) wrong_argument("nodes()", args[0]);
  std::vector<Value> items;
  for (NodeId n : args[0].as_path().nodes) items.push_back(Value::node(n));
  return Value::list(std::move(items));
}

Value relationships(std::span<const Value> args, const FunctionContext&) {
  if (args[0].type() != Type::kPath) wrong_argument("relationships()", args[0]);
  std::vector<Value> items;
  for (RelId r : args[0].as_path().relationships) items.push_back(Value::relationship(r));
  return Value::list(std::move(items));
}

// Of a path its relationships; of a text its characters, as in SQL.
Value length(std::span<const Value> args, const FunctionContext&) {
  if (args[0].type() == Type::kPath) return Value::integer(int64_t(args[0].as_path().relationships.size()));
  if (args[0].type() == Type::kString) return Value::integer(int64_t(count_code_points(args[0].as_string())));
  wrong_argument("length()", args[0]);
}

bool id_vector(std::span<const Vector* const> args, const uint16_t* rows, uint32_t count, Vector& out) {
  const Vector& in = *args[0];
  if ((in.type() != Type::kNode && in.type() != Type::kRelationship) || in.constant()) return false;
  out.reset(Type::kInt);
  const uint32_t* from = in.data<uint32_t>();
  int64_t* to = out.mutable_data<int64_t>();
  for (uint32_t i = 0; i < count; i++) {
    uint32_t row = rows ? rows[i] : i;
    to[row] = from[row];
    if (!in.valid(row)) out.set_null(row);
  }
  return true;
}

constexpr FunctionDef kFunctions[] = {
    {.name = "id",
     .min_args = 1,
     .max_args = 1,
     .call = id,
     .vector = id_vector,
     .result = types::takes<Type::kInt, Type::kNode, Type::kRelationship>},
    {.name = "elementid",
     .min_args = 1,
     .max_args = 1,
     .call = element_id,
     .result = types::takes<Type::kString, Type::kNode, Type::kRelationship>},
    {.name = "type",
     .min_args = 1,
     .max_args = 1,
     .call = type_of,
     .result = types::takes<Type::kString, Type::kRelationship>},
    {.name = "labels",
     .min_args = 1,
     .max_args = 1,
     .call = labels,
     .result = types::takes_to_list<Type::kString, Type::kNode>},
    {.name = "startnode",
     .min_args = 1,
     .max_args = 1,
     .call = start_node,
     .result = types::takes<Type::kNode, Type::kRelationship>},
    {.name = "endnode",
     .min_args = 1,
     .max_args = 1,
     .call = end_node,
     .result = types::takes<Type::kNode, Type::kRelationship>},
    {.name = "properties",
     .min_args = 1,
     .max_args = 1,
     .call = properties,
     .result = types::takes<Type::kMap, Type::kMap, Type::kNode, Type::kRelationship>},
    {.name = "keys",
     .min_args = 1,
     .max_args = 1,
     .call = keys,
     .result = types::takes_to_list<Type::kString, Type::kMap, Type::kNode, Type::kRelationship>},
    {.name = "nodes",
     .min_args = 1,
     .max_args = 1,
     .call = nodes,
     .result = types::takes_to_list<Type::kNode, Type::kPath>},
    {.name = "relationships",
     .min_args = 1,
     .max_args = 1,
     .call = relationships,
     .result = types::takes_to_list<Type::kRelationship, Type::kPath>},
    {.name = "rels",
     .min_args = 1,
     .max_args = 1,
     .call = relationships,
     .result = types::takes_to_list<Type::kRelationship, Type::kPath>},
    {.name = "length",
     .min_args = 1,
     .max_args = 1,
     .call = length,
     .result = types::takes<Type::kInt, Type::kPath, Type::kString>},
};

}  // namespace

std::span<const FunctionDef> families::entities() { return kFunctions; }

}  // namespace elegraph::query
