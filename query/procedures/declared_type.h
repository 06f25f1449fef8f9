// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "query/functions/registry.h"

namespace elegraph::query {

// The type of a procedure's argument or column as it was declared: Cypher's names (INTEGER, LIST<STRING>, ZONED
// DATETIME), with or without a question mark, or PostgreSQL's. Null is a value of all of them.
class DeclaredType {
 public:
  explicit DeclaredType(std::string_view written);  // 42704 for an unknown name

  StaticType type() const { return type_; }  // kAny for ANY and NUMBER
  // Makes an integer a float where one is declared. False where the value is of another type.
  bool accept(Value& v) const;

 private:
  StaticType type_;
  bool number_ = false;
};

}  // namespace elegraph::query
