// SPDX-License-Identifier: Apache-2.0
#include "query/exec/operators/source.h"

#include "query/exec/expressions/referenced.h"

namespace elegraph::query::exec {

namespace {

std::vector<plan::Slot> needed_slots(const plan::PhysicalNode& node) {
  std::vector<plan::Slot> out = node.live;
  referenced_slots(node, out);
  return out;
}

}  // namespace

SourceOperator::SourceOperator(const plan::PhysicalNode& node, BuildContext& build)
    : Operator(node, build), outer_(build.state, build.argument, needed_slots(node)), unwanted_(build) {}

void SourceOperator::rewind() {
  outer_.restart();
  running_ = false;
}

bool SourceOperator::advance() {
  if (running_ && !unwanted_.has_number(outer_number())) return true;
  if (!outer_.next()) return false;
  start();
  return running_ = true;
}

void SourceOperator::clear_output() {
  out_.columns = outer_.batch().columns;
  out_.selection = nullptr;
  out_.count = 0;
  out_.chunk_slot = plan::kNoSlot;
}

Step SourceOperator::produce(const Batch*& out) {
  while (!state_.out_of_budget()) {
    if (!advance()) return Step::kDone;
    clear_output();
    if (!more(out_)) {
      end_row();
    } else if (out_.count) {
      state_.touch(out_.count);
      return out = &out_, Step::kBatch;
    }
    state_.touch(1);
  }
  return Step::kYield;
}

bool SourceOperator::more_count(uint64_t& rows) {
  clear_output();
  bool any = more(out_);
  rows = any ? out_.count : 0;
  return any;
}

Step SourceOperator::produce_count(uint64_t& rows) {
  while (!state_.out_of_budget()) {
    if (!advance()) return Step::kDone;
    if (!more_count(rows)) {
      end_row();
    } else if (rows) {
      state_.touch(rows / 16 + 1);
      return Step::kBatch;
    }
    state_.touch(1);
  }
  return Step::kYield;
}

}  // namespace elegraph::query::exec
