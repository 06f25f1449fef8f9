// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <optional>
#include <string>

#include "query/functions/element_function.h"
#include "query/functions/families.h"
#include "query/functions/faults.h"
#include "query/functions/text_vectors.h"
#include "query/functions/unicode.h"
#include "query/functions/value_ops.h"
#include "query/functions/vector_loops.h"
#include "storage/value_memory.h"

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

// Parts of a text, told by one or two numbers of characters; kAbsent for one that is not given.
using Part = std::string_view (*)(std::string_view s, size_t, size_t);
constexpr size_t kAbsent = ~size_t{0};

std::string_view left_part(std::string_view s, size_t size, size_t) { return s.substr(0, byte_of_code_point(s, size)); }
std::string_view right_part(std::string_view s, size_t wanted, size_t) {
  const size_t size = count_code_points(s);
  return s.substr(byte_of_code_point(s, wanted >= size ? 0 : size - wanted));
}
std::string_view substring_part(std::string_view s, size_t from, size_t size) {
  s = s.substr(byte_of_code_point(s, from));
  return size == kAbsent ? s : left_part(s, size, kAbsent);
}

Value left(std::span<const Value> args, const FunctionContext&) {
  return Value::string(left_part(text("left()", args[0]), size_t(count("left()", args[1])), kAbsent));
}
Value right(std::span<const Value> args, const FunctionContext&) {
  return Value::string(right_part(text("right()", args[0]), size_t(count("right()", args[1])), kAbsent));
}
Value substring(std::span<const Value> args, const FunctionContext&) {
  const std::string_view s = text("substring()", args[0]);
  const size_t from = size_t(count("substring()", args[1]));
  return Value::string(substring_part(s, from, args.size() > 2 ? size_t(count("substring()", args[2])) : kAbsent));
}

Value replace(std::span<const Value> args, const FunctionContext&) {
  std::string_view s = text("replace()", args[0]);
  std::string_view from = text("replace()", args[1]), to = text("replace()", args[2]);
  if (from.empty()) return args[0];
  std::string out;
  for (size_t at; (at = s.find(from)) != std::string_view::npos; s.remove_prefix(at + from.size())) {
    if (out.size() + at + to.size() > kMaxStringBytes) result_too_large("string");
    out.append(s.substr(0, at)).append(to);
  }
  if (out.size() >= kLargeValue) admit_value(out.size());
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
    if (parts.size() % kItemsBetweenChecks == 0) admit_value(parts.size() * (sizeof(Value) + sizeof(StringObject)));
    parts.push_back(Value::string(s.substr(0, at)));
    if (at == std::string_view::npos) return Value::list(std::move(parts));
    s.remove_prefix(at + width);
  }
}

// The piece of that number, counted from 0, without the others; null where there are not so many.
std::optional<std::string_view> piece(std::string_view s, std::string_view delimiter, int64_t number) {
  for (;; --number) {
    const size_t at = s.find(delimiter);
    if (number == 0) return s.substr(0, at);
    if (at == std::string_view::npos) return std::nullopt;
    s.remove_prefix(at + delimiter.size());
  }
}

Value split_element(std::span<const Value> args, const FunctionContext& context) {
  const bool simple = args[1].type() == Type::kString && !args[1].as_string().empty() && args[2].as_int() >= 0;
  if (!simple) return index_value(split(args.first(2), context), args[2], context);
  const auto found = piece(text("split()", args[0]), args[1].as_string(), args[2].as_int());
  return found ? Value::string(*found) : Value();
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
  if (wanted >= kLargeValue) admit_value(wanted);
  std::string padding;
  size_t missing = wanted - size;
  for (size_t i = 0; i < missing / each; i++) padding += fill;
  padding += fill.substr(0, byte_of_code_point(fill, missing % each));
  return Value::string(at_left ? padding + std::string(s) : std::string(s) + padding);
}
Value lpad(std::span<const Value> args, const FunctionContext&) { return pad(args, true); }
Value rpad(std::span<const Value> args, const FunctionContext&) { return pad(args, false); }

// A number of characters that is the same for all rows, and fit to be one.
bool constant_count(const Vector& v) {
  return v.type() == Type::kInt && v.constant() && v.valid(0) && v.data<int64_t>()[0] >= 0;
}

