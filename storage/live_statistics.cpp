// SPDX-License-Identifier: Apache-2.0
#include "storage/live_statistics.h"

#include <chrono>

namespace elegraph::storage {

bool LiveStatistics::Size::add(int64_t change) {
  constexpr int64_t kFew = 16;  // differences that cost no plan much
  const int64_t now = fetch_add(change, std::memory_order_relaxed) + change;
  int64_t before = noted.load(std::memory_order_relaxed);
  if (now <= 4 * before + kFew && before <= 4 * now + kFew) return false;
  return may_tell() && noted.compare_exchange_strong(before, now, std::memory_order_relaxed);
}

// Nodes that are made and deleted by the hundreds all the time must not have all plans made anew each time. A size that is
// not told now is by a later change.
bool LiveStatistics::Size::may_tell() {
  constexpr int64_t kTimes = 16, kSeconds = 180;
  using std::chrono::duration_cast, std::chrono::seconds;
  const int64_t now = duration_cast<seconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
  if (now - since.load(std::memory_order_relaxed) >= kSeconds)
    since.store(now, std::memory_order_relaxed), times.store(0, std::memory_order_relaxed);
  return times.fetch_add(1, std::memory_order_relaxed) < kTimes;
}

bool LiveStatistics::apply(const StatisticsDelta& delta) {
  bool other_sizes = false;
  for (const auto& [what, set, change] : delta.items()) {
    if (change == 0) continue;
    if (what == 0) {
      nodes_.fetch_add(change, std::memory_order_relaxed);
      other_sizes |= by_set_[set].add(change);
    } else if (what == 1) {
      relationships_.fetch_add(change, std::memory_order_relaxed);
      other_sizes |= by_type_[set].add(change);
    } else {
      ends_[uint32_t(what >> 2)].by_set[what & 1][set].fetch_add(change, std::memory_order_relaxed);
    }
  }
  return other_sizes;
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
