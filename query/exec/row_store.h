// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "query/exec/columns.h"
#include "query/exec/state.h"

namespace elegraph::query::exec {

// Copied rows of any number, in blocks of up to 2048, column by column: what sorting, hash joins and Eager keep.
// A block's column has the type of its batch.
class RowStore {
 public:
  static constexpr uint32_t kBlockRows = Vector::kCapacity;

  RowStore(State& state, uint32_t columns) : columns_(columns), memory_(state) {}

  // Appends the rows of `columns` (null: nulls).
  void append(std::span<const Vector* const> columns, Rows rows);
  // Takes all blocks of another store with as many columns, whose row 0 is then the row of the number that is given back.
  // The block before may have room left: rows are not numbered one by one any more.
  uint32_t take_blocks(RowStore& other);
  void clear();

  uint64_t size() const { return size_; }
  uint64_t bytes() const { return bytes_; }
  uint32_t blocks() const { return uint32_t(blocks_.size()); }
  uint32_t block_rows(uint32_t block) const { return blocks_[block].rows; }
  // Row rows[i] of a column becomes row i of `out`; kNone gives null. Strings are shared with the store.
  static constexpr uint32_t kNone = ~0u;
  void gather(uint32_t column, const uint32_t* rows, uint32_t count, Vector& out) const;
  // A row's number: block row / 2048, row % 2048 of it. All rows from 0 on, unless blocks were taken.
  const Vector& column(uint32_t block, uint32_t column) const { return *blocks_[block].columns[column]; }

 private:
  struct Block {
    std::vector<std::unique_ptr<Vector>> columns;
    uint32_t rows = 0;
  };
  void append_block(std::span<const Vector* const> columns, Rows rows);

  uint32_t columns_;
  std::vector<Block> blocks_;
  uint64_t size_ = 0;
  uint64_t bytes_ = 0;
  MemoryAccount memory_;
};

}  // namespace elegraph::query::exec
