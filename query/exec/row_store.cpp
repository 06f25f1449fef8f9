// SPDX-License-Identifier: Apache-2.0
#include "query/exec/row_store.h"

#include <algorithm>
#include <iterator>

#include "storage/value_memory.h"

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

uint32_t RowStore::take_blocks(RowStore& other) {
  const uint32_t first = blocks() * kBlockRows;
  blocks_.insert(blocks_.end(), std::move_iterator(other.blocks_.begin()), std::move_iterator(other.blocks_.end()));
  other.blocks_.clear();
  size_ += other.size_, bytes_ += other.bytes_;
  other.clear();
  memory_.set(bytes_);
  return first;
}

void RowStore::append_block(std::span<const Vector* const> columns, Rows rows) {
  static const Vector nulls;
  Block& block = blocks_.back();
  for (uint32_t i = 0; i < columns_; i++) {
    Vector& to = *block.columns[i];
    size_t heap = block.rows ? to.heap().bytes() : 0;
    append_rows(to, block.rows, columns[i] ? *columns[i] : nulls, rows);
    bytes_ += column_bytes(to, rows.count) + to.heap().bytes() - std::min(heap, to.heap().bytes());
    if (to.type() != Type::kAny) continue;
    for (uint32_t row = block.rows; row < block.rows + rows.count; row++) bytes_ += small_part(to.data<Value>()[row]);
  }
  block.rows += rows.count;
  size_ += rows.count;
}

namespace {

template <class T, class Block>
void gather_cells(const std::vector<Block>& blocks, uint32_t column, const uint32_t* rows, uint32_t count, Vector& out) {
  // Rows lie anywhere: their cells are asked for some rows before their turn.
  constexpr uint32_t kAhead = 16;
  T* to = out.mutable_data<T>();
  for (uint32_t i = 0; i < count; i++) {
    if (const uint32_t row = i + kAhead < count ? rows[i + kAhead] : RowStore::kNone; row != RowStore::kNone)
      __builtin_prefetch(blocks[row / RowStore::kBlockRows].columns[column]->template data<T>() +
                         row % RowStore::kBlockRows);
    if (rows[i] == RowStore::kNone) {
      to[i] = T();
      out.set_null(i);
      continue;
    }
    const Vector& from = *blocks[rows[i] / RowStore::kBlockRows].columns[column];
    uint32_t row = rows[i] % RowStore::kBlockRows;
    to[i] = from.data<T>()[row];
    if (!from.all_valid() && !from.valid(row)) out.set_null(i);
  }
}

}  // namespace

void RowStore::gather(uint32_t column, const uint32_t* rows, uint32_t count, Vector& out) const {
  if (size_ == 0) return out.reset_null();
  Type type = blocks_[0].columns[column]->type();
  bool uniform =
      std::all_of(blocks_.begin(), blocks_.end(), [&](const Block& b) { return b.columns[column]->type() == type; });
  if (!uniform || type == Type::kNull || type == Type::kAny) {
    ColumnWriter writer(out);
    for (uint32_t i = 0; i < count; i++)
      writer.put(i, rows[i] == kNone ? Value() : this->column(rows[i] / kBlockRows, column).value(rows[i] % kBlockRows));
    return writer.finish();
  }
  out.reset(type);
  switch (Vector::width(type)) {
    case 1: return gather_cells<uint8_t>(blocks_, column, rows, count, out);
    case 4: return gather_cells<uint32_t>(blocks_, column, rows, count, out);
    case 8: return gather_cells<uint64_t>(blocks_, column, rows, count, out);
    default: return gather_cells<StringRef>(blocks_, column, rows, count, out);
  }
}

void RowStore::clear() {
  // One block stays for the next use.
  if (blocks_.size() > 1) blocks_.resize(1);
  if (!blocks_.empty()) blocks_[0].rows = 0;
  size_ = bytes_ = 0;
  memory_.release();
}

}  // namespace elegraph::query::exec
