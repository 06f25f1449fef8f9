// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <vector>

#include "query/exec/held_batch.h"
#include "query/exec/operators/factories.h"

namespace elegraph::query::exec {

namespace {

// A product whose left side has one row at most: the right side's rows go through as they come, with that row's columns
// beside them, so that nothing is kept and columns are read where they lie.
class OneRowProduct : public Operator {
 public:
  OneRowProduct(const plan::PhysicalNode& node, BuildContext& build)
      : Operator(node, build), left_(make_operator(*node.left, build)), right_(make_operator(*node.right, build)) {
    for (size_t i = 0; i < live().size(); i++) columns_.push_back(std::make_unique<Vector>());
  }

  void rewind() override {
    left_->restart(), right_->restart();
    asked_ = has_row_ = false;
  }

 protected:
  Step produce(const Batch*& out) override {
    if (Step s = ask_left(); s != Step::kBatch) return s;
    const Batch* right = nullptr;
    if (Step s = right_->next(right); s != Step::kBatch) return s;
    out_ = *right;
    for (size_t i = 0; i < live().size(); i++)
      if (const plan::Slot s = live()[i]; s < row_.batch().columns.size() && row_.batch().columns[s])
        out_.columns[s] = columns_[i].get();
    return out = &out_, Step::kBatch;
  }
  Step produce_count(uint64_t& rows) override {
    if (Step s = ask_left(); s != Step::kBatch) return s;
    return right_->next_count(rows);
  }

 private:
  // kBatch: the row is there.
  Step ask_left() {
    while (!asked_) {
      const Batch* in = nullptr;
      const Step s = left_->next(in);
      if (s == Step::kYield) return s;
      if (s == Step::kBatch && in->count > 0) take(*in);
      asked_ = s == Step::kDone;
    }
    return has_row_ ? Step::kBatch : Step::kDone;
  }
  void take(const Batch& in) {
    row_.hold(in, 0, live());
    for (size_t i = 0; i < live().size(); i++)
      if (const Vector* v = row_.batch().columns[live()[i]]) columns_[i]->set_constant(v->value(0));
    has_row_ = true;
  }

  OperatorPtr left_, right_;
  HeldBatch row_;
  std::vector<std::unique_ptr<Vector>> columns_;  // parallel to live(), for those of the row
  bool asked_ = false, has_row_ = false;
  Batch out_;
};

}  // namespace

OperatorPtr make_one_row_product(const plan::PhysicalNode& node, BuildContext& build) {
  return std::make_unique<OneRowProduct>(node, build);
}

}  // namespace elegraph::query::exec
