// SPDX-License-Identifier: Apache-2.0
#include "query/exec/operators/edge_filter.h"

#include <algorithm>

#include "query/exec/expressions/referenced.h"

namespace elegraph::query::exec {

namespace {

std::vector<plan::Slot> outer_slots(const plan::PhysicalNode& node) {
  std::vector<plan::Slot> out;
  for (auto& e : node.expressions) referenced_slots(*e, out);
  std::erase(out, node.slot3);
  return out;
}

}  // namespace

EdgeFilter::EdgeFilter(const plan::PhysicalNode& node, BuildContext& build)
    : predicates_(make_evaluators(node.expressions, build)), local_(outer_slots(node), node.slot3, build.state) {}

void EdgeFilter::restart() { restart_all(predicates_); }

void EdgeFilter::set_outer(const Batch& batch, uint32_t row) {
  if (!trivial()) local_.set_outer(batch, row);
}

void EdgeFilter::filter(std::vector<Hop>& edges, size_t from) {
  if (trivial()) return;
  std::vector<Value> rels;
  for (size_t i = from; i < edges.size(); i++) rels.push_back(Value::relationship(edges[i].rel));
  size_t kept = from;
  uint16_t selected[Vector::kCapacity];
  for (size_t done = 0; done < rels.size();) {
    uint32_t n = local_.set_elements(rels, done);
    Rows rows = local_.rows();
    for (EvaluatorPtr& p : predicates_) rows = {selected, p->select(local_.batch(), rows, selected)};
    for_rows(rows, [&](uint32_t row) { edges[kept++] = edges[from + done + row]; });
    done += n;
  }
  edges.resize(kept);
}

}  // namespace elegraph::query::exec
