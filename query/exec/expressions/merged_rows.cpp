// SPDX-License-Identifier: Apache-2.0
#include "query/exec/expressions/merged_rows.h"

#include <algorithm>

#include "query/exec/columns.h"

namespace elegraph::query::exec {

void MergedRows::begin(Rows rows) {
  all_ = rows;
  way_ = Way::kNothingYet;
}

void MergedRows::keep(const Vector& v, Rows rows) {
  if (rows.count == 0 || v.type() == Type::kNull) return;
  if (way_ == Way::kNothingYet) start(v.type());
  if (way_ == Way::kCells && v.type() != out_.type()) to_values();
  if (way_ == Way::kValues) {
    for_rows(rows, [&](uint32_t row) {
      if (v.valid(row)) values_[row] = v.value(row);
    });
    return;
  }
  switch (Vector::width(v.type())) {
    case sizeof(uint8_t): return copy_cells<uint8_t>(v, rows);
    case sizeof(uint32_t): return copy_cells<uint32_t>(v, rows);
    case sizeof(StringRef): return copy_cells<StringRef>(v, rows);
    default: return copy_cells<uint64_t>(v, rows);
  }
}

void MergedRows::start(Type type) {
  way_ = type == Type::kAny ? Way::kValues : Way::kCells;
  if (way_ == Way::kValues) return values_.assign(all_.extent(), Value());
  out_.reset(type);
  std::fill_n(out_.mutable_mask(), Vector::kWords, uint64_t{0});
}

void MergedRows::to_values() {
  way_ = Way::kValues;
  values_.assign(all_.extent(), Value());
  for_rows(all_, [&](uint32_t row) { values_[row] = out_.value(row); });
}

template <class T>
void MergedRows::copy_cells(const Vector& v, Rows rows) {
  T* out = out_.mutable_data<T>();
  uint64_t* mask = out_.mutable_mask();
  for_rows(rows, [&](uint32_t row) {
    if (!v.valid(row)) return;
    out[row] = v.data<T>()[v.at(row)];
    mask[row / 64] |= uint64_t{1} << (row % 64);
  });
}

void MergedRows::finish() {
  if (way_ == Way::kNothingYet) return out_.reset_null();
  if (way_ == Way::kCells) {
    bool all = true;
    for_rows(all_, [&](uint32_t row) { all &= out_.valid(row); });
    if (all) out_.set_valid_all();
    return;
  }
  ColumnWriter writer(out_);
  for_rows(all_, [&](uint32_t row) { writer.put(row, values_[row]); });
  writer.finish();
}

}  // namespace elegraph::query::exec
