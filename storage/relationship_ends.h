// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "storage/graph_parts.h"

namespace elegraph::storage {

// Whether a relationship may end at `node`: throws Conflict where a transaction that `snapshot` does not see deleted it,
// and Error 22023 where there is no such node. REQUIRES: rcu::ReadGuard.
//
// The entries are in the lists before the ends are checked, and a deleter marks the node before it looks at the lists:
// whichever takes the list's latch first, one of the two sees the other. fence_ends() stands between the two steps of each
// side, since the deleter takes no latch of a list whose type it does not know yet.
void check_end(const Graph::Parts& parts, NodeId node, const Snapshot& snapshot);
inline void fence_ends() { std::atomic_thread_fence(std::memory_order_seq_cst); }

}  // namespace elegraph::storage
