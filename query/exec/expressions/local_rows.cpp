// SPDX-License-Identifier: Apache-2.0
#include "query/exec/expressions/local_rows.h"

#include <algorithm>

#include "query/exec/columns.h"

namespace elegraph::query::exec {

Vector& LocalRows::column(plan::Slot slot) {
  for (auto& [s, v] : columns_)
    if (s == slot) return *v;
  columns_.emplace_back(slot, std::make_unique<Vector>());
  return *columns_.back().second;
}

void LocalRows::set_outer(const Batch& batch, uint32_t row) {
  batch_.columns.assign(std::max<size_t>(batch.columns.size(), state_.columns), nullptr);
  batch_.count = 1;
  for (plan::Slot s : outer_) {
    if (s >= batch.columns.size() || !batch.columns[s]) continue;
    const Vector& from = *batch.columns[s];
    if (from.constant())
      batch_.columns[s] = &from;
    else
      set_constant(s, from.value(row));
  }
}

uint32_t LocalRows::set_elements(const std::vector<Value>& items, size_t from, size_t to) {
  uint32_t n = uint32_t(std::min<size_t>(std::min(items.size(), to) - from, Vector::kCapacity));
  Vector& v = column(element_);
  ColumnWriter writer(v);
  for (uint32_t i = 0; i < n; i++) writer.put(i, items[from + i]);
  writer.finish();
  batch_.columns[element_] = &v;
  batch_.count = n;
  return n;
}

void LocalRows::set_constant(plan::Slot slot, const Value& v) {
  Vector& to = column(slot);
  to.set_constant(v);
  batch_.columns[slot] = &to;
}

}  // namespace elegraph::query::exec
