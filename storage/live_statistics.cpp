// SPDX-License-Identifier: Apache-2.0
#include "storage/live_statistics.h"

namespace elegraph::storage {

void LiveStatistics::apply(const StatisticsDelta& delta) {
  for (const auto& [what, set, change] : delta.items()) {
    if (change == 0) continue;
    if (what == 0) {
      nodes_.fetch_add(change, std::memory_order_relaxed);
      by_set_[set].fetch_add(change, std::memory_order_relaxed);
    } else if (what == 1) {
      relationships_.fetch_add(change, std::memory_order_relaxed);
      by_type_[set].fetch_add(change, std::memory_order_relaxed);
    } else {
      ends_[uint32_t(what >> 2)].by_set[what & 1][set].fetch_add(change, std::memory_order_relaxed);
    }
  }
}

uint64_t LiveStatistics::node_count() const { return read(&nodes_); }
uint64_t LiveStatistics::relationship_count() const { return read(&relationships_); }
uint64_t LiveStatistics::relationship_count(RelTypeId type) const { return read(by_type_.find(type.value)); }

uint64_t LiveStatistics::node_count(LabelId label) const {
  uint64_t n = 0;
  for (uint32_t set = 0; set < catalog_->label_set_count(); ++set)
    if (catalog_->has_label(LabelSetId(set), label)) n += read(by_set_.find(set));
  return n;
}

uint64_t LiveStatistics::relationship_count(LabelId label, RelTypeId type, Direction d) const {
  const Ends* ends = ends_.find(type.value);
  if (!ends) return 0;
  auto count = [&](Direction one) {
    uint64_t n = 0;
    for (uint32_t set = 0; set < catalog_->label_set_count(); ++set)
      if (catalog_->has_label(LabelSetId(set), label)) n += read(ends->by_set[one == Direction::kIn].find(set));
    return n;
  };
  return d == Direction::kBoth ? count(Direction::kOut) + count(Direction::kIn) : count(d);
}

uint64_t LiveStatistics::end_count(RelTypeId type, Direction d) const {
  const Adjacency* lists = adjacency_->find(type, d);
  return lists ? lists->lists() : 0;
}

}  // namespace elegraph::storage
