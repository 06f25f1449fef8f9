// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "query/plan/expression.h"
#include "storage/vector.h"

namespace elegraph::query::exec {

// Up to 2048 rows between operators. columns[slot] is null where the slot is not carried. Rows are
// selection[0 .. count-1] of the vectors, or 0 .. count-1 where selection is null. The vectors belong to the operator
// that made them and stay until its next() is called again.
struct Batch {
  std::vector<const Vector*> columns;
  const uint16_t* selection = nullptr;
  uint32_t count = 0;
  // Where not kNoSlot: row i of columns[chunk_slot] is slot i of chunk `chunk`, for every selected row, so that
  // property columns of that slot can be read in place.
  plan::Slot chunk_slot = plan::kNoSlot;
  bool relationship_chunk = false;  // `chunk` is one of relationships
  ChunkId chunk;

  uint32_t row(uint32_t i) const { return selection ? selection[i] : i; }
  const Vector& column(plan::Slot slot) const { return *columns[slot]; }
};

}  // namespace elegraph::query::exec
