// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "storage/graph.h"

namespace elegraph::storage {

// For an observer, when it is attached: what it makes of nodes alone. Recovery calls it, where it is known early that all
// nodes are there as they will be, beside the loading of relationships; ChangeObserver::recovered() follows as always.
void when_nodes_are_recovered(Graph& graph, std::function<void()> f);

}  // namespace elegraph::storage
