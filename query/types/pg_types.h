// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "query/exec/batch.h"
#include "query/functions/registry.h"
#include "query/functions/value_ops.h"
#include "storage/value.h"
#include "storage/vector.h"

// PostgreSQL's types as clients know them: OIDs, and the text and binary forms of values (docs/wire.md, "Values").
namespace elegraph::query::types {

using Oid = uint32_t;
namespace oid {
inline constexpr Oid kBool = 16, kBytea = 17, kName = 19, kInt8 = 20, kInt2 = 21, kInt4 = 23, kText = 25, kOid = 26,
                     kJson = 114, kFloat4 = 700, kFloat8 = 701, kUnknown = 705, kBpchar = 1042, kVarchar = 1043,
                     kDate = 1082, kTime = 1083, kTimestamp = 1114, kTimestamptz = 1184, kInterval = 1186, kTimetz = 1266,
                     kNumeric = 1700, kVoid = 2278, kUuid = 2950, kJsonb = 3802;
}

// The type that a result column of this static type is described with, and back for parameters (int2 and int4
// become kInt, varchar kString, jsonb and json kAny, ...). Unknown OIDs give kString.
Oid result_oid(StaticType type, bool jsonb_results);
StaticType static_type(Oid oid);
int16_t type_length(Oid oid);  // RowDescription's typlen: -1 for variable

// Appends the value's bytes (no length word) as `as`: format 0 text, 1 binary. A value that does not fit the
// described type ends the statement: Error 0A000 "cached plan must not change result type".
struct EncodeContext {
  TextStyle style;
  const FunctionContext* functions;  // for jsonb of nodes and relationships
};
void encode(std::string& out, const Value& v, Oid as, int16_t format, const EncodeContext&);

// One row's field of a typed vector as DataRow has it: length word (-1 for null) and bytes, without a detour
// over Value where the vector's type is the described one.
void encode_field(std::string& out, const Vector& column, uint32_t row, Oid as, int16_t format, const EncodeContext&);

// A parameter's bytes as a Cypher value; `type` is the declared or inferred OID. Errors: 22P02 (text), 22P03 (binary),
// 22021 for bytes that are no UTF-8 or a NUL.
Value decode(std::string_view bytes, Oid type, int16_t format, const EncodeContext&);

// The same of a text that neither its sender nor its place in the statement has a type for: JSON, or else an array literal,
// as which drivers send lists of strings.
Value decode_open(std::string_view text, const EncodeContext&);

}  // namespace elegraph::query::types
