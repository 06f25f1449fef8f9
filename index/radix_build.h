// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "storage/page_allocator.h"

namespace elegraph::index {

// Entries for RadixTree::build(), in any order.
class RadixEntries {
 public:
  struct Entry {
    uint64_t at;  // where its key begins: value bytes, then the id's, big-endian
    uint32_t value_size;
    uint32_t id;
  };
  void reserve(size_t entries);
  void add(std::string_view value, uint32_t id);
  size_t size() const { return entries_.size(); }
  size_t bytes() const { return bytes_; }  // of all keys
  std::span<Entry> entries() { return entries_; }
  const uint8_t* key(const Entry& e) const { return reinterpret_cast<const uint8_t*>(keys_.data()) + e.at; }

 private:
  void grow(size_t bytes);

  storage::PageArray<char> keys_;
  size_t bytes_ = 0;
  storage::PageVector<Entry> entries_;
};

}  // namespace elegraph::index
