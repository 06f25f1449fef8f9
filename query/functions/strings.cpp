// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>

#include "query/functions/families.h"
#include "query/functions/faults.h"
#include "query/functions/unicode.h"
#include "query/functions/value_ops.h"

namespace elegraph::query {
namespace {

std::string_view text(std::string_view function, const Value& v) {
  if (v.type() != Type::kString && v.type() != Type::kUuid) wrong_argument(function, v);
  return v.as_string();
}

int64_t count(std::string_view function, const Value& v) {
  if (v.type() != Type::kInt) wrong_argument(function, v);
  if (v.as_int() < 0) invalid_value(std::string(function) + " needs a number that is not negative");
  return v.as_int();
}

Value upper(std::span<const Value> args, const FunctionContext&) {
  return Value::string(to_upper(text("toUpper()", args[0])));
}
Value lower(std::span<const Value> args, const FunctionContext&) {
  return Value::string(to_lower(text("toLower()", args[0])));
}

template <bool left, bool right>
Value trim(std::span<const Value> args, const FunctionContext&) {
  std::string_view set = args.size() > 1 ? text("trim()", args[1]) : std::string_view();
  if (args.size() > 1 && set.empty()) return args[0];
  return Value::string(trimmed(text("trim()", args[0]), set, left, right));
}

Value left(std::span<const Value> args, const FunctionContext&) {
  std::string_view s = text("left()", args[0]);
  return Value::string(s.substr(0, byte_of_code_point(s, size_t(count("left()", args[1])))));
}

Value right(std::span<const Value> args, const FunctionContext&) {
  std::string_view s = text("right()", args[0]);
  size_t wanted = size_t(count("right()", args[1])), size = count_code_points(s);
  return Value::string(s.substr(byte_of_code_point(s, wanted >= size ? 0 : size - wanted)));
}

Value substring(std::span<const Value> args, const FunctionContext&) {
  std::string_view s = text("substring()", args[0]);
  s = s.substr(byte_of_code_point(s, size_t(count("substring()", args[1]))));
  if (args.size() > 2) s = s.substr(0, byte_of_code_point(s, size_t(count("substring()", args[2]))));
  return Value::string(s);
}

Value replace(std::span<const Value> args, const FunctionContext&) {
  std::string_view s = text("replace()", args[0]);
  std::string_view from = text("replace()", args[1]), to = text("replace()", args[2]);
  if (from.empty()) return args[0];
  std::string out;
  for (size_t at; (at = s.find(from)) != std::string_view::npos; s.remove_prefix(at + from.size()))
    out.append(s.substr(0, at)).append(to);
  return Value::string(out.append(s));
}

// Splits at the earliest of the delimiters; an empty one splits between characters.
Value split(std::span<const Value> args, const FunctionContext&) {
  std::string_view s = text("split()", args[0]);
  std::vector<std::string_view> delimiters;
  if (args[1].type() == Type::kList)
    for (auto& d : args[1].as_list()) delimiters.push_back(text("split()", d));
  else
    delimiters.push_back(text("split()", args[1]));
  std::vector<Value> parts;
  for (;;) {
    size_t at = std::string_view::npos, width = 0;
    for (std::string_view d : delimiters) {
      size_t found = d.empty() ? byte_of_code_point(s, 1) : s.find(d);
      if (d.empty() && found >= s.size()) found = std::string_view::npos;
      if (found < at) at = found, width = d.size();
    }
    parts.push_back(Value::string(s.substr(0, at)));
    if (at == std::string_view::npos) return Value::list(std::move(parts));
    s.remove_prefix(at + width);
  }
}

Value char_length(std::span<const Value> args, const FunctionContext&) {
  return Value::integer(int64_t(count_code_points(text("char_length()", args[0]))));
}
Value octet_length(std::span<const Value> args, const FunctionContext&) {
  if (args[0].type() == Type::kBytes) return Value::integer(int64_t(args[0].as_string().size()));
  return Value::integer(int64_t(text("octet_length()", args[0]).size()));
}

Value pad(std::span<const Value> args, bool at_left) {
  std::string_view s = text("lpad()", args[0]);
  std::string_view fill = args.size() > 2 ? text("lpad()", args[2]) : std::string_view(" ");
  constexpr size_t kMost = 1 << 28;
  size_t wanted = size_t(count("lpad()", args[1])), size = count_code_points(s), each = count_code_points(fill);
  if (wanted > kMost) throw Error(sqlstate::kProgramLimitExceeded, "requested length is too large");
  if (size >= wanted || each == 0) return Value::string(s.substr(0, byte_of_code_point(s, wanted)));
  std::string padding;
  size_t missing = wanted - size;
  for (size_t i = 0; i < missing / each; i++) padding += fill;
  padding += fill.substr(0, byte_of_code_point(fill, missing % each));
  return Value::string(at_left ? padding + std::string(s) : std::string(s) + padding);
}
Value lpad(std::span<const Value> args, const FunctionContext&) { return pad(args, true); }
Value rpad(std::span<const Value> args, const FunctionContext&) { return pad(args, false); }

// Case mapping of ASCII vectors without a detour over Value.
template <std::string (*map)(std::string_view)>
bool map_vector(std::span<const Vector* const> args, const uint16_t* rows, uint32_t count, Vector& out) {
  const Vector& in = *args[0];
  if (in.type() != Type::kString || in.constant()) return false;
  out.reset(Type::kString);
  auto* to = out.mutable_data<StringRef>();
  for (uint32_t i = 0; i < count; i++) {
    uint32_t row = rows ? rows[i] : i;
    if (in.valid(row))
      to[row] = out.heap().add(map(in.strings()[row].view()));
    else
      out.set_null(row);
  }
  return true;
}

constexpr auto kText = types::takes<Type::kString, Type::kString, Type::kUuid>;
constexpr auto kTexts = types::takes_all<Type::kString, Type::kString, Type::kUuid>;
constexpr auto kLength = types::takes<Type::kInt, Type::kString, Type::kUuid, Type::kBytes>;

constexpr FunctionDef kFunctions[] = {
    {.name = "toupper", .min_args = 1, .max_args = 1, .call = upper, .vector = map_vector<to_upper>, .result = kText},
    {.name = "upper", .min_args = 1, .max_args = 1, .call = upper, .vector = map_vector<to_upper>, .result = kText},
    {.name = "tolower", .min_args = 1, .max_args = 1, .call = lower, .vector = map_vector<to_lower>, .result = kText},
    {.name = "lower", .min_args = 1, .max_args = 1, .call = lower, .vector = map_vector<to_lower>, .result = kText},
    {.name = "trim", .min_args = 1, .max_args = 2, .call = trim<true, true>, .result = kTexts},
    {.name = "btrim", .min_args = 1, .max_args = 2, .call = trim<true, true>, .result = kTexts},
    {.name = "ltrim", .min_args = 1, .max_args = 2, .call = trim<true, false>, .result = kTexts},
    {.name = "rtrim", .min_args = 1, .max_args = 2, .call = trim<false, true>, .result = kTexts},
    {.name = "left", .min_args = 2, .max_args = 2, .call = left, .result = kText},
    {.name = "right", .min_args = 2, .max_args = 2, .call = right, .result = kText},
    {.name = "substring", .min_args = 2, .max_args = 3, .call = substring, .result = kText},
    {.name = "replace", .min_args = 3, .max_args = 3, .call = replace, .result = kTexts},
    {.name = "split",
     .min_args = 2,
     .max_args = 2,
     .call = split,
     .result = types::takes_to_list<Type::kString, Type::kString>},
    {.name = "char_length", .min_args = 1, .max_args = 1, .call = char_length, .result = kLength},
    {.name = "character_length", .min_args = 1, .max_args = 1, .call = char_length, .result = kLength},
    {.name = "octet_length", .min_args = 1, .max_args = 1, .call = octet_length, .result = kLength},
    {.name = "lpad", .min_args = 2, .max_args = 3, .call = lpad, .result = kText},
    {.name = "rpad", .min_args = 2, .max_args = 3, .call = rpad, .result = kText},
};

}  // namespace

std::span<const FunctionDef> families::strings() { return kFunctions; }

}  // namespace elegraph::query
