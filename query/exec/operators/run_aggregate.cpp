// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <memory>
#include <vector>

#include "query/exec/columns.h"
#include "query/exec/operators/factories.h"
#include "query/exec/operators/groups.h"

namespace elegraph::query::exec {

namespace {

// GROUP BY where rows that are alike in the first key come together: when another value of it has come, the groups of those
// before are complete. They go on at once, so that under a LIMIT the rest of the input is never read.
class RunAggregate : public Operator {
 public:
  RunAggregate(const plan::PhysicalNode& node, BuildContext& build)
      : Operator(node, build),
        child_(make_operator(*node.left, build)),
        inputs_(node, build),
        runs_(1, GroupTable::Keep::kNumbers),
        filling_(node, build.state),
        complete_(node, build.state),
        memory_(build.state) {
    for (size_t i = 0; i < node.slots.size() + node.aggregates.size(); i++) columns_.push_back(std::make_unique<Vector>());
  }

  void rewind() override {
    child_->restart();
    inputs_.restart();
    filling_.restart(), complete_.restart();
    memory_.release();
    next_ = 0;
    ended_ = false;
  }

  // Operator
 protected:
  Step produce(const Batch*& out) override {
    while (next_ >= complete_.size()) {
      if (ended_) return Step::kDone;
      const Batch* in = nullptr;
      Step s = child_->next(in);
      if (s == Step::kYield) return s;
      if (s == Step::kDone)
        ended_ = true, complete();
      else
        take(*in);
      memory_.set(filling_.bytes() + complete_.bytes());
    }
    return emit(out), Step::kBatch;
  }

 private:
  // What is filled up to now has all its rows.
  void complete() {
    filling_.swap(complete_);
    filling_.reuse();
    next_ = 0;
  }

  void take(const Batch& in) {
    const Rows all = Rows::of(in);
    const uint32_t last = start_of_last_run(in, all);
    if (last == 0) return filling_.take(inputs_, in, all);
    filling_.take(inputs_, in, {all.rows, last});
    complete();
    for (uint32_t i = last; i < all.count; i++) rest_[i - last] = uint16_t(all[i]);
    filling_.take(inputs_, in, {rest_, all.count - last});
  }

  // The number of the first row that belongs to the same run as the last one. Where that is 0, it may still be another run
  // than what is filled up to now: those are then complete a batch later.
  uint32_t start_of_last_run(const Batch& in, Rows rows) {
    const Vector* key = &inputs_.keys[0]->evaluate(in, rows);
    runs_.reuse();
    runs_.find({&key, 1}, rows, numbers_);
    uint32_t i = rows.count - 1;
    while (i > 0 && numbers_[i - 1] == numbers_[rows.count - 1]) i--;
    return i;
  }

  void emit(const Batch*& out) {
    const uint32_t n = std::min(complete_.size() - next_, Vector::kCapacity);
    clear(out_);
    const size_t keys = node_.slots.size();
    for (size_t c = 0; c < columns_.size(); c++) {
      ColumnWriter writer(*columns_[c]);
      for (uint32_t i = 0; i < n; i++)
        writer.put(i, c < keys ? complete_.key(next_ + i, uint32_t(c)) : complete_.result(next_ + i, uint32_t(c - keys)));
      writer.finish();
      out_.columns[c < keys ? node_.slots[c] : node_.aggregates[c - keys].slot] = columns_[c].get();
    }
    out_.count = n;
    next_ += n;
    out = &out_;
  }

  OperatorPtr child_;
  GroupInputs inputs_;
  GroupTable runs_;            // of a batch
  Groups filling_, complete_;  // the run that may go on, and those before it
  MemoryAccount memory_;
  std::vector<std::unique_ptr<Vector>> columns_;
  uint32_t next_ = 0;  // of complete_
  bool ended_ = false;
  uint32_t numbers_[Vector::kCapacity];
  uint16_t rest_[Vector::kCapacity];
  Batch out_;
};

}  // namespace

OperatorPtr make_run_aggregate(const plan::PhysicalNode& node, BuildContext& build) {
  return std::make_unique<RunAggregate>(node, build);
}

}  // namespace elegraph::query::exec
