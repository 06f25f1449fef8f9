// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "query/exec/operator.h"

namespace elegraph::query::exec {

// An output batch whose rows each come from a row of one input batch: collects the input's row numbers, then
// gathers the live columns.
class OutputRows {
 public:
  static constexpr uint32_t kCapacity = Vector::kCapacity;

  void clear() { count_ = 0; }
  uint32_t count() const { return count_; }
  uint32_t room() const { return kCapacity - count_; }
  bool full() const { return count_ == kCapacity; }
  // `n` more rows that come from `row` of the input's vectors.
  void add(uint32_t row, uint32_t n = 1) {
    for (uint32_t i = 0; i < n; i++) origin_[count_ + i] = uint16_t(row);
    count_ += n;
  }

  // Of the rows so far, only those with these numbers, ascending.
  void keep(const uint16_t* numbers, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) origin_[i] = origin_[numbers[i]];
    count_ = count;
  }

  // Makes the batch: those of `slots` that the input carries, gathered. The caller puts its own columns over it.
  Batch& finish(const Batch& input, const std::vector<plan::Slot>& slots, uint32_t columns) {
    batch_.columns.assign(columns, nullptr);
    batch_.count = count_;
    while (gathered_.size() < slots.size()) gathered_.push_back(std::make_unique<Vector>());
    for (size_t i = 0; i < slots.size(); i++) {
      const Vector* from = slots[i] < input.columns.size() ? input.columns[slots[i]] : nullptr;
      if (!from) continue;
      gathered_[i]->gather(*from, origin_, count_);
      batch_.columns[slots[i]] = gathered_[i].get();
    }
    return batch_;
  }

 private:
  uint32_t count_ = 0;
  uint16_t origin_[kCapacity];
  std::vector<std::unique_ptr<Vector>> gathered_;
  Batch batch_;
};

}  // namespace elegraph::query::exec
