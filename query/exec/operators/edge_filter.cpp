// SPDX-License-Identifier: Apache-2.0
#include "query/exec/operators/edge_filter.h"

#include <algorithm>

#include "query/exec/expressions/referenced.h"

namespace elegraph::query::exec {

namespace {

std::vector<plan::Slot> outer_slots(const std::vector<plan::BoundPtr>& expressions, plan::Slot element) {
  std::vector<plan::Slot> out;
  for (auto& e : expressions) referenced_slots(*e, out);
  std::erase(out, element);
  return out;
}

}  // namespace

EdgeFilter::Part::Part(const std::vector<plan::BoundPtr>& expressions, plan::Slot element, BuildContext& build)
    : predicates(make_evaluators(expressions, build)), local(outer_slots(expressions, element), element, build.state) {}

template <class ValueOf>
void EdgeFilter::Part::filter(std::vector<Hop>& edges, size_t from, const ValueOf& value_of) {
  if (predicates.empty()) return;
  values.clear();
  for (size_t i = from; i < edges.size(); i++) values.push_back(value_of(edges[i]));
  size_t kept = from;
  uint16_t selected[Vector::kCapacity];
  for (size_t done = 0; done < values.size();) {
    const uint32_t n = local.set_elements(values, done);
    Rows rows = local.rows();
    for (EvaluatorPtr& p : predicates) rows = {selected, p->select(local.batch(), rows, selected)};
    for_rows(rows, [&](uint32_t row) { edges[kept++] = edges[from + done + row]; });
    done += n;
  }
  edges.resize(kept);
}

EdgeFilter::EdgeFilter(const plan::PhysicalNode& node, BuildContext& build)
    : relationships_(node.expressions, node.slot3, build),
      nodes_(node.expressions2, node.hop_node, build),
      pairs_(node.residual, node.residual.empty() ? plan::kNoSlot : node.slots[1], build),
      before_(node.residual.empty() ? plan::kNoSlot : node.slots[0]),
      inner_nodes_(node.inner_nodes) {}

void EdgeFilter::restart() {
  restart_all(relationships_.predicates), restart_all(nodes_.predicates), restart_all(pairs_.predicates);
}

void EdgeFilter::set_outer(const Batch& batch, uint32_t row) {
  for (Part* part : {&relationships_, &nodes_, &pairs_})
    if (!part->predicates.empty()) part->local.set_outer(batch, row);
}

void EdgeFilter::filter(std::vector<Hop>& edges, size_t from, bool first) {
  relationships_.filter(edges, from, [](const Hop& e) { return Value::relationship(e.rel); });
  if (inner_nodes_ && first) return;
  nodes_.filter(edges, from, [&](const Hop& e) { return Value::node(inner_nodes_ ? e.from : e.node); });
}

void EdgeFilter::filter_inner(std::vector<Hop>& edges, size_t from) {
  relationships_.filter(edges, from, [](const Hop& e) { return Value::relationship(e.rel); });
  nodes_.filter(edges, from, [](const Hop& e) { return Value::node(e.node); });
}

void EdgeFilter::filter_behind(RelId before, std::vector<Hop>& edges, size_t from) {
  pairs_.local.set_constant(before_, Value::relationship(before));
  pairs_.filter(edges, from, [](const Hop& e) { return Value::relationship(e.rel); });
}

}  // namespace elegraph::query::exec
