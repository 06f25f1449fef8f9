// SPDX-License-Identifier: Apache-2.0
#include "query/exec/operators/groups.h"

#include <utility>

namespace elegraph::query::exec {

GroupInputs::GroupInputs(const plan::PhysicalNode& node, BuildContext& build)
    : keys(make_evaluators(node.expressions, build)) {
  for (const plan::AggregateCall& c : node.aggregates) {
    args.push_back(c.arg ? make_evaluator(*c.arg, build) : nullptr);
    args2.push_back(c.arg2 ? make_evaluator(*c.arg2, build) : nullptr);
  }
}

void GroupInputs::restart() { restart_all(keys), restart_all(args), restart_all(args2); }

void Groups::clear() {
  table_.clear();
  accumulators_.clear();
}

void Groups::restart() {
  clear();
  for (const plan::AggregateCall& c : node_.aggregates) accumulators_.push_back(make_accumulator(c, state_));
  if (keyless()) resize();
}

void Groups::reuse() {
  table_.reuse();
  for (AccumulatorPtr& a : accumulators_) a->clear();
  if (keyless()) resize();
}

void Groups::resize() {
  for (AccumulatorPtr& a : accumulators_) a->resize(size());
}

void Groups::take(GroupInputs& inputs, const Batch& in, Rows rows, const uint64_t* weights) {
  if (rows.count == 0) return;
  const uint32_t* groups = nullptr;
  if (!keyless()) {
    numbers_.resize(Vector::kCapacity);
    columns_.clear();
    for (EvaluatorPtr& k : inputs.keys) columns_.push_back(&k->evaluate(in, rows));
    table_.find(columns_, rows, numbers_.data());
    groups = numbers_.data();
    resize();
  }
  for (size_t i = 0; i < accumulators_.size(); i++) {
    const Vector* arg = inputs.args[i] ? &inputs.args[i]->evaluate(in, rows) : nullptr;
    const Vector* arg2 = inputs.args2[i] ? &inputs.args2[i]->evaluate(in, rows) : nullptr;
    if (weights)
      accumulators_[i]->update_weighted(arg, rows, groups, weights);
    else
      accumulators_[i]->update(arg, arg2, rows, groups);
  }
}

void Groups::merge(Groups& other) {
  std::vector<uint32_t> map{0};
  if (!keyless()) map = table_.merge(other.table_);
  resize();
  for (size_t i = 0; i < accumulators_.size(); i++)
    accumulators_[i]->merge(*other.accumulators_[i], map.data(), uint32_t(map.size()));
}

void Groups::swap(Groups& other) {
  std::swap(table_, other.table_);
  std::swap(accumulators_, other.accumulators_);
}

uint64_t Groups::bytes() const {
  uint64_t bytes = table_.bytes();
  for (const AccumulatorPtr& a : accumulators_) bytes += a->bytes();
  return bytes;
}

}  // namespace elegraph::query::exec
