// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstring>
#include <initializer_list>
#include <memory>
#include <string_view>
#include <vector>

#include "storage/bump_memory.h"

namespace elegraph::storage {

// What a layer above storage has to do once a transaction's changes are history, or are taken back, told by bytes of its
// own: an index has some for each row that a statement changes, so they are records in bump memory rather than closures.
class LateWork : public std::enable_shared_from_this<LateWork> {
 public:
  virtual ~LateWork() = default;
  // On the vacuum, once no snapshot can see what the transaction replaced.
  virtual void replaced_for_good(std::string_view record) = 0;
  // When the change has been rolled back, also to a savepoint; REQUIRES rcu::ReadGuard around it.
  virtual void rolled_back(std::string_view record) = 0;
};

// One transaction's records, in memory that lives as long. Each keeps the one whose it is alive. Not thread-safe.
class LateRecords {
 public:
  // The record is these parts, one behind the other.
  void add(BumpMemory& memory, LateWork& work, std::initializer_list<std::string_view> parts) {
    size_t size = 0;
    for (std::string_view part : parts) size += part.size();
    auto* r = new (memory.take(sizeof(Record) + size)) Record{last_, &owner(work), size};
    char* at = r->bytes();
    for (std::string_view part : parts) {
      if (!part.empty()) std::memcpy(at, part.data(), part.size());
      at += part.size();
    }
    last_ = r;
    ++count_;
  }
  size_t count() const { return count_; }

  void all_replaced() const {
    for (const Record* r = last_; r; r = r->previous) r->work->replaced_for_good(r->view());
  }
  // Newest first, all but the first `kept` ones.
  void roll_back(size_t kept) {
    for (; count_ > kept; --count_) {
      const Record* r = last_;
      last_ = r->previous;
      r->work->rolled_back(r->view());
    }
  }

 private:
  struct Record {
    Record* previous;
    LateWork* work;
    size_t size;
    char* bytes() { return reinterpret_cast<char*>(this + 1); }
    std::string_view view() const { return {reinterpret_cast<const char*>(this + 1), size}; }
  };

  LateWork& owner(LateWork& work) {
    for (auto& known : owners_)
      if (known.get() == &work) return work;
    owners_.push_back(work.shared_from_this());
    return work;
  }

  Record* last_ = nullptr;
  size_t count_ = 0;
  std::vector<std::shared_ptr<LateWork>> owners_;
};

}  // namespace elegraph::storage
