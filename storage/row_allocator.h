// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <mutex>
#include <vector>

#include "storage/ids.h"

namespace elegraph::storage {

// Gives out row ids of one label set or relationship type: freed rows first, then the open chunk's, then a new chunk's.
// Thread-safe.
class RowAllocator {
 public:
  // `open_chunk()` makes a chunk and returns its id.
  template <class OpenChunk>
  uint32_t take(OpenChunk open_chunk) {
    std::lock_guard lock(mutex_);
    if (!free_.empty()) {
      uint32_t id = free_.back();
      free_.pop_back();
      return id;
    }
    if (next_ == end_) {
      next_ = open_chunk() * kChunkRows;
      end_ = next_ + kChunkRows;
    }
    return next_++;
  }
  void give_back(uint32_t id) {
    std::lock_guard lock(mutex_);
    free_.push_back(id);
  }
  // Rows first .. end-1 of one chunk, none of them used: the new open chunk where there is none, else free rows.
  void give_back_range(uint32_t first, uint32_t end) {
    std::lock_guard lock(mutex_);
    if (next_ == end_) {
      next_ = first, end_ = end;
      return;
    }
    for (uint32_t id = end; id > first;) free_.push_back(--id);
  }

 private:
  std::mutex mutex_;
  std::vector<uint32_t> free_;
  uint32_t next_ = 0, end_ = 0;
};

}  // namespace elegraph::storage
