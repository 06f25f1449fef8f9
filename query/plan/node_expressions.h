// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "query/plan/physical.h"

namespace elegraph::query::plan {

// Calls f on each expression that the node holds.
template <class F>
void for_each_expression(const PhysicalNode& n, F&& f) {
  auto call = [&](const BoundPtr& e) {
    if (e) f(e);
  };
  auto sets = [&](const std::vector<SetOperation>& operations) {
    for (const SetOperation& s : operations) call(s.target), call(s.value);
  };
  for (const BoundPtr& e : n.expressions) call(e);
  for (const BoundPtr& e : n.expressions2) call(e);
  for (const BoundPtr& e : n.equal) call(e);
  if (n.lower) call(n.lower->value);
  if (n.upper) call(n.upper->value);
  call(n.in_list), call(n.prefix), call(n.limit);
  for (const AggregateCall& a : n.aggregates) call(a.arg), call(a.arg2);
  for (const SortKey& k : n.sort) call(k.expression);
  for (const CreateItem& c : n.creates) call(c.properties);
  for (const KnownEnds& k : n.known_ends)
    for (const BoundPtr& e : k.nodes) call(e);
  sets(n.sets), sets(n.on_create), sets(n.on_match);
}

}  // namespace elegraph::query::plan
