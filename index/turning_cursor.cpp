// SPDX-License-Identifier: Apache-2.0
#include "index/turning_cursor.h"

#include <algorithm>
#include <utility>

#include "index/key_encoding.h"

namespace elegraph::index {

TurningCursor::TurningCursor(const RadixTree& tree, std::string low, std::string high, const WalkOrder& order)
    : tree_(&tree),
      low_(std::move(low)),
      high_(std::move(high)),
      descending_(order.descending),
      components_(order.turns.front()),
      inner_{!order.descending, {order.turns.begin() + 1, order.turns.end()}},
      group_(tree, "", "", false) {}

uint32_t TurningCursor::next(std::span<uint32_t> out) {
  entries_.clear();
  const uint32_t count = next_entries(uint32_t(out.size()), entries_);
  std::ranges::copy(entries_.ids(), out.begin());
  return count;
}

uint32_t TurningCursor::next_entries(uint32_t limit, RadixEntryBatch& out) {
  uint32_t count = 0;
  while (count < limit && (in_group_ || next_group())) {
    const uint32_t found = next_of_group(limit - count, out);
    in_group_ = found == limit - count;
    count += found;
  }
  return count;
}

uint32_t TurningCursor::next_of_group(uint32_t limit, RadixEntryBatch& out) {
  return turning_ ? turning_->next_entries(limit, out) : group_.next_entries(limit, out);
}

// To the entries that are alike in the first components with the first one that is left.
bool TurningCursor::next_group() {
  RadixEntryBatch first;
  if (RadixCursor(*tree_, low_, high_, descending_).next_entries(1, first) == 0) return false;
  std::string from(first.value(0).substr(0, composite_prefix_size(first.value(0), components_)));
  std::string to = after_prefix(from);
  (descending_ ? high_ : low_) = descending_ ? from : to;
  if (inner_.turns.empty())
    group_ = RadixCursor(*tree_, std::move(from), std::move(to), inner_.descending);
  else
    turning_ = std::make_unique<TurningCursor>(*tree_, std::move(from), std::move(to), inner_);
  return in_group_ = true;
}

}  // namespace elegraph::index
