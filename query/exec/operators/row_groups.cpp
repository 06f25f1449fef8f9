// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "query/exec/columns.h"
#include "query/exec/operators/factories.h"
#include "query/exec/operators/groups.h"

namespace elegraph::query::exec {

namespace {

// The groups of some outer rows, whose numbers are a key behind the others.
struct RowGroups {
  RowGroups(const plan::PhysicalNode& node, State& state) : table(uint32_t(node.expressions.size() + 1)) {
    for (const plan::AggregateCall& c : node.aggregates) accumulators.push_back(make_accumulator(c, state));
  }
  void restart() {
    table.reuse();
    for (AccumulatorPtr& a : accumulators) a->clear();
  }
  uint64_t bytes() const {
    uint64_t bytes = table.bytes();
    for (const AccumulatorPtr& a : accumulators) bytes += a->bytes();
    return bytes;
  }

  GroupTable table;
  std::vector<AccumulatorPtr> accumulators;
};

// An aggregate with keys in a subplan that runs for many outer rows at once: groups of the rows of each outer one. These
// come together, so that the groups of those before the last one are complete with each batch, and go on.
class RowGroupAggregate : public Operator {
 public:
  RowGroupAggregate(const plan::PhysicalNode& node, BuildContext& build)
      : Operator(node, build),
        argument_(*build.argument),
        child_(make_operator(*node.left, build)),
        inputs_(node, build),
        memory_(build.state),
        weighable_(std::ranges::all_of(node.aggregates, weighable)),
        filling_(node, build.state),
        complete_(node, build.state) {
    for (size_t i = 0; i < node.slots.size() + node.aggregates.size(); i++) columns_.push_back(std::make_unique<Vector>());
  }

  void restart() override {
    child_->restart();
    inputs_.restart();
    filling_.restart(), complete_.restart();
    memory_.release();
    next_ = 0;
    last_ = -1;
    ended_ = false;
  }

 protected:
  Step produce(const Batch*& out) override {
    while (next_ >= complete_.table.size()) {
      if (ended_) return Step::kDone;
      const Batch* in = nullptr;
      const uint64_t* weights = nullptr;
      const Step s = weighable_ ? child_->next_weighted(in, weights) : child_->next(in);
      if (s == Step::kYield) return s;
      if (s == Step::kDone)
        ended_ = true, complete();
      else if (in->count > 0)
        take(*in, weights);
    }
    return emit(out), Step::kBatch;
  }

 private:
  void complete() {
    std::swap(filling_, complete_);
    filling_.restart();
    next_ = 0;
  }

  void take(const Batch& in, const uint64_t* weights) {
    state_.check_interrupt();
    const Rows rows = Rows::of(in);
    const Vector& numbers = in.column(argument_.row_slot);
    const auto number = [&](uint32_t i) { return numbers.data<int64_t>()[numbers.at(rows[i])]; };
    keys_.clear(), args_.clear();
    for (EvaluatorPtr& k : inputs_.keys) keys_.push_back(&k->evaluate(in, rows));
    keys_.push_back(&numbers);
    for (size_t i = 0; i < inputs_.args.size(); i++)
      for (Evaluator* e : {inputs_.args[i].get(), inputs_.args2[i].get()})
        args_.push_back(e ? &e->evaluate(in, rows) : nullptr);
    const int64_t last = number(rows.count - 1);
    uint32_t open = rows.count;  // the first row of the last outer one
    while (open > 0 && number(open - 1) == last) open--;
    for (uint32_t i = 0; i < rows.count; i++) rows_[i] = uint16_t(rows[i]);
    add({rows_, open}, weights);
    if (last != last_) complete();
    last_ = last;
    add({rows_ + open, rows.count - open}, weights);
    memory_.set(filling_.bytes() + complete_.bytes());
  }

  void add(Rows rows, const uint64_t* weights) {
    if (rows.count == 0) return;
    filling_.table.find(keys_, rows, groups_);
    for (size_t i = 0; i < filling_.accumulators.size(); i++) {
      Accumulator& a = *filling_.accumulators[i];
      a.resize(filling_.table.size());
      if (weights)
        a.update_weighted(args_[2 * i], rows, groups_, weights);
      else
        a.update(args_[2 * i], args_[2 * i + 1], rows, groups_);
    }
  }

  void emit(const Batch*& out) {
    const uint32_t count = std::min(complete_.table.size() - next_, Vector::kCapacity);
    const auto keys = uint32_t(node_.slots.size());
    clear(out_);
    numbers_.reset(Type::kInt);
    auto* n = numbers_.mutable_data<int64_t>();
    for (uint32_t i = 0; i < count; i++) n[i] = complete_.table.key(next_ + i, keys).as_int();
    out_.columns[argument_.row_slot] = &numbers_;
    for (uint32_t k = 0; k < keys; k++) {
      ColumnWriter writer(*columns_[k]);
      for (uint32_t i = 0; i < count; i++) writer.put(i, complete_.table.key(next_ + i, k));
      writer.finish();
      out_.columns[node_.slots[k]] = columns_[k].get();
    }
    for (size_t i = 0; i < node_.aggregates.size(); i++) {
      complete_.accumulators[i]->results(next_, count, *columns_[keys + i]);
      out_.columns[node_.aggregates[i].slot] = columns_[keys + i].get();
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
  RowGroups filling_, complete_;            // the last outer row's rows may go on; those before it
  int64_t last_ = -1;                       // that outer row
  std::vector<const Vector*> keys_, args_;  // of a batch: args_ are two for each aggregate
  std::vector<std::unique_ptr<Vector>> columns_;
  uint32_t next_ = 0;  // of complete_
  bool ended_ = false;
  uint16_t rows_[Vector::kCapacity];
  uint32_t groups_[Vector::kCapacity];
  Vector numbers_;
  Batch out_;
};

}  // namespace

OperatorPtr make_row_groups(const plan::PhysicalNode& node, BuildContext& build) {
  return std::make_unique<RowGroupAggregate>(node, build);
}

}  // namespace elegraph::query::exec