template <Part part>
bool part_vector(std::span<const Vector* const> args, const uint16_t* rows, uint32_t count, Vector& out) {
  if (!constant_count(*args[1]) || (args.size() > 2 && !constant_count(*args[2]))) return false;
  const size_t first = size_t(args[1]->data<int64_t>()[0]);
  const size_t second = args.size() > 2 ? size_t(args[2]->data<int64_t>()[0]) : kAbsent;
  return for_texts(*args[0], rows, count, out,
                   [&](uint32_t, const StringRef& s) { return reference_to(part(s.view(), first, second)); });
}

bool split_element_vector(std::span<const Vector* const> args, const uint16_t* rows, uint32_t count, Vector& out) {
  const Vector& delimiter = *args[1];
  if (!is_constant_text(delimiter) || delimiter.strings()[0].size == 0 || !constant_count(*args[2])) return false;
  const std::string_view between = delimiter.strings()[0].view();
  const int64_t number = args[2]->data<int64_t>()[0];
  return for_texts(*args[0], rows, count, out, [&](uint32_t row, const StringRef& s) {
    const auto found = piece(s.view(), between, number);
    if (!found) out.set_null(row);
    return found ? reference_to(*found) : StringRef();
  });
}

constexpr auto kText = types::takes<Type::kString, Type::kString, Type::kUuid>;
constexpr auto kTexts = types::takes_all<Type::kString, Type::kString, Type::kUuid>;
constexpr auto kLength = types::takes<Type::kInt, Type::kString, Type::kUuid, Type::kBytes>;

constexpr FunctionDef kFunctions[] = {
    {.name = "toupper", .min_args = 1, .max_args = 1, .call = upper, .vector = upper_vector, .result = kText},
    {.name = "upper", .min_args = 1, .max_args = 1, .call = upper, .vector = upper_vector, .result = kText},
    {.name = "tolower", .min_args = 1, .max_args = 1, .call = lower, .vector = lower_vector, .result = kText},
    {.name = "lower", .min_args = 1, .max_args = 1, .call = lower, .vector = lower_vector, .result = kText},
    {.name = "trim", .min_args = 1, .max_args = 2, .call = trim<true, true>, .vector = trim_vector, .result = kTexts},
    {.name = "btrim", .min_args = 1, .max_args = 2, .call = trim<true, true>, .vector = trim_vector, .result = kTexts},
    {.name = "ltrim", .min_args = 1, .max_args = 2, .call = trim<true, false>, .vector = ltrim_vector, .result = kTexts},
    {.name = "rtrim", .min_args = 1, .max_args = 2, .call = trim<false, true>, .vector = rtrim_vector, .result = kTexts},
    {.name = "left", .min_args = 2, .max_args = 2, .call = left, .vector = part_vector<left_part>, .result = kText},
    {.name = "right", .min_args = 2, .max_args = 2, .call = right, .vector = part_vector<right_part>, .result = kText},
    {.name = "substring",
     .min_args = 2,
     .max_args = 3,
     .call = substring,
     .vector = part_vector<substring_part>,
     .result = kText},
    {.name = "replace", .min_args = 3, .max_args = 3, .call = replace, .vector = replace_vector, .result = kTexts},
    {.name = "split",
     .min_args = 2,
     .max_args = 2,
     .call = split,
     .result = types::takes_to_list<Type::kString, Type::kString>},
    {.name = "char_length",
     .min_args = 1,
     .max_args = 1,
     .call = char_length,
     .vector = char_length_vector,
     .result = kLength},
    {.name = "character_length",
     .min_args = 1,
     .max_args = 1,
     .call = char_length,
     .vector = char_length_vector,
     .result = kLength},
    {.name = "octet_length", .min_args = 1, .max_args = 1, .call = octet_length, .result = kLength},
    {.name = "lpad", .min_args = 2, .max_args = 3, .call = lpad, .result = kText},
    {.name = "rpad", .min_args = 2, .max_args = 3, .call = rpad, .result = kText},
};

constexpr FunctionDef kSplitElement = {
    .name = "split", .min_args = 3, .max_args = 3, .call = split_element, .vector = split_element_vector, .result = kText};

}  // namespace

const FunctionDef* element_function(const FunctionDef& makes_list) {
  return makes_list.call == split ? &kSplitElement : nullptr;
}

std::span<const FunctionDef> families::strings() { return kFunctions; }

}  // namespace elegraph::query
