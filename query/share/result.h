// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "query/exec/batch.h"
#include "storage/transaction.h"

namespace elegraph::query::share {

// The rows that one execution made for several statements. Written by the one that leads, then read by all; gone with
// the last of them.
struct Result {
  // Past either, statements run by themselves: what is this long costs more to send than to share.
  static constexpr uint64_t kMaxRows = 4096, kMaxValues = 16'384;

  uint32_t columns = 0;
  uint64_t rows = 0;
  std::vector<Value> values;  // row by row
  storage::Timestamp at = 0;  // the snapshot

  void add(const exec::Batch& batch, std::span<const plan::Slot> slots);
  bool fits() const { return rows <= kMaxRows && values.size() <= kMaxValues && bytes_ <= kMaxBytes; }

 private:
  static constexpr uint64_t kMaxBytes = 1 << 20;  // of strings
  uint64_t bytes_ = 0;
};

// Gives a result as batches.
class ResultReader {
 public:
  ResultReader(std::shared_ptr<const Result> result);
  const exec::Batch* next();  // null at the end
  std::span<const plan::Slot> slots() const { return slots_; }
  const Result& result() const { return *result_; }

 private:
  std::shared_ptr<const Result> result_;
  uint64_t at_ = 0;
  std::vector<std::unique_ptr<Vector>> vectors_;
  std::vector<plan::Slot> slots_;
  exec::Batch batch_;
};

}  // namespace elegraph::query::share
