// SPDX-License-Identifier: Apache-2.0
#include "query/share/result.h"

#include <algorithm>

namespace elegraph::query::share {

void Result::add(const exec::Batch& batch, std::span<const plan::Slot> slots) {
  columns = uint32_t(slots.size());
  for (uint32_t i = 0; i < batch.count; i++)
    for (plan::Slot slot : slots) {
      const Value& v = values.emplace_back(batch.column(slot).value(batch.row(i)));
      if (v.type() == Type::kString || v.type() == Type::kBytes) bytes_ += v.as_string().size();
    }
  rows += batch.count;
}

ResultReader::ResultReader(std::shared_ptr<const Result> result) : result_(std::move(result)) {
  for (uint32_t c = 0; c < result_->columns; c++) {
    vectors_.push_back(std::make_unique<Vector>());
    slots_.push_back(c);
    batch_.columns.push_back(vectors_.back().get());
  }
}

const exec::Batch* ResultReader::next() {
  uint64_t n = std::min<uint64_t>(result_->rows - at_, Vector::kCapacity);
  if (n == 0) return nullptr;
  const Value* row = &result_->values[at_ * result_->columns];
  if (n == 1) {
    for (auto& vector : vectors_) vector->set_constant(*row++);
  } else {
    for (auto& vector : vectors_) vector->reset_null();
    for (uint32_t i = 0; i < n; i++)
      for (auto& vector : vectors_) vector->set(i, *row++);
  }
  batch_.count = uint32_t(n);
  at_ += n;
  return &batch_;
}

}  // namespace elegraph::query::share
