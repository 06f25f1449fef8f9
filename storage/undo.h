// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <new>
#include <vector>

#include "storage/adjacency.h"
#include "storage/bump_memory.h"
#include "storage/cell.h"
#include "storage/page_allocator.h"
#include "storage/transaction_status.h"

namespace elegraph::storage {

enum class UndoKind : uint8_t {
  kProperty,     // key, cell: the value before
  kLabels,       // cell.bits: the label set before
  kCreate,       // the row was not there
  kDelete,       // the row was there
  kCreateRange,  // as kCreate for `key` rows from `entity` on; one record is the head of all of them
  kBulkLists,    // BulkListsRecord; in no row's chain
};

// What a row was before one change. Records of a row form a chain, newest first; the rows' newest state is in place.
//
// A chain is in commit order: nobody writes a row whose newest version it does not see. So a reader takes the
// state in place and applies the records' former values down the chain until the first record that it sees. Records of
// an aborted transaction stay in the chain until the readers that may have seen the aborted value are gone; applying
// one gives what was restored in place, so they do no harm at any place of a chain.
//
// Immutable once published but for `next`, which the vacuum shortens, `detached`, which is the vacuum's, and
// `rolled_back`.
struct UndoRecord {
  std::atomic<UndoRecord*> next{nullptr};
  const TransactionStatus* status = nullptr;
  UndoRecord* previous = nullptr;  // the transaction's record before this one
  uint64_t bits = 0;
  uint32_t entity = 0;
  uint32_t ordinal = 0;  // within the transaction's part
  uint32_t key = 0;
  UndoKind kind = UndoKind::kProperty;
  CellType cell_type = CellType::kNone;
  bool relationship : 1 = false;
  bool detached : 1 = false;  // out of its row's chain for good
  std::atomic<bool> rolled_back{false};

  Cell cell() const { return {cell_type, bits}; }
};
static_assert(sizeof(UndoRecord) == 48);

// kCreate and kDelete of a relationship: its entries in the two tails.
struct RelationshipRecord : UndoRecord {
  TailEntry* out = nullptr;
  TailEntry* in = nullptr;
};

// Bulk-created adjacency blocks and whose lists they are in.
struct BulkListsRecord : UndoRecord {
  PageVector<std::pair<BulkBlock*, ListId>> blocks;
};

// The undo records of one transaction (or of one of its bulk writers), in bump memory. Not thread-safe.
class UndoBuffer {
 public:
  UndoBuffer() = default;
  ~UndoBuffer() {
    for (UndoRecord* r = last_; r; r = r->previous)
      if (r->kind == UndoKind::kBulkLists) static_cast<BulkListsRecord*>(r)->~BulkListsRecord();
  }
  UndoBuffer(const UndoBuffer&) = delete;
  UndoBuffer& operator=(const UndoBuffer&) = delete;

  template <class Record>
  Record* add(const TransactionStatus* status, UndoKind kind, bool relationship, uint32_t entity) {
    auto* r = new (memory_.take(sizeof(Record))) Record;
    r->status = status, r->kind = kind, r->relationship = relationship, r->entity = entity;
    r->ordinal = count_++;
    r->previous = last_;
    last_ = r;
    return r;
  }
  UndoRecord* last() const { return last_; }
  uint32_t count() const { return count_; }
  // For what else the transaction leaves.
  BumpMemory& memory() { return memory_; }
  size_t bytes() const { return memory_.bytes(); }

 private:
  BumpMemory memory_;
  UndoRecord* last_ = nullptr;
  uint32_t count_ = 0;
};

}  // namespace elegraph::storage
