// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "query/exec/operators/factories.h"
#include "query/exec/operators/limit.h"
#include "query/exec/operators/sort_input.h"

namespace elegraph::query::exec {

namespace {

// ORDER BY ... LIMIT of rows that an index gives in the order of the first keys: of the run that the limit is met in no row
// is left out, and none behind it is read. How long runs are is known on average only. So nothing goes on before all wanted
// rows are there, and where the index has given too many without them, the top-k that does without it starts instead.
class IncrementalSort : public Operator {
 public:
  IncrementalSort(const plan::PhysicalNode& node, BuildContext& build)
      : Operator(node, build),
        from_index_(build),
        input_(node, live(), pointed_here(from_index_)),
        output_(state_, live()),
        without_index_(make_operator(*node.right, build)),
        limit_(make_evaluator(*node.limit, build)) {}

  void rewind() override {
    input_.restart();
    output_.restart();
    without_index_->restart();
    limit_->restart();
    started_ = ready_ = cut_short_ = false;
  }

 protected:
  Step produce(const Batch*& out) override {
    if (!started_) start();
    if (cut_short_) return without_index_->next(out);
    if (ready_) return output_.next(input_, out);
    if (Step s = input_.run(); s == Step::kYield) return s;
    if (cut_short_) {
      input_.restart();  // lets go of its rows
      return without_index_->next(out);
    }
    input_.finish();
    ready_ = true;
    return output_.next(input_, out);
  }

 private:
  BuildContext& pointed_here(BuildContext& build) {
    build.cut_short = &cut_short_;
    return build;
  }
  void start() {
    const uint64_t wanted = row_limit(*limit_, state_, "LIMIT");
    input_.want(wanted);
    cut_short_ = wanted > node_.most_rows;
    started_ = true;
  }

  bool cut_short_ = false;
  BuildContext from_index_;
  SortInput input_;
  SortOutput output_;
  OperatorPtr without_index_;
  EvaluatorPtr limit_;
  bool started_ = false;
  bool ready_ = false;
};

}  // namespace

OperatorPtr make_incremental_sort(const plan::PhysicalNode& node, BuildContext& build) {
  return std::make_unique<IncrementalSort>(node, build);
}

}  // namespace elegraph::query::exec
