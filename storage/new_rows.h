// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "storage/chunk.h"
#include "storage/transaction.h"
#include "storage/undo.h"

// What bulk writers and the transaction itself do alike with rows that they create together.
namespace elegraph::storage {

// In the `bits` of a kCreateRange record: it is one of the transaction's own, and its ordinal tells whether it is younger
// than a savepoint. Those of bulk writers count for themselves.
inline constexpr uint64_t kOwnRange = 1;

// Fresh rows of one chunk, and in which row of the columns' vectors the first one's values are.
struct NewRows {
  uint32_t first, count;  // ids
  uint32_t offset;
  bool relationships;
};

// The range's record is in the chunk before its rows are live.
inline void create_rows(Chunk& chunk, const NewRows& rows, std::span<const BulkWriter::Column> columns, UndoRecord* record,
                        std::vector<Cell>& garbage) {
  record->key = rows.count;
  const uint32_t row = rows.first % kChunkRows;
  std::lock_guard lock(chunk.latch);
  chunk.push_range(row, rows.count, record);
  chunk.take_rows(row, rows.count);
  set_range(chunk.live, row, rows.count);
  for (const BulkWriter::Column& c : columns)
    chunk.fill(chunk.column_for(c.key), row, *c.values, rows.offset, rows.count, garbage);
}

inline void set_labels(NodeChunk& chunk, const NewRows& rows, LabelSetId labels) {
  if (auto* mixed = chunk.mixed.load(std::memory_order_acquire))
    for (uint32_t i = 0; i < rows.count; ++i)
      mixed[rows.first % kChunkRows + i].store(labels.value, std::memory_order_release);
}

inline TypeMask types_of(const Vector& values, uint32_t count) {
  if (values.type() != Type::kAny) return {values.type() == Type::kNull ? 0 : 1u << unsigned(values.type()), 0};
  TypeMask all;
  for (uint32_t i = 0; i < count; ++i) all.add(type_mask_of(values.value(i)));
  return all;
}

}  // namespace elegraph::storage
