// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "query/functions/registry.h"
#include "storage/value.h"

// Cypher's operators on single values (openCypher 9, "Comparability, equality, orderability and
// equivalence"). The vector kernels of query/exec agree with these; where no kernel fits they call them.
namespace elegraph::query {

// Three-valued: nullopt is null.
using Ternary = std::optional<bool>;

Ternary equals(const Value& a, const Value& b);  // =
// a < b, by class of types: nullopt where they do not compare (null, NaN gives false, different classes).
Ternary less(const Value& a, const Value& b);
Ternary less_equal(const Value& a, const Value& b);
// Total order of ORDER BY, min and max: -1, 0, 1. MAP < NODE < RELATIONSHIP < LIST < PATH < temporal < STRING
// < BOOLEAN < number < NaN < null.
int order(const Value& a, const Value& b);
// Equivalence of DISTINCT and grouping: null is null, NaN is NaN, 1 = 1.0; and the hash that goes with it.
bool equivalent(const Value& a, const Value& b);
uint64_t hash(const Value& v);

// Arithmetic: null in, null out. Errors: 42804-like type faults at run time are 22023 with both types named;
// 22003 on integer overflow; 22012 on integer division by zero. + also joins strings and lists and adds
// durations to temporals.
Value add(const Value& a, const Value& b);
Value subtract(const Value& a, const Value& b);
Value multiply(const Value& a, const Value& b);
Value divide(const Value& a, const Value& b);
Value modulo(const Value& a, const Value& b);
Value power(const Value& a, const Value& b);
Value negate(const Value& a);
Value concat(const Value& a, const Value& b);
// STARTS WITH, ENDS WITH, CONTAINS; null unless both are strings.
Ternary starts_with(const Value& a, const Value& b);
Ternary ends_with(const Value& a, const Value& b);
Ternary contains(const Value& a, const Value& b);
// =~ by RE2, over the whole text; compiled patterns are kept per thread. Error 2201B for a pattern that does
// not compile.
Ternary regex_match(const Value& a, const Value& pattern);
Value in_list(const Value& needle, const Value& list);
Value index_value(const Value& container, const Value& index,
                  const FunctionContext&);  // [..] on lists, maps, nodes
Value slice(const Value& list, const Value* from, const Value* to);
Value property_of(const Value& container, std::string_view key,
                  const FunctionContext&);  // maps, temporals, points, nodes

// ::type and CAST. `name` as the parser gives it ("int8", "text[]", "timestamptz"). Unknown type: 42704; a
// value that does not read as the type: 22P02, with the value in the message.
Value cast(const Value& v, std::string_view type, const FunctionContext&);
StaticType cast_result(std::string_view type);

// JSON as docs/wire.md has it: integers as 1, floats with '.' or exponent, temporals as ISO strings, nodes
// and relationships as objects (reads them through context.reader).
void append_json(std::string& out, const Value& v, const FunctionContext&);
Value parse_json(std::string_view text);  // 22P02 with where it went wrong

// Cypher's toString of scalars and temporals; floats are the shortest that reads back.
std::string to_text(const Value& v);
void append_float(std::string& out, double v);

// Text forms that Postgres clients see and send (ISO DateStyle, IntervalStyle, array braces).
struct TextStyle {
  uint16_t zone = 0;           // the session's TimeZone
  bool iso_intervals = false;  // intervalstyle iso_8601; else postgres
};
void append_postgres_text(std::string& out, const Value& v, StaticType as, const TextStyle&, const FunctionContext&);
// A parameter or COPY field's text as a value of `as`; 22P02 when it does not read.
Value parse_postgres_text(std::string_view text, StaticType as, const TextStyle&);
// Postgres' array literal {1,2,NULL}.
Value parse_array_literal(std::string_view text, Type element, const TextStyle&);

}  // namespace elegraph::query
