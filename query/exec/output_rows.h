// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "query/exec/columns.h"
#include "query/exec/operator.h"

namespace elegraph::query::exec {

// An output batch whose rows each come from a row of one input batch: collects the input's row numbers, then
// gathers the live columns. Input rows are added in ascending order.
class OutputRows {
 public:
  static constexpr uint32_t kCapacity = Vector::kCapacity;

  void clear() { count_ = runs_ = 0; }
  uint32_t count() const { return count_; }
  uint32_t room() const { return kCapacity - count_; }
  bool full() const { return count_ == kCapacity; }
  // One more row that comes from `row` of the input's vectors.
  void add(uint32_t row) {
    if (runs_) write_origins();
    origin_[count_++] = uint16_t(row);
  }
  // `n` more of them.
  void add(uint32_t row, uint32_t n) {
    if (n == 0) return;
    if (count_ && !runs_) return add_origins(row, n);
    count_ += n;
    run_[runs_++] = {uint16_t(row), uint16_t(count_)};
  }
  // Takes back what was added since there were `count`, which was between two add().
  void drop_from(uint32_t count) {
    while (runs_ && run_[runs_ - 1].end > count) runs_--;
    count_ = count;
  }

  // Of the rows from number `from` on, only those with these numbers, counted from there, ascending.
  void keep(uint32_t from, const uint16_t* numbers, uint32_t count) {
    if (runs_) write_origins();
    for (uint32_t i = 0; i < count; i++) origin_[from + i] = origin_[from + numbers[i]];
    count_ = from + count;
  }

  // The weights of the rows' origins, by row: `of` is the input's, by rows of its vectors, or null, which it is then.
  const uint64_t* weights(const uint64_t* of) {
    if (!of) return nullptr;
    weights_.resize(kCapacity);
    uint32_t at = 0;
    for (uint32_t r = 0; r < runs_; r++)
      for (; at < run_[r].end; at++) weights_[at] = of[run_[r].row];
    for (; at < count_; at++) weights_[at] = of[origin_[at]];
    return weights_.data();
  }

  // Makes the batch: those of `slots` that the input carries, gathered. The caller puts its own columns over it.
  Batch& finish(const Batch& input, const std::vector<plan::Slot>& slots, uint32_t columns) {
    batch_.columns.assign(columns, nullptr);
    batch_.count = count_;
    while (gathered_.size() < slots.size()) gathered_.push_back(std::make_unique<Vector>());
    for (size_t i = 0; i < slots.size(); i++) {
      const Vector* from = slots[i] < input.columns.size() ? input.columns[slots[i]] : nullptr;
      if (!from) continue;
      gather(*from, *gathered_[i]);
      batch_.columns[slots[i]] = gathered_[i].get();
    }
    return batch_;
  }

 private:
  // Rows of one origin are written in blocks of a fixed size, without branches on how many they are; what lies beyond
  // them is written again by the next.
  static constexpr uint32_t kBlock = 16;
  static constexpr uint32_t kLongRuns = 4;
  // Rows of one origin from which on one value stands for all of them.
  static constexpr uint32_t kWorthOneValue = 16;

  void add_origins(uint32_t row, uint32_t n) {
    uint16_t* to = origin_ + count_;
    for (uint32_t i = 0; i < n; i += kBlock) std::fill_n(to + i, kBlock, uint16_t(row));
    count_ += n;
  }
  void write_origins() {
    const uint32_t runs = std::exchange(runs_, 0);
    count_ = 0;
    for (uint32_t i = 0; i < runs; i++) add_origins(run_[i].row, run_[i].end - count_);
  }
  uint32_t first_origin() const { return runs_ ? run_[0].row : origin_[0]; }
  uint32_t last_origin() const { return runs_ ? run_[runs_ - 1].row : origin_[count_ - 1]; }
  void gather(const Vector& from, Vector& to) {
    if (count_ >= kWorthOneValue && first_origin() == last_origin() && !from.constant())
      return to.set_constant(from.value(first_origin()));
    if (runs_ && runs_ * kLongRuns <= count_ && repeat_rows(to, from, {run_, runs_})) return;
    if (runs_) write_origins();
    to.gather(from, origin_, count_);
  }

  uint32_t count_ = 0;
  // The origin of each row, or while runs_ > 0 how many come from one.
  uint16_t origin_[kCapacity + kBlock];
  RowRun run_[kCapacity];
  uint32_t runs_ = 0;
  std::vector<std::unique_ptr<Vector>> gathered_;
  std::vector<uint64_t> weights_;
  Batch batch_;
};

}  // namespace elegraph::query::exec
