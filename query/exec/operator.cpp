// SPDX-License-Identifier: Apache-2.0
#include "query/exec/operator.h"

#include <algorithm>
#include <chrono>

#include "query/exec/adjacency.h"
#include "query/exec/expressions/referenced.h"
#include "query/exec/node_set.h"
#include "query/exec/read_recorder.h"

namespace elegraph::query::exec {

Operator::Operator(const plan::PhysicalNode& node, BuildContext& build)
    : node_(node), state_(build.state), live_(node.live) {
  live_.insert(live_.end(), build.carry.begin(), build.carry.end());
}

template <class F>
Step Operator::profiled(F&& step) {
  using Clock = std::chrono::steady_clock;
  auto start = Clock::now();
  uint64_t rows = 0;
  Step result = step(rows);
  plan::OperatorProfile& p = (*state_.context.profile)[node_.id];
  p.calls++;
  p.rows += rows;
  p.nanoseconds += uint64_t(std::chrono::nanoseconds(Clock::now() - start).count());
  return result;
}

// For a profile, or for a transaction that records its reads.
Step Operator::observed(const Batch*& out) {
  auto counted = [&](uint64_t& rows) {
    Step s = produce(out);
    rows = s == Step::kBatch ? out->count : 0;
    return s;
  };
  uint64_t rows = 0;
  Step s = is_profiled() ? profiled(counted) : counted(rows);
  if (s == Step::kBatch && is_recorded()) record_rows(*out, *state_.context.reads);
  return s;
}

Step Operator::next(const Batch*& out) {
  asked_.as(Asked::kRows);
  if (!state_.context.profile && !state_.context.reads) return produce(out);
  return observed(out);
}

Step Operator::next_weighted(const Batch*& out, const uint64_t*& weights) {
  asked_.as(Asked::kWeighted);
  // What is left to chance is so for each row.
  if (is_recorded() || !state_.plan.deterministic) return weights = nullptr, observed(out);
  if (!is_profiled()) return produce_weighted(out, weights);
  return profiled([&](uint64_t& rows) {
    Step s = produce_weighted(out, weights);
    rows = s == Step::kBatch ? out->count : 0;
    if (s == Step::kBatch && weights) rows = 0, for_rows(Rows::of(*out), [&](uint32_t row) { rows += weights[row]; });
    return s;
  });
}

Step Operator::next_count(uint64_t& rows) {
  asked_.as(Asked::kCount);
  if (is_recorded()) {
    const Batch* batch = nullptr;
    Step s = observed(batch);
    rows = s == Step::kBatch ? batch->count : 0;
    return s;
  }
  if (!is_profiled()) return produce_count(rows);
  return profiled([&](uint64_t& counted) {
    Step s = produce_count(rows);
    counted = s == Step::kBatch ? rows : 0;
    return s;
  });
}

Step Operator::produce_count(uint64_t& rows) {
  const Batch* batch = nullptr;
  Step s = produce(batch);
  rows = s == Step::kBatch ? batch->count : 0;
  return s;
}

Step Operator::produce_weighted(const Batch*& out, const uint64_t*& weights) {
  weights = nullptr;
  return produce(out);
}

Step Operator::next_nodes(plan::Slot slot, NodeSet& out) {
  asked_.as(Asked::kNodes);
  return is_recorded() ? nodes_of_next(slot, out) : produce_nodes(slot, out);
}

Step Operator::profiled_nodes(NodeSet& out, const std::function<Step()>& step) {
  if (!is_profiled()) return step();
  return profiled([&](uint64_t& rows) {
    const uint64_t before = out.size();
    const Step s = step();
    rows = out.size() - before;
    return s;
  });
}

Step Operator::produce_nodes(plan::Slot slot, NodeSet& out) { return nodes_of_next(slot, out); }

Step Operator::nodes_of_next(plan::Slot slot, NodeSet& out) {
  const Batch* batch = nullptr;
  Step s = observed(batch);
  if (s != Step::kBatch) return s;
  const Vector& column = batch->column(slot);
  for_rows(Rows::of(*batch), [&](uint32_t row) {
    NodeId node = node_at(column, row);
    if (node.valid()) out.add(node.value);
  });
  return s;
}

std::vector<plan::Slot> Operator::input_slots() const {
  std::vector<plan::Slot> out = live_;
  auto add = [&](plan::Slot s) {
    if (s != plan::kNoSlot && std::find(out.begin(), out.end(), s) == out.end()) out.push_back(s);
  };
  if (node_.left)
    for (plan::Slot s : node_.left->live) add(s);
  for (plan::Slot s : {node_.slot, node_.slot2, node_.rel}) add(s);
  for (plan::Slot s : node_.distinct_from) add(s);
  std::vector<plan::Slot> read;
  referenced_slots(node_, read);
  for (plan::Slot s : read) add(s);
  return out;
}

bool Operator::is_live(plan::Slot slot) const {
  return slot != plan::kNoSlot && std::find(live_.begin(), live_.end(), slot) != live_.end();
}

void Operator::clear(Batch& batch) const {
  batch.columns.assign(state_.columns, nullptr);
  batch.selection = nullptr;
  batch.count = 0;
  batch.chunk_slot = plan::kNoSlot;
}

}  // namespace elegraph::query::exec
