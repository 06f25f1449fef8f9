// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "query/functions/registry.h"

namespace elegraph::query {

// A cast's target: PostgreSQL's (and Cypher's) type names with their width or length limits.
struct CastTarget {
  enum class Kind : uint8_t { kPlain, kJson, kText, kObjectId } kind = Kind::kPlain;
  StaticType type;
  int bits = 64;        // of integers and floats
  int64_t length = -1;  // characters of char(n) and varchar(n)
  bool array = false;   // then `type.element` is the element's type
};

// "int8", "double precision", "varchar(20)", "text[]", ... Error 42704 for an unknown name.
CastTarget cast_target(std::string_view name);

}  // namespace elegraph::query
