// SPDX-License-Identifier: Apache-2.0
#include "query/exec/held_batch.h"

namespace elegraph::query::exec {

void HeldBatch::hold(const Batch& batch, uint32_t from, const std::vector<plan::Slot>& slots) {
  Rows rows = Rows::of(batch);
  std::vector<uint16_t> rest;
  if (rows.rows) {
    rows = {rows.rows + from, rows.count - from};
  } else if (from > 0) {
    for (uint32_t i = from; i < rows.count; i++) rest.push_back(uint16_t(i));
    rows = {rest.data(), uint32_t(rest.size())};
  }
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
