// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "query/exec/adjacency.h"
#include "query/exec/operators/edge_filter.h"

namespace elegraph::query::exec {

// Whether a walk of at most `max` relationships, in both directions, leads from a node home to it without a relationship
// twice. A shortest one is a circle, whose nodes are half as far away at most: it is there where two ways meet that left
// the node by different relationships. `filter` is of its steps: what it asks of the nodes that they lead to is true of the
// node itself, or that is asked elsewhere; it does not ask of two relationships that follow each other.
bool on_a_circle(State& state, AdjacencyLists& lists, EdgeFilter& filter, NodeId node, size_t max);

}  // namespace elegraph::query::exec
