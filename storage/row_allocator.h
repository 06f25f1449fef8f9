// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <mutex>
#include <unordered_map>
#include <vector>

#include "storage/ids.h"

namespace elegraph::storage {

// Gives out row ids of one label set or relationship type: freed rows first, those of one chunk after the other, then the
// open chunk's, then those of a chunk that has no used row any more, then a new chunk's. Thread-safe.
class RowAllocator {
 public:
  // `open_chunk()` makes a chunk and returns its id.
  template <class OpenChunk>
  uint32_t take(OpenChunk open_chunk) {
    std::lock_guard lock(mutex_);
    while (!free_.empty()) {
      const auto chunk = free_.begin();
      if (chunk->second.empty()) {  // there was no memory for its first row
        free_.erase(chunk);
        continue;
      }
      const uint32_t id = chunk->first * kChunkRows + chunk->second.back();
      chunk->second.pop_back();
      if (chunk->second.empty()) free_.erase(chunk);
      return id;
    }
    if (next_ == end_) {
      next_ = chunk_or(open_chunk) * kChunkRows;
      end_ = next_ + kChunkRows;
    }
    return next_++;
  }
  // The id of a chunk none of whose rows is used, for a caller that has many rows to make.
  template <class OpenChunk>
  uint32_t take_chunk(OpenChunk open_chunk) {
    std::lock_guard lock(mutex_);
    return chunk_or(open_chunk);
  }
  void give_back(uint32_t id) {
    std::lock_guard lock(mutex_);
    add(id);
  }
  // Rows first .. end-1 of one chunk, none of them used: the new open chunk where there is none, else free rows.
  void give_back_range(uint32_t first, uint32_t end) {
    std::lock_guard lock(mutex_);
    if (next_ == end_) {
      next_ = first, end_ = end;
      return;
    }
    for (uint32_t id = end; id > first;) add(--id);
  }

 private:
  template <class OpenChunk>
  uint32_t chunk_or(OpenChunk open_chunk) {
    if (whole_.empty()) return open_chunk();
    const uint32_t chunk = whole_.back();
    whole_.pop_back();
    return chunk;
  }
  void add(uint32_t id) {
    const auto chunk = free_.try_emplace(id / kChunkRows).first;
    chunk->second.push_back(uint16_t(id % kChunkRows));
    if (chunk->second.size() < kChunkRows) return;
    whole_.push_back(chunk->first);
    free_.erase(chunk);
  }

  std::mutex mutex_;
  std::unordered_map<uint32_t, std::vector<uint16_t>> free_;  // by chunk
  std::vector<uint32_t> whole_;                               // chunks all of whose rows are free
  uint32_t next_ = 0, end_ = 0;
};

}  // namespace elegraph::storage
