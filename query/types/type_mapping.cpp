// SPDX-License-Identifier: Apache-2.0
#include "query/types/type_mapping.h"

#include <fmt/format.h>

namespace elegraph::query::types {
namespace {

struct TypeRow {
  Oid oid;
  Oid array;
  Form form;
  int16_t length;
  Type value;
  const char* name;
};

constexpr TypeRow kTypes[] = {
    {oid::kInt8, 1016, Form::kInt8, 8, Type::kInt, "bigint"},
    {oid::kText, 1009, Form::kText, -1, Type::kString, "text"},
    {oid::kJsonb, 3807, Form::kJsonb, -1, Type::kAny, "jsonb"},
    {oid::kFloat8, 1022, Form::kFloat8, 8, Type::kFloat, "double precision"},
    {oid::kBool, 1000, Form::kBool, 1, Type::kBool, "boolean"},
    {oid::kInt4, 1007, Form::kInt4, 4, Type::kInt, "integer"},
    {oid::kInt2, 1005, Form::kInt2, 2, Type::kInt, "smallint"},
    {oid::kOid, 1028, Form::kUnsigned4, 4, Type::kInt, "oid"},
    {oid::kName, 1003, Form::kText, 64, Type::kString, "name"},
    {oid::kVarchar, 1015, Form::kText, -1, Type::kString, "character varying"},
    {oid::kBpchar, 1014, Form::kText, -1, Type::kString, "character"},
    {oid::kUnknown, 0, Form::kText, -2, Type::kString, "unknown"},
    {oid::kFloat4, 1021, Form::kFloat4, 4, Type::kFloat, "real"},
    {oid::kNumeric, 1231, Form::kNumeric, -1, Type::kNumeric, "numeric"},
    {oid::kBytea, 1001, Form::kBytea, -1, Type::kBytes, "bytea"},
    {oid::kDate, 1182, Form::kDate, 4, Type::kDate, "date"},
    {oid::kTime, 1183, Form::kTime, 8, Type::kLocalTime, "time without time zone"},
    {oid::kTimetz, 1270, Form::kTimetz, 12, Type::kTime, "time with time zone"},
    {oid::kTimestamp, 1115, Form::kTimestamp, 8, Type::kLocalDateTime, "timestamp without time zone"},
    {oid::kTimestamptz, 1185, Form::kTimestamptz, 8, Type::kDateTime, "timestamp with time zone"},
    {oid::kInterval, 1187, Form::kInterval, 16, Type::kDuration, "interval"},
    {oid::kUuid, 2951, Form::kUuid, 16, Type::kUuid, "uuid"},
    {oid::kJson, 199, Form::kJson, -1, Type::kAny, "json"},
    {oid::kChar, 1002, Form::kText, 1, Type::kString, "\"char\""},
    {oid::kRegproc, 1008, Form::kText, 4, Type::kString, "regproc"},
    {oid::kXid, 1011, Form::kUnsigned4, 4, Type::kInt, "xid"},
    {oid::kRegclass, 2210, Form::kText, 4, Type::kString, "regclass"},
    {oid::kRegtype, 2211, Form::kText, 4, Type::kString, "regtype"},
    {oid::kVoid, 0, Form::kText, 4, Type::kString, "void"},
};

const TypeRow* row_of(Oid type) {
  for (auto& row : kTypes)
    if (row.oid == type) return &row;
  return nullptr;
}

const TypeRow* row_of_array(Oid array) {
  for (auto& row : kTypes)
    if (row.array == array && array) return &row;
  return nullptr;
}

Oid scalar_oid(Type type) {
  switch (type) {
    case Type::kBool: return oid::kBool;
    case Type::kInt: return oid::kInt8;
    case Type::kFloat: return oid::kFloat8;
    case Type::kNull:
    case Type::kString: return oid::kText;
    case Type::kBytes: return oid::kBytea;
    case Type::kDate: return oid::kDate;
    case Type::kLocalTime: return oid::kTime;
    case Type::kTime: return oid::kTimetz;
    case Type::kLocalDateTime: return oid::kTimestamp;
    case Type::kDateTime: return oid::kTimestamptz;
    case Type::kDuration: return oid::kInterval;
    case Type::kNumeric: return oid::kNumeric;
    case Type::kUuid: return oid::kUuid;
    default: return oid::kJsonb;
  }
}

}  // namespace

Oid element_oid(Oid array) {
  const TypeRow* row = row_of_array(array);
  return row ? row->oid : 0;
}

Oid array_oid(Oid element) {
  const TypeRow* row = row_of(element);
  return row ? row->array : 0;
}

Form form_of(Oid type) {
  if (const TypeRow* row = row_of(type)) return row->form;
  return row_of_array(type) ? Form::kArray : Form::kText;
}

std::string type_text(Oid type) {
  if (const TypeRow* row = row_of(type)) return row->name;
  if (const TypeRow* row = row_of_array(type)) return std::string(row->name) + "[]";
  return fmt::format("type {}", type);
}

Oid result_oid(StaticType type, bool jsonb_results) {
  if (jsonb_results) return oid::kJsonb;
  if (type.type != Type::kList) return scalar_oid(type.type);
  if (type.element == Type::kNull) return oid::kJsonb;
  Oid element = scalar_oid(type.element);
  return element == oid::kJsonb ? oid::kJsonb : array_oid(element);
}

StaticType static_type(Oid type) {
  if (const TypeRow* row = row_of(type)) return {row->value, Type::kAny};
  if (const TypeRow* row = row_of_array(type)) return {Type::kList, row->value};
  return {Type::kString, Type::kAny};
}

int16_t type_length(Oid type) {
  const TypeRow* row = row_of(type);
  return row ? row->length : int16_t(-1);
}

}  // namespace elegraph::query::types
