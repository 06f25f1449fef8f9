// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <vector>

#include "query/exec/columns.h"
#include "query/exec/input_rows.h"
#include "query/exec/operators/factories.h"

namespace elegraph::query::exec {

namespace {

// UNION ALL in a subplan that runs for many outer rows at once: of each outer row the left rows, then the right ones. Both
// sides have their rows in the order of the outer rows' numbers, and so they are merged.
class RowUnion : public Operator {
 public:
  RowUnion(const plan::PhysicalNode& node, BuildContext& build)
      : Operator(node, build), row_slot_(build.argument->row_slot) {
    left_.side = make_operator(*node.left, build), right_.side = make_operator(*node.right, build);
    for (size_t i = 0; i < node.slots.size(); i++)
      if (is_live(node.slots[i])) add_column(node.slots[i], node.slots2[i], node.slots3[i]);
    for (plan::Slot s : build.carry) add_column(s, s, s);
    nulls_.reset_null();
  }

  void rewind() override {
    for (Side* s : {&left_, &right_}) {
      s->side->restart();
      s->rows.restart();
      s->done = false;
    }
  }

 protected:
  Step produce(const Batch*& out) override {
    if (state_.out_of_budget()) return Step::kYield;
    count_ = 0;
    while (count_ == 0 || (left_.rows.has_row() && right_.rows.has_row() && count_ < Vector::kCapacity)) {
      Step s = fill(left_);
      if (s != Step::kYield) s = fill(right_);
      if (s == Step::kYield) return keep(), s;
      if (left_.done && right_.done) return s;
      state_.check_interrupt();
      take();
    }
    emit(out);
    keep();
    return Step::kBatch;
  }

 private:
  struct Side {
    OperatorPtr side;
    InputRows rows;
    std::vector<plan::Slot> slots;  // of the columns
    bool done = false;
  };

  void add_column(plan::Slot to, plan::Slot left, plan::Slot right) {
    slots_.push_back(to), left_.slots.push_back(left), right_.slots.push_back(right);
    columns_.push_back(std::make_unique<Vector>());
  }
  void keep() { left_.rows.keep_rest(left_.slots), right_.rows.keep_rest(right_.slots); }
  static Step fill(Side& s) {
    if (s.done) return Step::kDone;
    const Step step = s.rows.fill(*s.side);
    s.done = step == Step::kDone;
    return step;
  }
  int64_t number(const Side& s, uint32_t row) const {
    const Vector& numbers = s.rows.batch().column(row_slot_);
    return numbers.data<int64_t>()[numbers.at(row)];
  }

  // Rows of one side that come before the other's next one.
  void take() {
    const bool left = right_.done || (!left_.done && number(left_, left_.rows.row()) <= number(right_, right_.rows.row()));
    Side &from = left ? left_ : right_, &other = left ? right_ : left_;
    const int64_t end = other.done ? INT64_MAX : number(other, other.rows.row()) + (left ? 1 : 0);
    uint16_t rows[Vector::kCapacity];
    uint32_t n = 0;
    for (; from.rows.has_row() && count_ + n < Vector::kCapacity; from.rows.advance()) {
      const auto row = uint16_t(from.rows.row());
      if (number(from, row) >= end) break;
      rows[n++] = row;
    }
    for (size_t c = 0; c < columns_.size(); c++) {
      const Vector* column = from.rows.batch().columns[from.slots[c]];
      append_rows(*columns_[c], count_, column ? *column : nulls_, {rows, n});
    }
    count_ += n;
  }

  void emit(const Batch*& out) {
    clear(out_);
    for (size_t c = 0; c < columns_.size(); c++) out_.columns[slots_[c]] = columns_[c].get();
    out_.count = count_;
    out = &out_;
  }

  plan::Slot row_slot_;
  Side left_, right_;
  std::vector<plan::Slot> slots_;
  std::vector<std::unique_ptr<Vector>> columns_;
  Vector nulls_;
  uint32_t count_ = 0;
  Batch out_;
};

}  // namespace

OperatorPtr make_row_union(const plan::PhysicalNode& node, BuildContext& build) {
  return std::make_unique<RowUnion>(node, build);
}

}  // namespace elegraph::query::exec
