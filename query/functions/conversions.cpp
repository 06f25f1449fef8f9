// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "query/functions/byte_text.h"
#include "query/functions/compare.h"
#include "query/functions/families.h"
#include "query/functions/faults.h"
#include "query/functions/postgres_parse.h"
#include "query/functions/temporal/format.h"
#include "query/functions/temporal/parts.h"
#include "query/functions/value_ops.h"
#include "query/functions/vector_loops.h"

// toInteger, toFloat, toBoolean, toString and their OrNull and List forms: a text that does not read gives
// null; a value of a type that never converts is 22023, or null for OrNull and inside of lists.
namespace elegraph::query {
namespace {

// Tells "cannot be converted" apart from "converts to null".
struct Converted {
  bool fits;
  Value value;
};

Value truncate(double d) {
  constexpr double kLimit = 9223372036854775808.0;
  if (std::isnan(d)) return {};
  if (!(d > -kLimit - 1025 && d < kLimit)) integer_overflow();
  return Value::integer(int64_t(d));
}

// Null where the text is no number or out of range.
template <class Read>
auto read_quietly(Read read, std::string_view text) -> decltype(read(text)) {
  try {
    return read(text);
  } catch (const Error&) {
    return std::nullopt;
  }
}

Value integer_of_text(std::string_view text) {
  if (auto n = read_quietly(read_int, text)) return Value::integer(*n);
  auto d = read_quietly(read_float, text);
  if (!d || !(std::fabs(*d) < 9223372036854775808.0)) return {};
  return Value::integer(int64_t(*d));
}

Converted to_integer(const Value& v) {
  switch (v.type()) {
    case Type::kNull:
    case Type::kInt: return {true, v};
    case Type::kBool: return {true, Value::integer(v.as_bool())};
    case Type::kFloat: return {true, truncate(v.as_float())};
    case Type::kString:
    case Type::kNumeric: return {true, integer_of_text(v.as_string())};
    default: return {false, {}};
  }
}

Converted to_float(const Value& v) {
  switch (v.type()) {
    case Type::kNull:
    case Type::kFloat: return {true, v};
    case Type::kInt: return {true, Value::floating(double(v.as_int()))};
    case Type::kString:
    case Type::kNumeric: {
      auto d = read_quietly(read_float, v.as_string());
      return {true, d ? Value::floating(*d) : Value()};
    }
    default: return {false, {}};
  }
}

Converted to_boolean(const Value& v) {
  switch (v.type()) {
    case Type::kNull:
    case Type::kBool: return {true, v};
    case Type::kInt: return {true, Value::boolean(v.as_int() != 0)};
    case Type::kString: {
      std::string_view s = trim_spaces(v.as_string());
      bool word = s.size() == 4 || s.size() == 5;  // only "true" and "false", in any case
      auto b = word ? read_bool(s) : std::nullopt;
      return {true, b ? Value::boolean(*b) : Value()};
    }
    default: return {false, {}};
  }
}

Converted to_string(const Value& v) {
  switch (v.type()) {
    case Type::kNull:
    case Type::kString: return {true, v};
    case Type::kBool:
    case Type::kInt:
    case Type::kFloat:
    case Type::kNumeric:
    case Type::kUuid:
    case Type::kDuration:
    case Type::kBytes:
    case Type::kPoint: return {true, Value::string(to_text(v))};
    default:
      if (!temporal::is_temporal(v.type())) return {false, {}};
      return {true, Value::string(to_text(v))};
  }
}

using Conversion = Converted (*)(const Value&);
constexpr char kInteger[] = "toInteger()", kFloat[] = "toFloat()", kBoolean[] = "toBoolean()", kString[] = "toString()";

template <Conversion convert, const char* name>
Value strict(std::span<const Value> args, const FunctionContext&) {
  Converted c = convert(args[0]);
  if (!c.fits) wrong_argument(name, args[0]);
  return c.value;
}

template <Conversion convert>
Value or_null(std::span<const Value> args, const FunctionContext&) {
  return convert(args[0]).value;
}

template <Conversion convert>
Value each(std::span<const Value> args, const FunctionContext&) {
  if (args[0].type() != Type::kList) wrong_argument("a conversion of lists", args[0]);
  std::vector<Value> items;
  items.reserve(args[0].as_list().size());
  for (auto& item : args[0].as_list()) items.push_back(convert(item).value);
  return Value::list(std::move(items));
}

// toInteger over vectors of integers and floats.
bool to_integer_vector(std::span<const Vector* const> args, const uint16_t* rows, uint32_t count, Vector& out) {
  const Vector& in = *args[0];
  if (in.type() == Type::kInt) return out.reference(in), true;
  if (in.type() != Type::kFloat || in.constant()) return false;
  const double* from = in.data<double>();
  for (uint32_t i = 0; i < count; i++) {
    uint32_t row = rows ? rows[i] : i;
    if (in.valid(row) && !(std::fabs(from[row]) < 9.2e18)) return false;  // NaN and overflow: row by row
  }
  out.reset(Type::kInt);
  int64_t* to = out.mutable_data<int64_t>();
  for (uint32_t i = 0; i < count; i++) {
    uint32_t row = rows ? rows[i] : i;
    if (in.valid(row))
      to[row] = int64_t(from[row]);
    else
      out.set_null(row);
  }
  return true;
}

bool to_float_vector(std::span<const Vector* const> args, const uint16_t* rows, uint32_t count, Vector& out) {
  const Vector& in = *args[0];
  if (in.type() == Type::kFloat) return out.reference(in), true;
  if (in.type() != Type::kInt || in.constant()) return false;
  out.reset(Type::kFloat);
  const int64_t* from = in.data<int64_t>();
  double* to = out.mutable_data<double>();
  for (uint32_t i = 0; i < count; i++) {
    uint32_t row = rows ? rows[i] : i;
    to[row] = double(from[row]);
    if (!in.valid(row)) out.set_null(row);
  }
  return true;
}

bool to_string_vector(std::span<const Vector* const> args, const uint16_t* rows, uint32_t count, Vector& out) {
  const Vector& in = *args[0];
  if (in.constant()) return false;
  if (in.type() == Type::kString) return out.reference(in), true;
  // write(row, to) writes the row's text and gives its end.
  auto written = [&](auto&& write) {
    out.reset(Type::kString);
    StringRef* to = out.mutable_data<StringRef>();
    for_valid(in, rows, count, out, [&](uint32_t row) {
      char buffer[kLongestNumber];
      to[row] = out.heap().add({buffer, size_t(write(row, buffer) - buffer)});
    });
    return true;
  };
  switch (in.type()) {
    case Type::kInt: return written([&](uint32_t row, char* to) { return write_integer(to, in.data<int64_t>()[row]); });
    case Type::kFloat: return written([&](uint32_t row, char* to) { return write_float(to, in.data<double>()[row]); });
    case Type::kDate:
      return written([&](uint32_t row, char* to) { return temporal::write_date(to, in.data<int64_t>()[row]); });
    default: return false;
  }
}

// What each of them may be given, as far as is known when planning.
constexpr auto kIntegerResult =
    types::takes<Type::kInt, Type::kInt, Type::kFloat, Type::kBool, Type::kString, Type::kNumeric>;
constexpr auto kFloatResult = types::takes<Type::kFloat, Type::kInt, Type::kFloat, Type::kString, Type::kNumeric>;
constexpr auto kBooleanResult = types::takes<Type::kBool, Type::kBool, Type::kInt, Type::kString>;
constexpr auto kStringResult = types::takes<Type::kString, Type::kBool, Type::kInt, Type::kFloat, Type::kString,
                                            Type::kBytes, Type::kDate, Type::kLocalTime, Type::kTime, Type::kLocalDateTime,
                                            Type::kDateTime, Type::kDuration, Type::kPoint, Type::kNumeric, Type::kUuid>;

constexpr FunctionDef kFunctions[] = {
    {.name = "tointeger",
     .min_args = 1,
     .max_args = 1,
     .call = strict<to_integer, kInteger>,
     .vector = to_integer_vector,
     .result = kIntegerResult},
    {.name = "tofloat",
     .min_args = 1,
     .max_args = 1,
     .call = strict<to_float, kFloat>,
     .vector = to_float_vector,
     .result = kFloatResult},
    {.name = "toboolean", .min_args = 1, .max_args = 1, .call = strict<to_boolean, kBoolean>, .result = kBooleanResult},
    {.name = "tostring",
     .min_args = 1,
     .max_args = 1,
     .call = strict<to_string, kString>,
     .vector = to_string_vector,
     .result = kStringResult},
    {.name = "tointegerornull",
     .min_args = 1,
     .max_args = 1,
     .call = or_null<to_integer>,
     .result = types::always<Type::kInt>},
    {.name = "tofloatornull",
     .min_args = 1,
     .max_args = 1,
     .call = or_null<to_float>,
     .result = types::always<Type::kFloat>},
    {.name = "tobooleanornull",
     .min_args = 1,
     .max_args = 1,
     .call = or_null<to_boolean>,
     .result = types::always<Type::kBool>},
    {.name = "tostringornull",
     .min_args = 1,
     .max_args = 1,
     .call = or_null<to_string>,
     .vector = to_string_vector,
     .result = types::always<Type::kString>},
    {.name = "tointegerlist",
     .min_args = 1,
     .max_args = 1,
     .call = each<to_integer>,
     .result = types::takes_to_list<Type::kInt, Type::kList>},
    {.name = "tofloatlist",
     .min_args = 1,
     .max_args = 1,
     .call = each<to_float>,
     .result = types::takes_to_list<Type::kFloat, Type::kList>},
    {.name = "tobooleanlist",
     .min_args = 1,
     .max_args = 1,
     .call = each<to_boolean>,
     .result = types::takes_to_list<Type::kBool, Type::kList>},
    {.name = "tostringlist",
     .min_args = 1,
     .max_args = 1,
     .call = each<to_string>,
     .result = types::takes_to_list<Type::kString, Type::kList>},
};

}  // namespace

std::span<const FunctionDef> families::conversions() { return kFunctions; }

}  // namespace elegraph::query
