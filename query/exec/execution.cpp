// SPDX-License-Identifier: Apache-2.0
#include "query/exec/execution.h"

#include <optional>

#include "query/exec/operator.h"
#include "query/exec/operators/gather.h"

namespace elegraph::query::exec {

namespace {

// A statement's operators and what they share.
class PlanExecution : public Execution {
 public:
  PlanExecution(std::shared_ptr<const plan::Plan> plan, ExecutionContext& context)
      : plan_(std::move(plan)), state_(context, *plan_) {
    BuildContext build{state_, nullptr, {}};
    root_ = make_gathered(*plan_->root, build);
    restart();
  }

  Step next(const Batch*& out) override {
    std::optional<StatementValues> values;
    if (state_.context.memory) values.emplace(state_.context);
    Step s = root_->next(out);
    if (s == Step::kDone) state_.dense->clear();  // the operators may wait for their next run for long
    return s;
  }

  void restart() override {
    state_.restart();
    root_->restart();
  }

 private:
  std::shared_ptr<const plan::Plan> plan_;  // outlives the operators, which refer to its nodes
  State state_;
  OperatorPtr root_;
};

}  // namespace

std::unique_ptr<Execution> make_execution(std::shared_ptr<const plan::Plan> plan, ExecutionContext& context) {
  return std::make_unique<PlanExecution>(std::move(plan), context);
}

}  // namespace elegraph::query::exec
