// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "query/functions/registry.h"
#include "query/functions/value_ops.h"
#include "storage/error.h"
#include "storage/vector.h"
#include "tests/unit/query/evaluate.h"

// Compares computations over whole vectors with the same row by row.
namespace elegraph::query::test {

// A column; a single value stands for all rows.
using Column = std::vector<Value>;

inline Column texts(std::initializer_list<std::string_view> all) {
  Column out;
  for (std::string_view s : all) out.push_back(Value::string(s));
  return out;
}

// A null behind every third value.
inline Column with_nulls(const Column& all) {
  Column out;
  for (const Value& v : all) {
    out.push_back(v);
    if (out.size() % 4 == 3) out.emplace_back();
  }
  return out;
}

inline void fill(Vector& to, const Column& column, size_t rows) {
  if (column.size() == 1) return to.set_constant(column[0]);
  to.reset_null();
  bool nulls = false;
  for (uint32_t i = 0; i < rows; i++) to.set(i, column[i]), nulls |= column[i].is_null();
  if (!nulls) to.set_valid_all();
}

// The value and its type, or the error.
inline std::string outcome(const std::function<Value()>& f) {
  try {
    const Value v = f();
    std::string out(type_name(v.type()));
    append_json(out += ' ', v, {});
    return out;
  } catch (const Error& e) {
    return "!" + e.sqlstate + ' ' + e.what();
  }
}

using Kernel = std::function<bool(std::span<const Vector* const>, const uint16_t*, uint32_t, Vector&)>;

// Of these rows (null: all). Whether the kernel took them; then they have to be as `call` gives them, error included.
inline bool agrees(const Kernel& kernel, const std::function<Value(std::span<const Value>)>& call,
                   const std::vector<Column>& columns, const std::vector<uint16_t>* selected) {
  size_t rows = 1;
  for (const Column& c : columns) rows = std::max(rows, c.size());
  std::vector<Vector> vectors(columns.size());
  std::vector<const Vector*> args;
  for (size_t i = 0; i < columns.size(); i++) fill(vectors[i], columns[i], rows), args.push_back(&vectors[i]);
  Vector out;
  const auto count = uint32_t(selected ? selected->size() : rows);
  std::string thrown;
  try {
    if (!kernel(args, selected ? selected->data() : nullptr, count, out)) return false;
  } catch (const Error& e) {
    thrown = "!" + e.sqlstate + ' ' + e.what();
  }
  for (uint32_t i = 0; i < count; i++) {
    const uint32_t row = selected ? (*selected)[i] : i;
    std::vector<Value> values;
    for (const Column& c : columns) values.push_back(c.size() == 1 ? c[0] : c[row]);
    const std::string expected = outcome([&] { return call(values); });
    if (expected.starts_with('!')) {
      EXPECT_EQ(thrown, expected) << "row " << row;
      return true;
    }
    if (thrown.empty()) EXPECT_EQ(outcome([&] { return out.value(row); }), expected) << "row " << row;
  }
  EXPECT_EQ(thrown, "");
  return true;
}

// Over all rows, some of them, the last one and none. Whether the kernel took all of it.
inline bool agrees(const Kernel& kernel, const std::function<Value(std::span<const Value>)>& call,
                   const std::vector<Column>& columns) {
  uint16_t rows = 1;
  for (const Column& c : columns) rows = std::max(rows, uint16_t(c.size()));
  std::vector<uint16_t> some, last{uint16_t(rows - 1)}, none;
  for (uint16_t i = 1; i < rows; i += i % 3 + 1) some.push_back(i);
  bool took = agrees(kernel, call, columns, nullptr);
  for (auto* selected : {&some, &last, &none}) took &= agrees(kernel, call, columns, selected);
  return took;
}

inline bool function_agrees(std::string_view name, const std::vector<Column>& columns) {
  const FunctionDef& f = *find_function(name);
  const FunctionContext context = context_at(1'000'000'000);
  auto call = [&](std::span<const Value> args) {
    for (const Value& a : args)
      if (f.null_on_null && a.is_null()) return Value();
    return f.call(args, context);
  };
  SCOPED_TRACE(name);
  return f.vector && agrees(f.vector, call, columns);
}

}  // namespace elegraph::query::test
