// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "index/entity.h"
#include "index/radix_cursor.h"
#include "storage/vector.h"

namespace elegraph::index {

// Tells which entries of a batch hold in a snapshot: the entity is covered there, with just the entry's values. Values are
// gathered for the whole batch. One thread at a time; the coverage outlives it.
class EntryCheck {
 public:
  explicit EntryCheck(const Coverage& coverage) : coverage_(&coverage), columns_(coverage.keys().size()) {}

  // Writes the ids of those that hold to `out`, in order; returns how many. REQUIRES: at most Vector::kCapacity entries, as
  // much room; rcu::ReadGuard.
  uint32_t select(const storage::Reader& reader, const RadixEntryBatch& entries, uint32_t* out);

 private:
  void gather(const storage::Reader& reader, std::span<const uint32_t> ids);
  bool has(uint32_t row, std::string_view key);

  const Coverage* coverage_;
  std::vector<Vector> columns_;
  std::string key_;
};

}  // namespace elegraph::index
