// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <memory>
#include <vector>

#include "query/exec/evaluator.h"
#include "query/exec/operators/factories.h"
#include "query/exec/operators/limit.h"
#include "query/exec/operators/row_keys.h"

namespace elegraph::query::exec {

namespace {

// ORDER BY; with a limit it keeps a few times the rows that are asked for and throws the others away (top-k).
class Sort : public Operator {
 public:
  Sort(const plan::PhysicalNode& node, BuildContext& build)
      : Operator(node, build),
        child_(make_operator(*node.left, build)),
        limit_(node.limit ? make_evaluator(*node.limit, build) : nullptr),
        store_(std::make_unique<RowStore>(state_, columns())),
        order_memory_(state_) {
    for (const plan::SortKey& k : node.sort) keys_.push_back(make_evaluator(*k.expression, build));
    for (uint32_t i = 0; i < live().size(); i++) out_columns_.push_back(std::make_unique<Vector>());
  }

  void restart() override {
    child_->restart();
    restart_all(keys_);
    if (limit_) limit_->restart();
    store_->clear();
    order_.clear();
    order_memory_.release();
    ready_ = false;
    next_ = 0;
    started_ = false;
    worst_ = Value();
  }

 protected:
  Step produce(const Batch*& out) override {
    if (!started_) {
      rows_wanted_ = limit_ ? row_limit(*limit_, state_, "LIMIT") : UINT64_MAX;
      started_ = true;
    }
    if (!ready_) {
      Step s = take_input();
      if (s != Step::kDone) return s;
      finish_input();
    }
    return emit(out);
  }

 private:
  uint32_t columns() const { return uint32_t(node_.sort.size() + live().size()); }

  // Sink
  Step take_input() {
    const Batch* in = nullptr;
    Step s;
    while ((s = child_->next(in)) == Step::kBatch) {
      state_.check_interrupt();
      if (rows_wanted_ == 0) continue;
      // Most rows of a top-k fall by their first key; the others are not computed for them.
      std::vector<const Vector*> columns{&keys_[0]->evaluate(*in, Rows::of(*in))};
      Rows rows = promising(*columns[0], Rows::of(*in));
      if (rows.count == 0) continue;
      for (size_t k = 1; k < keys_.size(); k++) columns.push_back(&keys_[k]->evaluate(*in, rows));
      for (plan::Slot slot : live()) columns.push_back(in->columns[slot]);
      store_->append(columns, rows);
      if (rows_wanted_ <= store_->size() / 4 && store_->size() > 2 * RowStore::kBlockRows) prune();
    }
    return s;
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

  void finish_input() {
    sort_rows();
    ready_ = true;
  }

  // Source
  Step emit(const Batch*& out) {
    if (next_ >= order_.size()) return Step::kDone;
    uint32_t n = uint32_t(std::min<size_t>(order_.size() - next_, Vector::kCapacity));
    clear(out_);
    for (uint32_t c = 0; c < live().size(); c++) {
      store_->gather(uint32_t(node_.sort.size()) + c, order_.data() + next_, n, *out_columns_[c]);
      out_.columns[live()[c]] = out_columns_[c].get();
    }
    out_.count = n;
    next_ += n;
    return out = &out_, Step::kBatch;
  }
  OperatorPtr child_;
  EvaluatorPtr limit_;
  std::vector<EvaluatorPtr> keys_;
  std::unique_ptr<RowStore> store_;  // the keys, then the live slots
  MemoryAccount order_memory_;
  std::vector<uint32_t> order_;
  uint64_t rows_wanted_ = UINT64_MAX;
  Value worst_;  // the first key of the last row kept by prune()
  uint16_t promising_[Vector::kCapacity];
  bool started_ = false;
  bool ready_ = false;
  size_t next_ = 0;
  Batch out_;
  std::vector<std::unique_ptr<Vector>> out_columns_;
};

}  // namespace

OperatorPtr make_sort(const plan::PhysicalNode& node, BuildContext& build) { return std::make_unique<Sort>(node, build); }

}  // namespace elegraph::query::exec
