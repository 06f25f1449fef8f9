// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

#include "query/exec/rows.h"
#include "storage/vector.h"

// Copying between vectors, and writing vectors value by value.
namespace elegraph::query::exec {

inline constexpr uint16_t kNoRow = 0xffff;

// Deep copies (strings into to.heap()) of the rows to `at`, `at` + 1, ... of `to`, which holds `at` rows already; a type
// that differs from what is there widens `to` to kAny.
void append_rows(Vector& to, uint32_t at, const Vector& from, Rows rows);

// As Vector::gather, where kNoRow gives null. Strings are shared.
void gather_or_null(Vector& to, const Vector& from, const uint16_t* rows, uint32_t count);

// Rows of a result that come from one row of something: those from the end of the run before to `end`.
struct RowRun {
  uint16_t row;
  uint16_t end;
};

// As Vector::gather, where many rows in a row come from one. False, with nothing done, for a column that has nulls or is
// of a type that is not worth it.
bool repeat_rows(Vector& to, const Vector& from, std::span<const RowRun> runs);

// Writes a vector row by row, ascending, while its type is found out: the first value's type is kept until
// another one appears (then it is kAny). Rows that are never put hold anything.
class ColumnWriter {
 public:
  explicit ColumnWriter(Vector& to) : to_(to) { to_.reset_null(); }
  void put(uint32_t row, const Value& v);
  // REQUIRED after the last put().
  void finish();

 private:
  void start(Type type);

  Vector& to_;
  uint64_t* mask_ = nullptr;
  bool nulls_ = false;
  bool started_ = false;
};

// The memory that a vector's owned rows take, about.
uint64_t column_bytes(const Vector& v, uint32_t rows);

}  // namespace elegraph::query::exec
