// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <memory>
#include <vector>

#include "query/exec/evaluator.h"
#include "query/exec/operators/factories.h"
#include "query/exec/operators/limit.h"
#include "query/exec/operators/parallel.h"
#include "query/exec/operators/row_keys.h"
#include "query/exec/row_split.h"

namespace elegraph::query::exec {

namespace {

// The input side of a sort: runs the child to its end into a store. With a limit it keeps a few times the rows that are
// asked for and throws the others away (top-k). One per worker.
class SortInput {
 public:
  // `slots`: what is read of the sorted rows.
  SortInput(const plan::PhysicalNode& node, const std::vector<plan::Slot>& slots, BuildContext& build)
      : node_(node),
        slots_(slots),
        state_(build.state),
        child_(make_operator(*node.left, build)),
        store_(std::make_unique<RowStore>(state_, columns())),
        order_memory_(state_) {
    for (const plan::SortKey& k : node.sort) keys_.push_back(make_evaluator(*k.expression, build));
  }

  void restart() {
    child_->restart();
    restart_all(keys_);
    store_->clear();
    order_.clear();
    order_memory_.release();
    worst_ = Value();
  }
  // REQUIRED before the first step().
  void want(uint64_t rows) { rows_wanted_ = rows; }

  // Sink. kDone: all input is in; kYield: call again.
  Step run() {
    Step s = Step::kBatch;
    while (s == Step::kBatch) s = step();
    return s;
  }
  // One batch of it.
  Step step() {
    const Batch* in = nullptr;
    Step s = child_->next(in);
    if (s == Step::kBatch) take(*in);
    return s;
  }
  // The other one's rows come behind these.
  void append(SortInput& other) {
    state_.check_interrupt();
    if (other.store_->size() > rows_wanted_) other.prune();
    for (uint32_t b = 0; b < other.store_->blocks(); b++) {
      std::vector<const Vector*> columns;
      for (uint32_t c = 0; c < this->columns(); c++) columns.push_back(&other.store_->column(b, c));
      if (other.store_->block_rows(b)) store_->append(columns, {nullptr, other.store_->block_rows(b)});
    }
    other.store_->clear();
  }
  void finish() { sort_rows(); }

  // In their order, as many as are wanted.
  uint64_t rows() const { return order_.size(); }
  // Of the slot number `slot`, the values of the rows from `first` on.
  void gather(uint32_t slot, uint64_t first, uint32_t count, Vector& out) const {
    store_->gather(uint32_t(node_.sort.size()) + slot, order_.data() + first, count, out);
  }

 private:
  uint32_t columns() const { return uint32_t(node_.sort.size() + slots_.size()); }

  void take(const Batch& in) {
    state_.check_interrupt();
    if (rows_wanted_ == 0) return;
    // Most rows of a top-k fall by their first key; the others are not computed for them.
    std::vector<const Vector*> columns{&keys_[0]->evaluate(in, Rows::of(in))};
    Rows rows = promising(*columns[0], Rows::of(in));
    if (rows.count == 0) return;
    for (size_t k = 1; k < keys_.size(); k++) columns.push_back(&keys_[k]->evaluate(in, rows));
    for (plan::Slot slot : slots_) columns.push_back(in.columns[slot]);
    store_->append(columns, rows);
    if (rows_wanted_ <= store_->size() / 4 && store_->size() > 2 * RowStore::kBlockRows) prune();
  }

  // The rows whose first key is not behind that of the worst row kept: of integers and strings, once there was a prune().
  Rows promising(const Vector& key, Rows rows) {
    if (worst_.is_null() || key.type() != worst_.type() || !key.all_valid() || key.constant()) return rows;
    switch (key.type()) {
      case Type::kInt: return not_behind(rows, worst_.as_int(), [&](uint32_t row) { return key.data<int64_t>()[row]; });
      case Type::kString:
        return not_behind(rows, worst_.as_string(), [&](uint32_t row) { return key.strings()[row].view(); });
      default: return rows;
    }
  }

  template <class Bound, class Cell>
  Rows not_behind(Rows rows, const Bound& bound, Cell cell) {
    uint32_t n = 0;
    const bool descending = node_.sort[0].descending;
    for_rows(rows, [&](uint32_t row) {
      promising_[n] = uint16_t(row);
      n += descending ? cell(row) >= bound : cell(row) <= bound;
    });
    return {promising_, n};
  }

