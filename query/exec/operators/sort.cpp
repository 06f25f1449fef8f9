// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "query/exec/operators/factories.h"
#include "query/exec/operators/limit.h"
#include "query/exec/operators/parallel.h"
#include "query/exec/operators/sort_input.h"
#include "query/exec/row_split.h"

namespace elegraph::query::exec {

namespace {

// ORDER BY.
class Sort : public Operator {
 public:
  Sort(const plan::PhysicalNode& node, BuildContext& build)
      : Operator(node, build),
        splits_(!build.argument && can_split(*node.left, state_)),
        splitter_(*node.left, build, !splits_ && node.limit),
        input_(node, live(), splitter_.build()),
        output_(state_, live()),
        limit_(node.limit ? make_evaluator(*node.limit, build) : nullptr) {}

  void rewind() override {
    splitter_.restart();
    input_.restart();
    output_.restart();
    if (limit_) limit_->restart();
    ready_ = begun_ = false;
    started_ = false;
  }

 protected:
  Step produce(const Batch*& out) override {
    if (!started_) {
      rows_wanted_ = limit_ ? row_limit(*limit_, state_, "LIMIT") : UINT64_MAX;
      input_.want(rows_wanted_);
      started_ = true;
    }
    if (!ready_) {
      Step s = take_input();
      if (s != Step::kDone) return s;
      input_.finish();
      ready_ = true;
    }
    return output_.next(input_, out);
  }

 private:
  Step take_input() {
    if (splits_) return state_.context.may_parallel ? run_parallel() : run_alone();
    if (Step s = splitter_.prepare(); s != Step::kDone) return s;
    return splitter_.in_parts() ? run_parts() : run_alone();
  }
  Step run_alone() {
    begun_ = true;
    return input_.run();
  }
  // A run that began alone, on an I/O thread, and had to leave goes on here with others.
  Step run_parallel() {
    if (Step s = splitter_.prepare_copies(); s != Step::kDone) return s;
    ParallelPipeline<SortInput> pipeline(state_);
    pipeline.share_morsels(input_, *node_.left, begun_, [&](BuildContext& build, uint32_t) { return make_part(build); });
    return put_together(pipeline);
  }
  Step run_parts() {
    if (Step s = splitter_.prepare_copies(); s != Step::kDone) return s;
    const uint32_t parts = splitter_.parts();
    ParallelPipeline<SortInput> pipeline(state_);
    pipeline.share_parts(parts, [&](BuildContext& build, uint32_t i) {
      RowSplit split = splitter_.part(i, parts);
      build.split = &split;
      return make_part(build);
    });
    return put_together(pipeline);
  }
  std::unique_ptr<SortInput> make_part(BuildContext& build) {
    splitter_.lend(build);
    auto part = std::make_unique<SortInput>(node_, live(), build);
    part->restart();
    part->want(rows_wanted_);
    return part;
  }
  Step put_together(ParallelPipeline<SortInput>& pipeline) {
    pipeline.for_each([&](SortInput& part) { input_.append(part); });
    return Step::kDone;
  }

  bool splits_;
  RowSplitter splitter_;
  SortInput input_;
  SortOutput output_;
  EvaluatorPtr limit_;
  uint64_t rows_wanted_ = UINT64_MAX;
  bool started_ = false;
  bool begun_ = false;
  bool ready_ = false;
};

}  // namespace

OperatorPtr make_sort(const plan::PhysicalNode& node, BuildContext& build) {
  if (runs_for_many(build)) return make_row_sort(node, build);
  return std::make_unique<Sort>(node, build);
}

}  // namespace elegraph::query::exec
