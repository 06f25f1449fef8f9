// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "index/ordered_walk.h"
#include "index/radix_cursor.h"

namespace elegraph::index {

// A walk whose direction turns between two components of the keys, like that of (priority DESC, id): the values of the
// components before the turn one after the other, each found by a descent of its own, and a walk the other way through the
// entries that have it.
//
// Rests, and is to be called, as RadixCursor does.
class TurningCursor {
 public:
  // REQUIRES: order.turns ascend, and there is one.
  TurningCursor(const RadixTree& tree, std::string low, std::string high, const WalkOrder& order);

  uint32_t next(std::span<uint32_t> out);  // 0 at the end
  uint32_t next_entries(uint32_t limit, RadixEntryBatch& out);

 private:
  bool next_group();
  uint32_t next_of_group(uint32_t limit, RadixEntryBatch& out);

  const RadixTree* tree_;
  std::string low_, high_;  // of the groups that are left
  bool descending_;
  uint32_t components_;  // that a group has in common
  WalkOrder inner_;
  bool in_group_ = false;
  RadixEntryBatch entries_;
  RadixCursor group_;                       // of the group in hand
  std::unique_ptr<TurningCursor> turning_;  // instead, where there are more turns
};

}  // namespace elegraph::index
