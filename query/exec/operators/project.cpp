// SPDX-License-Identifier: Apache-2.0
#include "query/exec/evaluator.h"
#include "query/exec/operators/factories.h"

namespace elegraph::query::exec {

namespace {

class Project : public Operator {
 public:
  Project(const plan::PhysicalNode& node, BuildContext& build)
      : Operator(node, build), child_(make_operator(*node.left, build)), expressions_(make_evaluators(node.expressions, build)) {}

  void restart() override {
    child_->restart();
    restart_all(expressions_);
  }

  // Operator
 protected:
  Step produce(const Batch*& out) override {
    const Batch* in = nullptr;
    Step s = child_->next(in);
    if (s != Step::kBatch) return s;
    out_ = *in;
    for (size_t i = 0; i < expressions_.size(); i++)
      out_.columns[node_.slots[i]] = &expressions_[i]->evaluate(*in, Rows::of(*in));
    return out = &out_, Step::kBatch;
  }

 private:
  OperatorPtr child_;
  std::vector<EvaluatorPtr> expressions_;
  Batch out_;
};

}  // namespace

OperatorPtr make_project(const plan::PhysicalNode& node, BuildContext& build) {
  return std::make_unique<Project>(node, build);
}

}  // namespace elegraph::query::exec
