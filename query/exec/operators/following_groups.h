// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "query/exec/operators/factories.h"
#include "query/exec/operators/groups.h"
#include "query/exec/operators/last_rows.h"

namespace elegraph::query::exec {

// The states of a node's aggregates for some groups.
struct GroupStates {
  GroupStates(const plan::PhysicalNode& node, State& state) {
    for (const plan::AggregateCall& c : node.aggregates) accumulators.push_back(make_accumulator(c, state));
  }
  void clear() {
    for (AccumulatorPtr& a : accumulators) a->clear();
  }
  uint64_t bytes() const {
    uint64_t bytes = 0;
    for (const AccumulatorPtr& a : accumulators) bytes += a->bytes();
    return bytes;
  }

  std::vector<AccumulatorPtr> accumulators;
};

// Base of the aggregates whose groups follow each other: the rows of each stretch of groups come together, so that with
// each batch all stretches before the last one are complete, and go on.
//
// What a group is, `G` knows: GroupStates with a size(), a clear() and bytes() of all.
template <class G>
class FollowingGroups : public Operator {
 public:
  FollowingGroups(const plan::PhysicalNode& node, BuildContext& build)
      : Operator(node, build),
        child_(make_operator(*node.left, build)),
        inputs_(node, build),
        filling_(node, build.state),
        complete_(node, build.state),
        memory_(build.state),
        weighable_(std::ranges::all_of(node.aggregates, weighable)) {
    for (size_t i = 0; i < node.aggregates.size(); i++) results_.push_back(std::make_unique<Vector>());
  }

  void rewind() override {
    child_->restart();
    inputs_.restart();
    filling_.clear(), complete_.clear();
    memory_.release();
    next_ = 0;
    ended_ = false;
  }

 protected:
  // Adds the rows of a batch, of which there are some.
  virtual void take(const Batch& in, const uint64_t* weights) = 0;
  virtual void end() { complete(); }
  // Those of `count` complete groups, from `first` on, into out_.
  virtual void put_keys(uint32_t first, uint32_t count) = 0;
  virtual Step after_the_last(const Batch*&) { return Step::kDone; }

  Step produce(const Batch*& out) override {
    while (next_ >= complete_.size()) {
      if (ended_) return after_the_last(out);
      const Batch* in = nullptr;
      const uint64_t* weights = nullptr;
      const Step s = weighable_ ? child_->next_weighted(in, weights) : child_->next(in);
      if (s == Step::kYield) return s;
      if (s == Step::kDone)
        ended_ = true, end();
      else if (in->count > 0)
        take(*in, weights);
    }
    return emit(out), Step::kBatch;
  }

  // What is filled up to now has all its rows.
  void complete() {
    std::swap(filling_, complete_);
    filling_.clear();
    next_ = 0;
  }

  void evaluate_arguments(const Batch& in, Rows rows) {
    args_.clear();
    for (size_t i = 0; i < inputs_.args.size(); i++)
      for (Evaluator* e : {inputs_.args[i].get(), inputs_.args2[i].get()})
        args_.push_back(e ? &e->evaluate(in, rows) : nullptr);
  }

  // To what is filled: groups[i] is the group of rows[i].
  void add(Rows rows, const uint32_t* groups, const uint64_t* weights) {
    for (size_t i = 0; i < filling_.accumulators.size(); i++) {
      Accumulator& a = *filling_.accumulators[i];
      a.resize(uint32_t(filling_.size()));
      if (rows.count == 0) continue;
      if (weights)
        a.update_weighted(args_[2 * i], rows, groups, weights);
      else
        a.update(args_[2 * i], args_[2 * i + 1], rows, groups);
    }
  }

  uint64_t bytes() const { return filling_.bytes() + complete_.bytes(); }

  OperatorPtr child_;
  GroupInputs inputs_;
  G filling_, complete_;  // the last stretch's rows may go on; those before it
  MemoryAccount memory_;
  LastRows last_rows_;
  Batch out_;

 private:
  void emit(const Batch*& out) {
    const auto count = uint32_t(std::min<size_t>(complete_.size() - next_, Vector::kCapacity));
    clear(out_);
    out_.count = count;
    put_keys(next_, count);
    for (size_t i = 0; i < results_.size(); i++) {
      complete_.accumulators[i]->results(next_, count, *results_[i]);
      out_.columns[node_.aggregates[i].slot] = results_[i].get();
    }
    next_ += count;
    out = &out_;
  }

  bool weighable_;
  std::vector<const Vector*> args_;  // of a batch: two for each aggregate
  std::vector<std::unique_ptr<Vector>> results_;
  uint32_t next_ = 0;  // of complete_
  bool ended_ = false;
};

}  // namespace elegraph::query::exec
