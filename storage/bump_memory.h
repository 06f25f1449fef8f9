// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <new>
#include <vector>

#include "storage/slab.h"

namespace elegraph::storage {

// Memory that is taken piece by piece and freed as a whole: what a transaction leaves until the vacuum has done with it.
// The first block is small, as most transactions are; pieces are aligned as pointers are. Not thread-safe.
class BumpMemory {
 public:
  BumpMemory() = default;
  ~BumpMemory() {
    for (const Block& b : blocks_) b.bytes < kLargeBlock ? ::operator delete(b.at) : passing_memory().free(b.at, b.bytes);
  }
  BumpMemory(const BumpMemory&) = delete;
  BumpMemory& operator=(const BumpMemory&) = delete;

  void* take(size_t size) {
    size = (size + alignof(void*) - 1) / alignof(void*) * alignof(void*);
    if (left_ < size) {
      const size_t usual = blocks_.empty() ? 512 : blocks_.size() < 8 ? 4096 : kLargeBlock;
      const size_t block = std::max(usual, size);
      Block& next = blocks_.emplace_back();
      next.at = static_cast<char*>(block < kLargeBlock ? ::operator new(block) : passing_memory().allocate(block));
      next.bytes = block;
      at_ = next.at, left_ = block;
      bytes_ += block;
    }
    void* p = at_;
    at_ += size, left_ -= size;
    return p;
  }
  size_t bytes() const { return bytes_; }

 private:
  static constexpr size_t kLargeBlock = 64 << 10;  // bytes
  struct Block {
    char* at = nullptr;
    size_t bytes = 0;
  };

  std::vector<Block> blocks_;
  char* at_ = nullptr;
  size_t left_ = 0, bytes_ = 0;
};

}  // namespace elegraph::storage
