// SPDX-License-Identifier: Apache-2.0
#include "query/exec/evaluator.h"
#include "query/exec/operators/factories.h"
#include "query/exec/weights.h"

namespace elegraph::query::exec {

namespace {

// Keeps the rows for which every predicate is true: narrows the selection, copies nothing.
class Filter : public Operator {
 public:
  Filter(const plan::PhysicalNode& node, BuildContext& build)
      : Operator(node, build),
        child_(make_operator(*node.left, build)),
        predicates_(make_evaluators(node.expressions, build)) {}

  void rewind() override {
    child_->restart();
    restart_all(predicates_);
  }

  // Operator
 protected:
  Step produce(const Batch*& out) override {
    return select(out, [this](const Batch*& in) { return child_->next(in); });
  }
  Step produce_weighted(const Batch*& out, const uint64_t*& weights) override {
    return select(out, [&](const Batch*& in) { return child_->next_weighted(in, weights); });
  }

  Step produce_count(uint64_t& count) override {
    const Batch* in = nullptr;
    const uint64_t* weights = nullptr;
    Step s = child_->next_weighted(in, weights);
    if (s != Step::kBatch) return s;
    if (weights) return count = count_weighted(*in, weights), s;
    if (predicates_.empty()) return count = in->count, s;
    Rows rows = narrow(*in, predicates_.size() - 1);
    count = rows.count ? predicates_.back()->count(*in, rows) : 0;
    return s;
  }

 private:
  template <class Next>
  Step select(const Batch*& out, Next&& next) {
    for (;;) {
      const Batch* in = nullptr;
      Step s = next(in);
      if (s != Step::kBatch) return s;
      Rows rows = narrow(*in, predicates_.size());
      if (rows.count == 0) continue;
      out_ = *in;
      out_.selection = rows.rows;
      out_.count = rows.count;
      return out = &out_, Step::kBatch;
    }
  }

  uint64_t count_weighted(const Batch& in, const uint64_t* weights) {
    uint64_t count = 0;
    for_rows(narrow(in, predicates_.size()), [&](uint32_t row) { count = plus(count, weights[row]); });
    return count;
  }
  Rows narrow(const Batch& in, size_t predicates) {
    Rows rows = Rows::of(in);
    for (size_t i = 0; i < predicates && rows.count; i++) rows = {kept_, predicates_[i]->select(in, rows, kept_)};
    return rows;
  }

  OperatorPtr child_;
  std::vector<EvaluatorPtr> predicates_;
  Batch out_;
  uint16_t kept_[Vector::kCapacity];
};

}  // namespace

OperatorPtr make_filter(const plan::PhysicalNode& node, BuildContext& build) {
  return std::make_unique<Filter>(node, build);
}

}  // namespace elegraph::query::exec
