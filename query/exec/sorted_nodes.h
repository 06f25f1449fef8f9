// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "storage/graph_interface.h"

namespace elegraph::query::exec {

// The first of the sorted nodes that is not below `node`. Without branches that depend on the nodes: which way a search
// goes cannot be predicted.
inline const NodeId* lower_bound(const NodeId* nodes, uint32_t count, NodeId node) {
  if (count == 0) return nodes;
  while (count > 1) {
    const uint32_t half = count / 2;
    nodes += nodes[half - 1] < node ? half : 0;
    count -= half;
  }
  return nodes + (*nodes < node);
}

// f(relationship) of those of a list that lead to the node. -> how many entries were looked at
template <class F>
uint32_t for_those_to(const storage::Neighbors& list, NodeId node, F&& f) {
  const NodeId *end = list.nodes + list.count, *p = list.sorted ? lower_bound(list.nodes, list.count, node) : list.nodes;
  for (; p != end && (!list.sorted || *p == node); p++)
    if (*p == node) f(list.rels[p - list.nodes]);
  return list.sorted ? 1 : list.count;
}

}  // namespace elegraph::query::exec
