// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <memory>
#include <vector>

#include "query/exec/evaluator.h"
#include "query/exec/operators/factories.h"
#include "query/exec/operators/limit.h"
#include "query/exec/operators/row_picker.h"
#include "query/exec/operators/row_sorter.h"
#include "query/exec/row_store.h"

namespace elegraph::query::exec {

namespace {

// ORDER BY, also with a LIMIT, in a subplan that runs for many outer rows at once: of the rows of each outer one. These
// come together, so that they are in order, and go on, as soon as those of the next outer row come. Only those of the last
// one are kept beyond a batch.
class RowSort : public Operator {
 public:
  RowSort(const plan::PhysicalNode& node, BuildContext& build)
      : Operator(node, build),
        argument_(*build.argument),
        child_(make_operator(*node.left, build)),
        limit_(node.limit ? make_evaluator(*node.limit, build) : nullptr),
        orders_(orders_of(node)),
        picker_(orders_),
        done_(state_, uint32_t(live().size())),
        open_(state_, uint32_t(orders_.size() + live().size())),
        order_memory_(state_) {
    for (const plan::SortKey& k : node.sort) keys_.push_back(make_evaluator(*k.expression, build));
    for (size_t i = 0; i < live().size(); i++) gathered_.push_back(std::make_unique<Vector>());
  }

  void rewind() override {
    child_->restart();
    if (limit_) limit_->restart();
    restart_all(keys_);
    done_.clear(), open_.clear();
    order_memory_.release();
    next_block_ = 0;
    started_ = ended_ = false;
  }

 protected:
  Step produce(const Batch*& out) override {
    if (!started_) wanted_ = limit_ ? row_limit(*limit_, state_, "LIMIT") : UINT64_MAX;
    started_ = true;
    if (wanted_ == 0) return Step::kDone;
    while (next_block_ >= done_.blocks() || done_.size() == 0) {
      if (ended_) return Step::kDone;
      done_.clear();
      next_block_ = 0;
      const Batch* in = nullptr;
      const Step s = child_->next(in);
      if (s == Step::kYield) return s;
      if (s == Step::kDone)
        ended_ = true, close();
      else if (in->count > 0)
        take(*in);
    }
    return emit(out), Step::kBatch;
  }

 private:
  static std::vector<KeyOrder> orders_of(const plan::PhysicalNode& node) {
    std::vector<KeyOrder> out;
    for (const plan::SortKey& k : node.sort) out.push_back({k.descending, k.nulls_first});
    return out;
  }

  void take(const Batch& in) {
    state_.check_interrupt();
    const Rows rows = Rows::of(in);
    columns_.clear();
    for (EvaluatorPtr& k : keys_) columns_.push_back(&k->evaluate(in, rows));
    for (plan::Slot s : live()) columns_.push_back(in.columns[s]);
    picker_.take(std::span(columns_).first(keys_.size()), rows);
    const Vector& numbers = in.column(argument_.row_slot);
    const auto number = [&](uint32_t i) { return uint32_t(numbers.data<int64_t>()[numbers.at(rows[i])]); };
    uint32_t begin = 0, picked = 0;
    while (begin < rows.count) {
      const uint32_t of = number(begin);
      uint32_t end = begin + 1;
      while (end < rows.count && number(end) == of) end++;
      if (open_.size() > 0 && of != open_number_) close();
      if (open_.size() > 0 || end == rows.count) {
        append_picked(picked);
        picked = 0;
        open_number_ = of;
        keep_open(begin, end);
      } else {
        picked += picker_.pick(begin, end, wanted_, picked_ + picked);
      }
      begin = end;
    }
    append_picked(picked);
  }

  std::span<const Vector* const> live_columns() const { return std::span(columns_).subspan(keys_.size()); }
  void append_picked(uint32_t count) {
    if (count > 0) done_.append(live_columns(), {picked_, count});
  }

  // Rows of the outer one that may go on: the first ones of them.
  void keep_open(uint32_t begin, uint32_t end) {
    const uint32_t count = picker_.pick(begin, end, wanted_, open_rows_);
    open_.append(columns_, {open_rows_, count});
    if (wanted_ <= open_.size() / 4 && open_.size() > 2 * RowStore::kBlockRows) prune();
  }

  std::vector<uint32_t> open_order() {
    order_memory_.set(RowSorter::bytes(open_.size()));
    return RowSorter(state_, open_, orders_).sorted(wanted_);
  }

  void prune() {
    const std::vector<uint32_t> order = open_order();
    RowStore best(state_, uint32_t(columns_.size()));
    for_gathered(order, 0, [&](std::span<const Vector* const> columns, Rows rows) { best.append(columns, rows); });
    open_.clear();
    for (uint32_t b = 0; b < best.blocks(); b++) {
      std::vector<const Vector*> columns;
      for (uint32_t c = 0; c < columns_.size(); c++) columns.push_back(&best.column(b, c));
      open_.append(columns, {nullptr, best.block_rows(b)});
    }
  }

  // There are no more rows of the outer one that was the last.
  void close() {
    if (open_.size() == 0) return;
    const std::vector<uint32_t> order = open_order();
    const auto keys = uint32_t(keys_.size());
    for_gathered(order, keys, [&](std::span<const Vector* const> columns, Rows rows) { done_.append(columns, rows); });
    open_.clear();
  }

  // Rows of open_ in this order, without the first columns.
  template <class F>
  void for_gathered(const std::vector<uint32_t>& order, uint32_t first, F&& f) {
    const auto columns = uint32_t(keys_.size() + live().size());
    while (gathered_.size() < columns) gathered_.push_back(std::make_unique<Vector>());
    for (size_t at = 0; at < order.size(); at += Vector::kCapacity) {
      const auto n = uint32_t(std::min<size_t>(order.size() - at, Vector::kCapacity));
      std::vector<const Vector*> out;
      for (uint32_t c = first; c < columns; c++) {
        open_.gather(c, order.data() + at, n, *gathered_[c]);
        out.push_back(gathered_[c].get());
      }
      f(std::span<const Vector* const>(out), Rows{nullptr, n});
    }
  }

  void emit(const Batch*& out) {
    clear(out_);
    for (uint32_t c = 0; c < live().size(); c++) out_.columns[live()[c]] = &done_.column(next_block_, c);
    out_.count = done_.block_rows(next_block_++);
    out = &out_;
  }

  const Argument& argument_;
  OperatorPtr child_;
  EvaluatorPtr limit_;
  std::vector<EvaluatorPtr> keys_;
  std::vector<KeyOrder> orders_;
  RowPicker picker_;
  uint64_t wanted_ = UINT64_MAX;
  bool started_ = false, ended_ = false;
  RowStore done_;            // rows in their order, of outer ones that are complete
  uint32_t next_block_ = 0;  // of done_
  RowStore open_;            // keys and live slots of the rows of the last outer one
  uint32_t open_number_ = 0;
  MemoryAccount order_memory_;
  std::vector<const Vector*> columns_;  // of the input batch: keys, then live slots
  std::vector<std::unique_ptr<Vector>> gathered_;
  uint16_t picked_[Vector::kCapacity], open_rows_[Vector::kCapacity];
  Batch out_;
};

}  // namespace

OperatorPtr make_row_sort(const plan::PhysicalNode& node, BuildContext& build) {
  return std::make_unique<RowSort>(node, build);
}

}  // namespace elegraph::query::exec
