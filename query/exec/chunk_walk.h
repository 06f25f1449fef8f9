// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>

#include "storage/ids.h"

namespace elegraph::query::exec {

// Goes through a list of ascending chunk ids, each id once, while others may be put between those that are there: a node of
// an old chunk gets the label, or two chunks are opened at a time. What comes behind the walk holds nothing that a
// snapshot from before it sees, so it need not be gone back for; what counts is that the rest does not come again, as it
// would by position. One thread's.
class ChunkWalk {
 public:
  // `list`: as it is now; none of its ids has been removed since the call before.
  std::optional<ChunkId> next(std::span<const ChunkId> list) {
    const size_t at = taken(list);
    if (at == list.size()) return std::nullopt;
    last_ = list[at];
    at_ = at + 1;
    return last_;
  }
  // How many of the list's are behind.
  size_t taken(std::span<const ChunkId> list) const {
    if (!last_) return 0;
    if (at_ <= list.size() && list[at_ - 1] == *last_) return at_;
    return size_t(std::ranges::upper_bound(list, *last_) - list.begin());
  }

 private:
  size_t at_ = 0;  // behind last_, unless others have come before it
  std::optional<ChunkId> last_;
};

}  // namespace elegraph::query::exec
