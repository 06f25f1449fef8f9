// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "storage/transaction.h"

namespace elegraph::storage {

// What Graph needs of the log: an order and durability for finished transactions. The WAL (storage/wal.h) implements
// it; MemoryLog is for graphs without a directory (tests).
class CommitLog {
 public:
  struct Entry {
    std::string redo;  // the transaction's logical redo, opaque here
    Durability durability = Durability::kOn;
    // Called on the thread that writes the log, for all entries in log order, with the timestamp that the entry got.
    // `publish` makes the transaction visible; it is called after the entry is durable (kOn) or written to the batch
    // (kOff). With an error the entry is not in the log, and the transaction rolls back.
    std::function<void(Timestamp, std::exception_ptr)> publish;
    // Whether the entry may be committed (null) or not (why), asked on the thread that writes the log once all entries
    // before it are published, but for those that wait in the same batch: `waiting`, their `writer`s. May be empty: it may.
    std::function<std::exception_ptr(std::span<const void* const> waiting)> admit;
    const void* writer = nullptr;  // alive until `publish` was called
  };
  virtual ~CommitLog() = default;
  // Any thread. Blocks on I/O only where the thread's DiskWait allows it; `publish` may have been called then.
  virtual void submit(Entry entry) = 0;
};

}  // namespace elegraph::storage
