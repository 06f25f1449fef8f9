// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "storage/chunk.h"

// A row's state in a snapshot, from its newest state and its undo chain.
namespace elegraph::storage {

// Calls f(record) for each record whose change the snapshot does not see, newest first.
template <class F>
inline void unseen(const UndoRecord* r, const Snapshot& snapshot, F f) {
  for (; r && !visible(r->status, snapshot); r = r->next.load(std::memory_order_acquire)) f(*r);
}

inline bool exists(bool live, const UndoRecord* head, const Snapshot& snapshot) {
  unseen(head, snapshot, [&](const UndoRecord& r) {
    if (r.kind == UndoKind::kDelete) live = true;
    if (r.kind == UndoKind::kCreate || r.kind == UndoKind::kCreateRange) live = false;
  });
  return live;
}

inline bool exists(const Chunk& chunk, uint32_t row, const Snapshot& snapshot) {
  bool live = test(chunk.live, row);
  const UndoRecord* head = chunk.head(row);
  return head ? exists(live, head, snapshot) : live;
}

inline Cell cell_in(Cell newest, KeyId key, const UndoRecord* head, const Snapshot& snapshot) {
  unseen(head, snapshot, [&](const UndoRecord& r) {
    if (r.kind == UndoKind::kProperty && r.key == key.value) newest = r.cell();
  });
  return newest;
}

inline Cell property_cell(const Chunk& chunk, const Column& column, uint32_t row, const Snapshot& snapshot) {
  Cell cell = column.get(row);
  const UndoRecord* head = chunk.head(row);
  return head ? cell_in(cell, column.key, head, snapshot) : cell;
}

inline LabelSetId labels_in(const NodeChunk& chunk, uint32_t row, const Snapshot& snapshot) {
  if (!chunk.mixed.load(std::memory_order_acquire)) {
    // The first relabelling pushes its record before it makes `mixed`.
    return chunk.labels;
  }
  LabelSetId set = chunk.newest_labels(row);
  unseen(chunk.head(row), snapshot, [&](const UndoRecord& r) {
    if (r.kind == UndoKind::kLabels) set = LabelSetId(uint32_t(r.bits));
  });
  return set;
}

}  // namespace elegraph::storage
