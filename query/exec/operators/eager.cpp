// SPDX-License-Identifier: Apache-2.0
#include <vector>

#include "query/exec/operators/factories.h"
#include "query/exec/operators/stored_rows.h"

namespace elegraph::query::exec {

namespace {

// Takes all of its input before its first row goes on, so that what comes after cannot change what is read before.
class Eager : public Operator {
 public:
  Eager(const plan::PhysicalNode& node, BuildContext& build)
      : Operator(node, build), child_(make_operator(*node.left, build)), rows_(state_, live()) {}

  void rewind() override {
    child_->restart();
    rows_.clear();
    ready_ = false;
  }

 protected:
  Step produce(const Batch*& out) override {
    while (!ready_) {
      const Batch* in = nullptr;
      Step s = child_->next(in);
      if (s == Step::kYield) return s;
      if (s == Step::kBatch)
        rows_.append(*in);
      else
        ready_ = true;
    }
    return rows_.next(out);
  }

 private:
  OperatorPtr child_;
  StoredRows rows_;
  bool ready_ = false;
};

class EmptyResult : public Operator {
 public:
  EmptyResult(const plan::PhysicalNode& node, BuildContext& build)
      : Operator(node, build), child_(make_operator(*node.left, build)) {}
  void rewind() override { child_->restart(); }

 protected:
  Step produce(const Batch*&) override {
    const Batch* in = nullptr;
    Step s;
    while ((s = child_->next(in)) == Step::kBatch) state_.check_interrupt();
    return s;
  }

 private:
  OperatorPtr child_;
};

// The left rows, then the right ones, under the slots of the union.
class Union : public Operator {
 public:
  Union(const plan::PhysicalNode& node, BuildContext& build)
      : Operator(node, build),
        left_(make_operator(*node.left, build)),
        right_(make_operator(*node.right, build)),
        cut_short_(build.cut_short) {}

  void rewind() override {
    left_->restart();
    right_->restart();
    left_done_ = false;
  }

 protected:
  Step produce(const Batch*& out) override {
    const Batch* in = nullptr;
    Step s = left_done_ ? Step::kDone : left_->next(in);
    if (s == Step::kDone) {
      left_done_ = true;
      if (cut_short_ && *cut_short_) return s;
      s = right_->next(in);
      if (s == Step::kBatch) pass(*in, node_.slots3);
    } else if (s == Step::kBatch) {
      pass(*in, node_.slots2);
    }
    out = &out_;
    return s;
  }

 private:
  // Nothing but the union's own slots is read above it, unless rows go on as they are.
  void pass(const Batch& in, const std::vector<plan::Slot>& from) {
    if (plan::keeps_slots(node_)) out_.columns = in.columns;
    out_.columns.resize(in.columns.size());
    for (size_t i = 0; i < node_.slots.size(); i++) out_.columns[node_.slots[i]] = in.columns[from[i]];
    out_.selection = in.selection, out_.count = in.count;
  }

  OperatorPtr left_, right_;
  const bool* cut_short_;
  bool left_done_ = false;
  Batch out_;
};

}  // namespace

OperatorPtr make_eager(const plan::PhysicalNode& node, BuildContext& build) { return std::make_unique<Eager>(node, build); }
OperatorPtr make_empty_result(const plan::PhysicalNode& node, BuildContext& build) {
  return std::make_unique<EmptyResult>(node, build);
}
OperatorPtr make_union(const plan::PhysicalNode& node, BuildContext& build) {
  if (runs_for_many(build)) return make_row_union(node, build);
  return std::make_unique<Union>(node, build);
}

}  // namespace elegraph::query::exec
