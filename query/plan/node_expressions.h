// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "query/plan/physical.h"

namespace elegraph::query::plan {

// Calls f on each expression that the node holds; of a node that is not const it may put another in its place.
template <class Node, class F>
void for_each_expression(Node& n, F&& f) {
  auto call = [&](auto& e) {
    if (e) f(e);
  };
  auto sets = [&](auto& operations) {
    for (auto& s : operations) call(s.target), call(s.value);
  };
  for (auto& e : n.expressions) call(e);
  for (auto& e : n.expressions2) call(e);
  for (auto& e : n.residual) call(e);
  for (auto& e : n.equal) call(e);
  if (n.lower) call(n.lower->value);
  if (n.upper) call(n.upper->value);
  call(n.in_list), call(n.prefix), call(n.limit);
  for (auto& a : n.aggregates) call(a.arg), call(a.arg2);
  for (auto& k : n.sort) call(k.expression);
  for (auto& c : n.creates) call(c.properties);
  for (auto& k : n.known_ends)
    for (auto& e : k.nodes) call(e);
  sets(n.sets), sets(n.on_create), sets(n.on_match);
}

}  // namespace elegraph::query::plan
