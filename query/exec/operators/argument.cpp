// SPDX-License-Identifier: Apache-2.0
#include "query/exec/operators/argument.h"

#include "query/exec/operators/factories.h"

namespace elegraph::query::exec {

void OuterRow::restart() {
  row_ = 0;
  batch_.columns.assign(state_.columns, nullptr);
  batch_.count = 1;
}

void OuterRow::set(plan::Slot slot, const Value& v) {
  if (constants_.size() <= slot) constants_.resize(slot + 1);
  if (!constants_[slot]) constants_[slot] = std::make_unique<Vector>();
  constants_[slot]->set_constant(v);
  batch_.columns[slot] = constants_[slot].get();
}

bool OuterRow::next() {
  if (!argument_) return row_++ == 0;
  if (row_ >= argument_->rows.count) return false;
  uint32_t number = row_++, row = argument_->rows[number];
  const auto& columns = argument_->batch->columns;
  for (plan::Slot s : needed_)
    if (s < columns.size() && columns[s]) set(s, columns[s]->value(row));
  if (argument_->row_slot != plan::kNoSlot) set(argument_->row_slot, Value::integer(number));
  return true;
}

namespace {

// The outer rows of a subplan as they are, or the one empty row that a statement starts from.
class ArgumentOperator : public Operator {
 public:
  ArgumentOperator(const plan::PhysicalNode& node, BuildContext& build)
      : Operator(node, build), argument_(build.argument) {}

  void rewind() override { done_ = false; }

 protected:
  Step produce(const Batch*& out) override {
    if (done_) return Step::kDone;
    done_ = true;
    clear(out_);
    out_.count = 1;
    if (argument_) take_argument();
    return out = &out_, Step::kBatch;
  }

 private:
  void take_argument() {
    const auto& columns = argument_->batch->columns;
    for (size_t s = 0; s < columns.size() && s < out_.columns.size(); s++) out_.columns[s] = columns[s];
    rows_.assign(argument_->rows.rows,
                 argument_->rows.rows ? argument_->rows.rows + argument_->rows.count : argument_->rows.rows);
    out_.selection = argument_->rows.rows ? rows_.data() : nullptr;
    out_.count = argument_->rows.count;
    if (out_.count == 0) done_ = true;
    if (argument_->row_slot != plan::kNoSlot) number_rows();
  }
  void number_rows() {
    numbers_.reset(Type::kInt);
    auto* n = numbers_.mutable_data<int64_t>();
    for (uint32_t i = 0; i < out_.count; i++) n[out_.row(i)] = i;
    out_.columns[argument_->row_slot] = &numbers_;
  }

  const Argument* argument_;
  Batch out_;
  std::vector<uint16_t> rows_;
  Vector numbers_;
  bool done_ = false;
};

}  // namespace

OperatorPtr make_argument(const plan::PhysicalNode& node, BuildContext& build) {
  return std::make_unique<ArgumentOperator>(node, build);
}

}  // namespace elegraph::query::exec
