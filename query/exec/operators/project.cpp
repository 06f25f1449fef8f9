// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <numeric>

#include "query/exec/evaluator.h"
#include "query/exec/held_batch.h"
#include "query/exec/operators/factories.h"
#include "query/exec/row_width.h"

namespace elegraph::query::exec {

namespace {

// Adds computed columns. Where they may be long, so few rows at a time that their values take about kBatchBytes: the
// first kFirstRows rows show how wide they are, and each batch after the one before it.
class Project : public Operator {
 public:
  Project(const plan::PhysicalNode& node, BuildContext& build)
      : Operator(node, build),
        child_(make_operator(*node.left, build)),
        expressions_(make_evaluators(node.expressions, build)) {
    bounded_ = std::any_of(node.expressions.begin(), node.expressions.end(), [](auto& e) { return may_be_long(*e); });
  }

  void rewind() override {
    child_->restart();
    restart_all(expressions_);
    most_rows_ = kFirstRows;
    next_ = held_.batch().count;
  }

  // Operator
 protected:
  Step produce_weighted(const Batch*& out, const uint64_t*& weights) override {
    if (bounded_) return Operator::produce_weighted(out, weights);  // some of a batch may be held back
    const Batch* in = nullptr;
    Step s = child_->next_weighted(in, weights);
    if (s != Step::kBatch) return s;
    out_ = *in;
    evaluate(out_);
    return out = &out_, s;
  }
  Step produce(const Batch*& out) override {
    if (next_ < held_.batch().count) return evaluate(rest()), out = &out_, Step::kBatch;
    const Batch* in = nullptr;
    Step s = child_->next(in);
    if (s != Step::kBatch) return s;
    out_ = *in;
    if (bounded_ && in->count > most_rows_) {
      out_.count = most_rows_;
      held_.hold(*in, most_rows_, input_slots());
      next_ = 0;
    }
    evaluate(out_);
    return out = &out_, Step::kBatch;
  }

 private:
  static constexpr uint32_t kFirstRows = 16;
  static constexpr uint64_t kBatchBytes = 4u << 20;

  // Some of the rows that were held back, in out_.
  Batch& rest() {
    const Batch& held = held_.batch();
    const uint32_t count = std::min(most_rows_, held.count - next_);
    selection_.resize(count);
    std::iota(selection_.begin(), selection_.end(), uint16_t(next_));
    out_ = held;
    out_.selection = selection_.data();
    out_.count = count;
    next_ += count;
    return out_;
  }

  void evaluate(Batch& batch) {
    uint64_t bytes = 0;
    for (size_t i = 0; i < expressions_.size(); i++) {
      const Vector& made = expressions_[i]->evaluate(batch, Rows::of(batch));
      if (bounded_) bytes += long_bytes(made, Rows::of(batch));
      made_.push_back(&made);
    }
    for (size_t i = 0; i < made_.size(); i++) batch.columns[node_.slots[i]] = made_[i];
    made_.clear();
    if (bounded_ && batch.count > 0) {
      const uint64_t width = std::max<uint64_t>(bytes / batch.count, 1);
      most_rows_ = uint32_t(std::clamp<uint64_t>(kBatchBytes / width, 1, Vector::kCapacity));
    }
  }

  OperatorPtr child_;
  std::vector<EvaluatorPtr> expressions_;
  bool bounded_ = false;
  uint32_t most_rows_ = kFirstRows;
  HeldBatch held_;
  uint32_t next_ = 0;  // of held_
  std::vector<uint16_t> selection_;
  std::vector<const Vector*> made_;
  Batch out_;
};

}  // namespace

OperatorPtr make_project(const plan::PhysicalNode& node, BuildContext& build) {
  return std::make_unique<Project>(node, build);
}

}  // namespace elegraph::query::exec
