// SPDX-License-Identifier: Apache-2.0
#include "query/exec/row_store.h"

#include <algorithm>

namespace elegraph::query::exec {

void RowStore::append(std::span<const Vector* const> columns, Rows rows) {
  uint16_t all[kBlockRows];
  if (!rows.rows && rows.count) {
    for (uint32_t i = 0; i < rows.count; i++) all[i] = uint16_t(i);
    rows.rows = all;
  }
  for (uint32_t done = 0; done < rows.count;) {
    if (blocks_.empty() || blocks_.back().rows == kBlockRows) {
      blocks_.emplace_back();
      for (uint32_t i = 0; i < columns_; i++) blocks_.back().columns.push_back(std::make_unique<Vector>());
    }
    uint32_t n = std::min(rows.count - done, kBlockRows - blocks_.back().rows);
    append_block(columns, {rows.rows + done, n});
    done += n;
  }
  memory_.set(bytes_);
}

void RowStore::append_block(std::span<const Vector* const> columns, Rows rows) {
  static const Vector nulls;
  Block& block = blocks_.back();
  for (uint32_t i = 0; i < columns_; i++) {
    Vector& to = *block.columns[i];
    size_t heap = block.rows ? to.heap().bytes() : 0;
    append_rows(to, block.rows, columns[i] ? *columns[i] : nulls, rows);
    bytes_ += column_bytes(to, rows.count) + to.heap().bytes() - std::min(heap, to.heap().bytes());
  }
  block.rows += rows.count;
  size_ += rows.count;
}

void RowStore::clear() {
  // One block stays for the next use.
  if (blocks_.size() > 1) blocks_.resize(1);
  if (!blocks_.empty()) blocks_[0].rows = 0;
  size_ = bytes_ = 0;
  memory_.release();
}

}  // namespace elegraph::query::exec
