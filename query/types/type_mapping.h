// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "query/types/pg_types.h"

// Which PostgreSQL types there are and what they are to Cypher.
namespace elegraph::query::types {

namespace oid {
inline constexpr Oid kChar = 18, kRegproc = 24, kXid = 28, kRegclass = 2205, kRegtype = 2206, kJsonArray = 199,
                     kTextArray = 1009, kInt8Array = 1016, kFloat8Array = 1022, kBoolArray = 1000, kJsonbArray = 3807;
}

// The element type of an array type, 0 where `oid` is no array; and the array type of an element type.
Oid element_oid(Oid oid);
Oid array_oid(Oid element);

// How values of a type are written: several OIDs share one form.
enum class Form : uint8_t {
  kText,
  kBool,
  kInt2,
  kInt4,
  kInt8,
  kUnsigned4,
  kFloat4,
  kFloat8,
  kNumeric,
  kBytea,
  kDate,
  kTime,
  kTimetz,
  kTimestamp,
  kTimestamptz,
  kInterval,
  kUuid,
  kJson,
  kJsonb,
  kArray,
};
Form form_of(Oid oid);

// "bigint", "text[]", ... for messages. Unknown OIDs give "type 1234".
std::string type_text(Oid oid);

}  // namespace elegraph::query::types
