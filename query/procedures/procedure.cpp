// SPDX-License-Identifier: Apache-2.0
#include "query/procedures/procedure.h"

#include "storage/error.h"
#include "storage/value_codec.h"

namespace elegraph::query {
namespace {

using Field = ProcedureDefinition::Field;

Value encode_fields(const std::vector<Field>& fields) {
  std::vector<Value> items;
  for (const Field& f : fields) items.push_back(Value::string(f.name)), items.push_back(Value::string(f.type));
  return Value::list(std::move(items));
}

const Value& entry(const Value& map, std::string_view key, Type type) {
  const Value* v = map.map_find(key);
  if (!v || v->type() != type)
    throw Error(sqlstate::kDataCorrupted, "a procedure's definition in the log or checkpoint does not parse");
  return *v;
}

std::vector<Field> decode_fields(const Value& map, std::string_view key) {
  std::vector<Field> out;
  const auto& items = entry(map, key, Type::kList).as_list();
  for (size_t i = 0; i + 1 < items.size(); i += 2)
    out.push_back({std::string(items[i].as_string()), std::string(items[i + 1].as_string())});
  return out;
}

std::vector<DeclaredType> declare(const std::vector<Field>& fields, std::vector<ProcedureSignature::Field>& signature) {
  std::vector<DeclaredType> types;
  for (const Field& f : fields) {
    for (const auto& other : signature)
      if (other.name == f.name) throw Error(sqlstate::kDuplicateColumn, "\"" + f.name + "\" is declared twice");
    types.emplace_back(f.type);
    signature.push_back({f.name, types.back().type()});
  }
  return types;
}

std::string fields_text(const std::vector<Field>& fields) {
  std::string out = "(";
  for (const Field& f : fields) out += (out.size() > 1 ? ", " : "") + f.name + " :: " + f.type;
  return out + ")";
}

}  // namespace

bool is_procedure_record(std::string_view payload) { return payload.starts_with('P'); }

std::string encode_procedure(const ProcedureRecord& record) {
  const ProcedureDefinition& d = record.definition;
  std::string out = record.drop ? "PD" : "PC";
  storage::encode_value(out, Value::map({{"name", Value::string(d.name)},
                                         {"inputs", encode_fields(d.inputs)},
                                         {"outputs", encode_fields(d.outputs)},
                                         {"body", Value::string(d.body)},
                                         {"standard_strings", Value::boolean(d.standard_conforming_strings)},
                                         {"writes", Value::boolean(d.writes)},
                                         {"deterministic", Value::boolean(d.deterministic)}}));
  return out;
}

ProcedureRecord decode_procedure(std::string_view payload) {
  storage::Decoder in(payload.substr(1));
  ProcedureRecord record;
  record.drop = in.u8() == 'D';
  Value map = in.value();
  auto& d = record.definition;
  if (map.type() != Type::kMap) map = Value::map({});
  d.name = entry(map, "name", Type::kString).as_string();
  d.inputs = decode_fields(map, "inputs"), d.outputs = decode_fields(map, "outputs");
  d.body = entry(map, "body", Type::kString).as_string();
  d.standard_conforming_strings = entry(map, "standard_strings", Type::kBool).as_bool();
  d.writes = entry(map, "writes", Type::kBool).as_bool();
  d.deterministic = entry(map, "deterministic", Type::kBool).as_bool();
  return record;
}

Procedure::Procedure(ProcedureDefinition d, BuiltIn function) : definition(std::move(d)), built_in(function) {
  auto s = std::make_shared<ProcedureSignature>();
  s->name = definition.name;
  s->writes = definition.writes;
  s->deterministic = definition.deterministic;
  inputs = declare(definition.inputs, s->inputs);
  outputs = declare(definition.outputs, s->outputs);
  signature = std::move(s);
}

std::string signature_text(const ProcedureDefinition& d) {
  return d.name + fields_text(d.inputs) + " :: " + fields_text(d.outputs);
}

}  // namespace elegraph::query
