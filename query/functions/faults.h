// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "storage/error.h"
#include "storage/value.h"

// The errors that the function families share, so that they read alike. All of them throw Error.
namespace elegraph::query {

// 22023: `what` (a function or operator) cannot take a value of this type.
[[noreturn]] void wrong_argument(std::string_view what, const Value& v);
// 22023: an operator between two types that it does not join.
[[noreturn]] void wrong_operands(std::string_view symbol, const Value& a, const Value& b);
// 22023 with a free text.
[[noreturn]] void invalid_value(std::string message);
[[noreturn]] void integer_overflow();  // 22003
// Doubling a value a few times more would take all memory there is: it ends here.
inline constexpr size_t kMaxStringBytes = size_t{1} << 28;
inline constexpr size_t kMaxListItems = 100'000'000;
[[noreturn]] void result_too_large(std::string_view what);  // 54000
// 22P02, as PostgreSQL words it: invalid input syntax for type integer: "x".
[[noreturn]] void unreadable(std::string_view type, std::string_view text);

}  // namespace elegraph::query
