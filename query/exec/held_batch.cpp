// SPDX-License-Identifier: Apache-2.0
#include "query/exec/held_batch.h"

#include <array>

namespace elegraph::query::exec {

namespace {

constexpr auto kEveryRow = [] {
  std::array<uint16_t, Vector::kCapacity> rows{};
  for (uint32_t i = 0; i < rows.size(); i++) rows[i] = uint16_t(i);
  return rows;
}();

}  // namespace

void HeldBatch::hold(const Batch& batch, uint32_t from, const std::vector<plan::Slot>& slots) {
  Rows rows = Rows::of(batch);
  if (from > 0) rows = {(rows.rows ? rows.rows : kEveryRow.data()) + from, rows.count - from};
  while (columns_.size() < slots.size()) columns_.push_back(std::make_unique<Vector>());
  std::vector<const Vector*> held(batch.columns.size(), nullptr);
  for (size_t i = 0; i < slots.size(); i++) {
    const Vector* column = batch.columns[slots[i]];
    if (!column || held[slots[i]]) continue;
    append_rows(*columns_[i], 0, *column, rows);
    if (rows.count == 0) columns_[i]->reset_null();
    held[slots[i]] = columns_[i].get();
  }
  batch_.columns = std::move(held);
  batch_.count = rows.count;
}

}  // namespace elegraph::query::exec
