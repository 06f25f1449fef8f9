// SPDX-License-Identifier: Apache-2.0
#include "query/exec/columns.h"

#include <algorithm>
#include <bit>

namespace elegraph::query::exec {

namespace {

template <class T>
void copy_cells(Vector& to, uint32_t at, const Vector& from, Rows rows) {
  T* out = to.mutable_data<T>() + at;
  const T* in = from.data<T>();
  if (from.constant())
    std::fill_n(out, rows.count, in[0]);
  else if (!rows.rows)
    std::copy_n(in, rows.count, out);
  else
    for (uint32_t i = 0; i < rows.count; i++) out[i] = in[rows.rows[i]];
}

void copy_strings(Vector& to, uint32_t at, const Vector& from, Rows rows) {
  StringRef* out = to.mutable_data<StringRef>() + at;
  const StringRef* in = from.strings();
  for (uint32_t i = 0; i < rows.count; i++) {
    uint32_t row = rows[i];
    if (from.valid(row)) out[i] = to.heap().add(in[from.at(row)].view());
  }
}

void clear_bits(uint64_t* mask, uint32_t from, uint32_t to) {
  for (uint32_t i = from; i < to; i++) mask[i / 64] &= ~(1ull << (i % 64));
}

void copy_nulls(Vector& to, uint32_t at, const Vector& from, Rows rows) {
  if (from.all_valid()) {
    if (to.all_valid()) return;
    uint64_t* mask = to.mutable_mask();
    for (uint32_t i = at; i < at + rows.count; i++) mask[i / 64] |= 1ull << (i % 64);
    return;
  }
  uint64_t* mask = to.mutable_mask();
  for (uint32_t i = 0; i < rows.count; i++) {
    uint64_t bit = 1ull << ((at + i) % 64);
    if (from.valid(rows[i]))
      mask[(at + i) / 64] |= bit;
    else
      mask[(at + i) / 64] &= ~bit;
  }
}

void append_values(Vector& to, uint32_t at, const Vector& from, Rows rows) {
  for (uint32_t i = 0; i < rows.count; i++) to.set(at + i, from.value(rows[i]));
}

}  // namespace

void append_rows(Vector& to, uint32_t at, const Vector& from, Rows rows) {
  if (rows.count == 0) return;
  if (at == 0) to.reset_null();
  if (from.type() == Type::kNull) {
    if (to.type() != Type::kNull) clear_bits(to.mutable_mask(), at, at + rows.count);
    return;
  }
  if (to.type() == Type::kNull) {
    to.reset(from.type());
    if (at > 0 && from.type() != Type::kAny) clear_bits(to.mutable_mask(), 0, at);
  }
  if (to.type() != from.type()) to.widen(at);
  if (to.type() == Type::kAny) return append_values(to, at, from, rows);
  switch (Vector::width(to.type())) {
    case 1: copy_cells<uint8_t>(to, at, from, rows); break;
    case 4: copy_cells<uint32_t>(to, at, from, rows); break;
    case 8: copy_cells<uint64_t>(to, at, from, rows); break;
    default: copy_strings(to, at, from, rows);
  }
  copy_nulls(to, at, from, rows);
}

void gather_or_null(Vector& to, const Vector& from, const uint16_t* rows, uint32_t count) {
  if (from.type() == Type::kNull) return to.reset_null();
  to.reset(from.type());
  uint64_t* mask = to.type() == Type::kAny ? nullptr : to.mutable_mask();
  for (uint32_t i = 0; i < count; i++) {
    bool there = rows[i] != kNoRow && from.valid(rows[i]);
    if (mask) mask[i / 64] = there ? mask[i / 64] | 1ull << (i % 64) : mask[i / 64] & ~(1ull << (i % 64));
    if (!there) continue;
    uint32_t row = from.at(rows[i]);
    switch (Vector::width(to.type())) {
      case 1: to.mutable_data<uint8_t>()[i] = from.data<uint8_t>()[row]; break;
      case 4: to.mutable_data<uint32_t>()[i] = from.data<uint32_t>()[row]; break;
      case 8: to.mutable_data<uint64_t>()[i] = from.data<uint64_t>()[row]; break;
      default:
        if (to.type() == Type::kAny)
          to.set(i, from.data<Value>()[row]);
        else
          to.mutable_data<StringRef>()[i] = from.strings()[row];
    }
  }
}

namespace {

// In blocks of a fixed size, as long as there is room for what they write beyond the run.
template <class T>
void repeat_cells(T* to, const T* from, std::span<const RowRun> runs) {
  constexpr uint32_t kBlock = 16;  // as long as most lists, so that there is one block a run
  uint32_t at = 0;
  for (const RowRun run : runs) {
    const T value = from[run.row];
    if (run.end + kBlock <= Vector::kCapacity)
      for (; at < run.end; at += kBlock) std::fill_n(to + at, kBlock, value);
    else
      std::fill(to + at, to + run.end, value);
    at = run.end;
  }
}

}  // namespace

bool repeat_rows(Vector& to, const Vector& from, std::span<const RowRun> runs) {
  if (from.constant() || !from.all_valid()) return false;
  switch (from.type()) {
    case Type::kInt:
    case Type::kDate:
    case Type::kLocalTime:
    case Type::kLocalDateTime:
    case Type::kDateTime:
    case Type::kFloat:
      to.reset(from.type());
      return repeat_cells(to.mutable_data<uint64_t>(), from.data<uint64_t>(), runs), true;
    case Type::kNode:
    case Type::kRelationship:
      to.reset(from.type());
      return repeat_cells(to.mutable_data<uint32_t>(), from.data<uint32_t>(), runs), true;
    default: return false;
  }
}

void ColumnWriter::start(Type type) {
  to_.reset(type);
  started_ = true;
  if (to_.type() == Type::kAny) return;
  mask_ = to_.mutable_mask();
  std::fill_n(mask_, Vector::kWords, 0);
}

// Few rows are not to cost what a full column does.
static uint32_t behind_last(const uint64_t* mask) {
  for (uint32_t word = Vector::kWords; word-- > 0;)
    if (mask[word]) return word * 64 + uint32_t(std::bit_width(mask[word]));
  return 0;
}

void ColumnWriter::put(uint32_t row, const Value& v) {
  if (v.is_null()) {
    nulls_ = true;
    if (started_ && to_.type() == Type::kAny) to_.set_null(row);
    return;
  }
  if (!started_) start(Vector::layout(v));
  if (to_.type() != Type::kAny && to_.type() != Vector::layout(v)) {
    to_.widen(behind_last(mask_));
    mask_ = nullptr;
  }
  to_.set(row, v);
}

void ColumnWriter::finish() {
  if (started_ && !nulls_) to_.set_valid_all();
}

uint64_t column_bytes(const Vector& v, uint32_t rows) { return uint64_t(Vector::width(v.type())) * rows + 1; }

}  // namespace elegraph::query::exec
