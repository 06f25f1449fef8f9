// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "query/exec/operators/factories.h"
#include "query/exec/operators/groups.h"

namespace elegraph::query::exec {

namespace {

// Outer rows that follow each other, and the states of the aggregates for each.
struct OuterRows {
  uint32_t first = 0, count = 0;
  std::vector<AccumulatorPtr> accumulators;

  void restart(uint32_t at) {
    first = at, count = 0;
    for (AccumulatorPtr& a : accumulators) a->clear();
  }
  // As far as outer row `end`.
  void extend(uint32_t end) {
    count = end - first;
    for (AccumulatorPtr& a : accumulators) a->resize(count);
  }
  uint64_t bytes() const {
    uint64_t bytes = 0;
    for (const AccumulatorPtr& a : accumulators) bytes += a->bytes();
    return bytes;
  }
};

// An aggregate without keys in a subplan that runs for many outer rows at once: one row for each of these, also for those
// of which nothing comes. The outer rows' numbers are the groups. Rows come in their order, so that those before the last
// one that came are complete, and go on at once.
class RowAggregate : public Operator {
 public:
  RowAggregate(const plan::PhysicalNode& node, BuildContext& build)
      : Operator(node, build),
        argument_(*build.argument),
        child_(make_operator(*node.left, build)),
        inputs_(node, build),
        memory_(build.state),
        weighable_(std::ranges::all_of(node.aggregates, weighable)) {
    for (const plan::AggregateCall& c : node.aggregates) {
      for (OuterRows* o : {&filling_, &complete_}) o->accumulators.push_back(make_accumulator(c, build.state));
      columns_.push_back(std::make_unique<Vector>());
    }
  }

  void restart() override {
    child_->restart();
    inputs_.restart();
    filling_.restart(0), complete_.restart(0);
    memory_.release();
    next_ = 0;
    ended_ = false;
  }

  // Operator
 protected:
  Step produce(const Batch*& out) override {
    while (next_ >= complete_.count) {
      if (ended_) return Step::kDone;
      const Batch* in = nullptr;
      const uint64_t* weights = nullptr;
      Step s = weighable_ ? child_->next_weighted(in, weights) : child_->next(in);
      if (s == Step::kYield) return s;
      if (s == Step::kDone)
        ended_ = true, complete(argument_.rows.count);
      else if (in->count > 0)
        take(*in, weights);
    }
    return emit(out), Step::kBatch;
  }

 private:
  // The outer rows before `end` have all their rows.
  void complete(uint32_t end) {
    filling_.extend(end);
    std::swap(filling_, complete_);
    filling_.restart(end);
    next_ = 0;
  }

  void take(const Batch& in, const uint64_t* weights) {
    const Rows rows = Rows::of(in);
    const Vector& numbers = in.column(argument_.row_slot);
    const auto* n = numbers.data<int64_t>();
    const auto last = uint32_t(n[numbers.at(rows[rows.count - 1])]);
    uint32_t open = 0;  // the first row of the last outer one
    for (uint32_t i = 0; i < rows.count; i++) {
      const auto number = uint32_t(n[numbers.at(rows[i])]);
      groups_[i] = number - filling_.first;
      if (number != last) open = i + 1;
    }
    args_.clear();
    for (size_t i = 0; i < inputs_.args.size(); i++)
      for (Evaluator* e : {inputs_.args[i].get(), inputs_.args2[i].get()})
        args_.push_back(e ? &e->evaluate(in, rows) : nullptr);
    if (last > filling_.first) {
      filling_.extend(last);
      add({rows.rows, open}, groups_, weights);
      complete(last);
    }
    filling_.extend(last + 1);
    for (uint32_t i = open; i < rows.count; i++) rest_[i - open] = uint16_t(rows[i]);
    add({rest_, rows.count - open}, zeros_, weights);
    memory_.set(filling_.bytes() + complete_.bytes());
  }

  void add(Rows rows, const uint32_t* groups, const uint64_t* weights) {
    if (rows.count == 0) return;
    for (size_t i = 0; i < filling_.accumulators.size(); i++) {
      Accumulator& a = *filling_.accumulators[i];
      if (weights)
        a.update_weighted(args_[2 * i], rows, groups, weights);
      else
        a.update(args_[2 * i], args_[2 * i + 1], rows, groups);
    }
  }

  void emit(const Batch*& out) {
    const uint32_t count = std::min(complete_.count - next_, Vector::kCapacity);
    clear(out_);
    numbers_.reset(Type::kInt);
    auto* n = numbers_.mutable_data<int64_t>();
    for (uint32_t i = 0; i < count; i++) n[i] = complete_.first + next_ + i;
    out_.columns[argument_.row_slot] = &numbers_;
    for (size_t i = 0; i < columns_.size(); i++) {
      complete_.accumulators[i]->results(next_, count, *columns_[i]);
      out_.columns[node_.aggregates[i].slot] = columns_[i].get();
    }
    out_.count = count;
    next_ += count;
    out = &out_;
  }

  const Argument& argument_;
  OperatorPtr child_;
  GroupInputs inputs_;
  MemoryAccount memory_;
  bool weighable_;
  OuterRows filling_, complete_;     // the last outer row's rows may go on; those before it
  std::vector<const Vector*> args_;  // of a batch: two for each aggregate
  std::vector<std::unique_ptr<Vector>> columns_;
  uint32_t next_ = 0;  // of complete_
  bool ended_ = false;
  uint32_t groups_[Vector::kCapacity];
  uint32_t zeros_[Vector::kCapacity] = {};
  uint16_t rest_[Vector::kCapacity];
  Vector numbers_;
  Batch out_;
};

}  // namespace

OperatorPtr make_row_aggregate(const plan::PhysicalNode& node, BuildContext& build) {
  return std::make_unique<RowAggregate>(node, build);
}

}  // namespace elegraph::query::exec