  void sort_rows() {
    order_memory_.set(RowSorter::bytes(store_->size()));
    order_ = RowSorter(*store_, node_.sort).sorted(rows_wanted_);
  }

  // Keeps the best rows only.
  void prune() {
    sort_rows();
    auto best = std::make_unique<RowStore>(state_, columns());
    std::vector<const Vector*> columns(this->columns());
    for (uint32_t row : order_) {
      for (uint32_t c = 0; c < columns.size(); c++) columns[c] = &store_->column(row / RowStore::kBlockRows, c);
      uint16_t only = uint16_t(row % RowStore::kBlockRows);
      best->append(columns, {&only, 1});
    }
    store_ = std::move(best);
    uint64_t last = store_->size() - 1;
    worst_ = store_->column(uint32_t(last / RowStore::kBlockRows), 0).value(last % RowStore::kBlockRows);
  }

  const plan::PhysicalNode& node_;
  const std::vector<plan::Slot>& slots_;
  State& state_;
  OperatorPtr child_;
  std::vector<EvaluatorPtr> keys_;
  std::unique_ptr<RowStore> store_;  // the keys, then the slots
  MemoryAccount order_memory_;
  std::vector<uint32_t> order_;
  uint64_t rows_wanted_ = UINT64_MAX;
  Value worst_;  // the first key of the last row kept by prune()
  uint16_t promising_[Vector::kCapacity];
};

// ORDER BY.
class Sort : public Operator {
 public:
  Sort(const plan::PhysicalNode& node, BuildContext& build)
      : Operator(node, build),
        splits_(!build.argument && node.limit && has_node_groups(*node.left) && can_split(*node.left, state_.plan)),
        splitter_(*node.left, build, !splits_ && node.limit),
        input_(node, live(), splitter_.build()),
        limit_(node.limit ? make_evaluator(*node.limit, build) : nullptr) {
    for (uint32_t i = 0; i < live().size(); i++) out_columns_.push_back(std::make_unique<Vector>());
  }

  void restart() override {
    splitter_.restart();
    input_.restart();
    if (limit_) limit_->restart();
    ready_ = begun_ = false;
    next_ = 0;
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
    return emit(out);
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
  // A run that began alone, on an I/O thread, and had to leave starts again here with all workers.
  Step run_parallel() {
    if (begun_) input_.restart();
    begun_ = false;
    ParallelWorkers<SortInput> workers(state_, [&](BuildContext& build, uint32_t) { return make_part(build); });
    return put_together(workers);
  }
  Step run_parts() {
    const uint32_t parts = state_.context.arena->workers();
    ParallelWorkers<SortInput> workers(state_, [&](BuildContext& build, uint32_t i) {
      RowSplit split = splitter_.part(i, parts);
      build.split = &split;
      return make_part(build);
    });
    return put_together(workers);
  }
  std::unique_ptr<SortInput> make_part(BuildContext& build) {
    auto part = std::make_unique<SortInput>(node_, live(), build);
    part->restart();
    part->want(rows_wanted_);
    return part;
  }
  Step put_together(ParallelWorkers<SortInput>& workers) {
    workers.run();
    for (SortInput* part : workers.parts()) input_.append(*part);
    return Step::kDone;
  }

  // Source
  Step emit(const Batch*& out) {
    if (next_ >= input_.rows()) return Step::kDone;
    const auto n = uint32_t(std::min<uint64_t>(input_.rows() - next_, Vector::kCapacity));
    clear(out_);
    for (uint32_t c = 0; c < live().size(); c++) {
      input_.gather(c, next_, n, *out_columns_[c]);
      out_.columns[live()[c]] = out_columns_[c].get();
    }
    out_.count = n;
    next_ += n;
    return out = &out_, Step::kBatch;
  }

  bool splits_;
  RowSplitter splitter_;
  SortInput input_;
  EvaluatorPtr limit_;
  std::vector<std::unique_ptr<Vector>> out_columns_;
  uint64_t rows_wanted_ = UINT64_MAX;
  bool started_ = false;
  bool begun_ = false;
  bool ready_ = false;
  uint64_t next_ = 0;
  Batch out_;
};

}  // namespace

OperatorPtr make_sort(const plan::PhysicalNode& node, BuildContext& build) { return std::make_unique<Sort>(node, build); }

}  // namespace elegraph::query::exec
