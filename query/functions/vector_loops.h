// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "storage/vector.h"

// Loops of VectorFunctions (query/functions/registry.h) over the rows they are asked for.
namespace elegraph::query {

// Calls f(row) for each of the rows that is no null in `in`; `out` gets the nulls of `in`. REQUIRES: `in` is not constant,
// `out` was reset to the result's type, rows ascend.
template <class F>
void for_valid(const Vector& in, const uint16_t* rows, uint32_t count, Vector& out, F&& f) {
  if (count == 0) return;
  if (in.all_valid()) {
    for (uint32_t i = 0; i < count; i++) f(rows ? uint32_t(rows[i]) : i);
    return;
  }
  const uint32_t extent = rows ? rows[count - 1] + 1u : count;
  std::copy_n(in.mask(), (extent + 63) / 64, out.mutable_mask());
  for (uint32_t i = 0; i < count; i++)
    if (const uint32_t row = rows ? rows[i] : i; in.valid(row)) f(row);
}

// The same of two columns, each of which may be constant.
template <class F>
void for_valid_pairs(const Vector& a, const Vector& b, const uint16_t* rows, uint32_t count, Vector& out, F&& f) {
  for (uint32_t i = 0; i < count; i++) {
    const uint32_t row = rows ? rows[i] : i;
    if (a.valid(row) && b.valid(row))
      f(row);
    else
      out.set_null(row);
  }
}

// A text of `size` bytes, written by fill(char*) to where it stays.
template <class F>
StringRef filled(StringHeap& heap, size_t size, F&& fill) {
  char few[StringRef::kInline];
  char* to = size <= StringRef::kInline ? few : heap.allocate(size);
  fill(to);
  return {to, uint32_t(size)};
}

// Calls f(row, text), which gives the row's result as a StringRef: for each of the rows that is no null. False for anything
// else than a column of texts. What refers to a text lives as long as the column does, which is as long as the result.
template <class F>
bool for_texts(const Vector& in, const uint16_t* rows, uint32_t count, Vector& out, F&& f) {
  if (in.type() != Type::kString || in.constant()) return false;
  out.reset(Type::kString);
  StringRef* to = out.mutable_data<StringRef>();
  for_valid(in, rows, count, out, [&](uint32_t row) { to[row] = f(row, in.strings()[row]); });
  return true;
}

// A text that is the same for all rows.
inline bool is_constant_text(const Vector& v) { return v.type() == Type::kString && v.constant() && v.valid(0); }

inline StringRef reference_to(std::string_view part) { return {part.data(), uint32_t(part.size())}; }

}  // namespace elegraph::query
