// SPDX-License-Identifier: Apache-2.0
#include "query/functions/faults.h"

#include <fmt/format.h>

namespace elegraph::query {

void wrong_argument(std::string_view what, const Value& v) {
  throw Error(sqlstate::kInvalidParameterValue,
              fmt::format("{} cannot take a value of type {}", what, type_name(v.type())));
}

void wrong_operands(std::string_view symbol, const Value& a, const Value& b) {
  throw Error(sqlstate::kInvalidParameterValue,
              fmt::format("operator {} does not join {} and {}", symbol, type_name(a.type()), type_name(b.type())));
}

void invalid_value(std::string message) { throw Error(sqlstate::kInvalidParameterValue, std::move(message)); }

void result_too_large(std::string_view what) {
  throw Error(sqlstate::kProgramLimitExceeded, "resulting " + std::string(what) + " is too large");
}

void integer_overflow() { throw Error(sqlstate::kNumericOutOfRange, "integer out of range"); }

void unreadable(std::string_view type, std::string_view text) {
  constexpr size_t kShown = 200;
  std::string shown(text.substr(0, kShown));
  if (text.size() > kShown) shown += "...";
  throw Error(sqlstate::kInvalidTextRepresentation, fmt::format("invalid input syntax for type {}: \"{}\"", type, shown));
}

}  // namespace elegraph::query
