// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "query/functions/families.h"
#include "query/functions/faults.h"
#include "query/functions/text_vectors.h"
#include "query/functions/unicode.h"
#include "query/functions/value_ops.h"
#include "storage/value_memory.h"

namespace elegraph::query {
namespace {

const std::vector<Value>& items_of(std::string_view function, const Value& v) {
  if (v.type() != Type::kList) wrong_argument(function, v);
  return v.as_list();
}

Value size(std::span<const Value> args, const FunctionContext&) {
  switch (args[0].type()) {
    case Type::kList: return Value::integer(int64_t(args[0].as_list().size()));
    case Type::kMap: return Value::integer(int64_t(args[0].as_map().size()));
    case Type::kBytes: return Value::integer(int64_t(args[0].as_string().size()));
    case Type::kString:
    case Type::kUuid: return Value::integer(int64_t(count_code_points(args[0].as_string())));
    default: wrong_argument("size()", args[0]);
  }
}

Value head(std::span<const Value> args, const FunctionContext&) {
  auto& items = items_of("head()", args[0]);
  return items.empty() ? Value() : items.front();
}
Value last(std::span<const Value> args, const FunctionContext&) {
  auto& items = items_of("last()", args[0]);
  return items.empty() ? Value() : items.back();
}
Value tail(std::span<const Value> args, const FunctionContext&) {
  auto& items = items_of("tail()", args[0]);
  if (items.empty()) return args[0];
  return copied_list(items.begin() + 1, items.end());
}

Value reverse(std::span<const Value> args, const FunctionContext&) {
  if (args[0].type() == Type::kString) return Value::string(reversed(args[0].as_string()));
  auto& items = items_of("reverse()", args[0]);
  return copied_list(items.rbegin(), items.rend());
}

Value is_empty(std::span<const Value> args, const FunctionContext&) {
  switch (args[0].type()) {
    case Type::kList: return Value::boolean(args[0].as_list().empty());
    case Type::kMap: return Value::boolean(args[0].as_map().empty());
    case Type::kString: return Value::boolean(args[0].as_string().empty());
    default: wrong_argument("isEmpty()", args[0]);
  }
}

Value range(std::span<const Value> args, const FunctionContext&) {
  for (auto& a : args)
    if (a.type() != Type::kInt) wrong_argument("range()", a);
  int64_t from = args[0].as_int(), to = args[1].as_int(), step = args.size() > 2 ? args[2].as_int() : 1;
  if (step == 0) invalid_value("the step of range() cannot be zero");
  constexpr __int128_t kMost = 100'000'000;
  __int128_t count = step > 0 ? (__int128_t(to) - from) / step + 1 : (__int128_t(from) - to) / -__int128_t(step) + 1;
  if ((step > 0 && from > to) || (step < 0 && from < to)) count = 0;
  if (count > kMost) throw Error(sqlstate::kProgramLimitExceeded, "range() has too many elements");
  std::vector<Value> items;
  const auto size = size_t(count);
  admit_value(size * sizeof(Value));
  items.reserve(size);
  for (size_t done = 0; done < size; admit_value(0))
    for (const size_t end = std::min(size, done + kItemsBetweenChecks); done < end; done++)
      items.push_back(Value::integer(from + int64_t(done) * step));
  return Value::list(std::move(items));
}

StaticType element_type(types::Args args) {
  if (!types::may_be(args[0], {Type::kList})) types::misfit(args[0]);
  return {args[0].element, Type::kAny};
}
StaticType same_list(types::Args args) {
  if (!types::may_be(args[0], {Type::kList})) types::misfit(args[0]);
  return {Type::kList, args[0].element};
}
StaticType same_type(types::Args args) {
  if (!types::may_be(args[0], {Type::kList, Type::kString})) types::misfit(args[0]);
  return args[0];
}
StaticType int_list(types::Args args) {
  for (auto& a : args)
    if (!types::may_be(a, {Type::kInt})) types::misfit(a);
  return {Type::kList, Type::kInt};
}

constexpr FunctionDef kFunctions[] = {
    {.name = "size",
     .min_args = 1,
     .max_args = 1,
     .call = size,
     .vector = char_length_vector,
     .result = types::takes<Type::kInt, Type::kList, Type::kString, Type::kMap, Type::kBytes, Type::kUuid>},
    {.name = "cardinality",
     .min_args = 1,
     .max_args = 1,
     .call = size,
     .result = types::takes<Type::kInt, Type::kList, Type::kMap>},
    {.name = "head", .min_args = 1, .max_args = 1, .call = head, .result = element_type},
    {.name = "last", .min_args = 1, .max_args = 1, .call = last, .result = element_type},
    {.name = "tail", .min_args = 1, .max_args = 1, .call = tail, .result = same_list},
    {.name = "reverse", .min_args = 1, .max_args = 1, .call = reverse, .vector = reverse_vector, .result = same_type},
    {.name = "isempty",
     .min_args = 1,
     .max_args = 1,
     .call = is_empty,
     .result = types::takes<Type::kBool, Type::kList, Type::kString, Type::kMap>},
    {.name = "range", .min_args = 2, .max_args = 3, .call = range, .result = int_list},
};

}  // namespace

std::span<const FunctionDef> families::lists() { return kFunctions; }

}  // namespace elegraph::query
