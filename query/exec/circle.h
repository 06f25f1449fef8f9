// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "query/exec/adjacency.h"

namespace elegraph::query::exec {

// Whether a walk of at most `max` relationships, in both directions, leads from a node home to it without a relationship
// twice. A shortest one is a circle, whose nodes are half as far away at most: it is there where two ways meet that left
// the node by different relationships.
bool on_a_circle(State& state, AdjacencyLists& lists, NodeId node, size_t max);

}  // namespace elegraph::query::exec
