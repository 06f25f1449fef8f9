// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include "query/exec/execution.h"
#include "query/portal.h"

namespace elegraph::query {

// Keeps rows as values that need no snapshot: nodes, relationships and paths become the JSON that clients see of them.
// Error 53200 beyond the memory that a statement may have.
class RowKeeper final : public RowSink {
 public:
  RowKeeper(SessionImplementation& session, const std::vector<ResultColumn>& columns);

  uint32_t rows(const exec::Batch& batch, std::span<const plan::Slot> slots, uint32_t from, uint32_t to) override;
  void copy_data(std::string_view) override {}
  bool full() const override { return false; }

  RowsBuffer& buffer() { return buffer_; }

 private:
  SessionImplementation& session_;
  exec::MemoryTracker memory_;
  const std::vector<ResultColumn>& columns_;
  RowsBuffer buffer_;
};

}  // namespace elegraph::query
