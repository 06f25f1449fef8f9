// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <memory>
#include <vector>

#include "query/exec/input_rows.h"
#include "query/exec/join_table.h"
#include "query/exec/operators/argument.h"
#include "query/exec/operators/factories.h"
#include "query/exec/output_rows.h"

namespace elegraph::query::exec {

namespace {

// Equality join: the right side goes into a hash table (rows of one key are a chain), the left side probes it. Null keys
// join nothing. Without keys it is the product of both sides, each of which runs once. Where the plan says so (left_first)
// the right side runs when the first left row is there: what the left side writes is written then, and without a left row
// there is no need for it.
class HashJoin : public Operator {
 public:
  HashJoin(const plan::PhysicalNode& node, BuildContext& build)
      : Operator(node, build),
        left_(make_operator(*node.left, build)),
        right_(node, build, JoinTable::Keep::kRows),
        table_(right_.table()),
        unwanted_(build),
        held_(input_slots()) {
    for (size_t i = 0; i < table_.slots().size(); i++) right_columns_.push_back(std::make_unique<Vector>());
  }

  void restart() override {
    left_->restart();
    right_.restart();
    input_.restart();
    chain_ = JoinTable::kNone;
    in_chain_ = false;
  }

  // Operator
 protected:
  Step produce(const Batch*& out) override;

 private:
  Step wait_for_left();
  void write_right(Batch& batch);

  OperatorPtr left_;
  JoinProbe right_;
  const JoinTable& table_;
  UnwantedRows unwanted_;
  std::vector<plan::Slot> held_;

  InputRows input_;
  uint32_t groups_[Vector::kCapacity];  // of the input batch's rows
  uint32_t chain_ = JoinTable::kNone;
  bool in_chain_ = false;
  OutputRows output_;
  uint32_t matches_[Vector::kCapacity];
  std::vector<std::unique_ptr<Vector>> right_columns_;
};

Step HashJoin::wait_for_left() {
  const Step s = input_.fill(*left_);
  if (s == Step::kBatch) input_.keep_rest(held_);
  return s;
}

Step HashJoin::produce(const Batch*& out) {
  if (state_.out_of_budget()) return Step::kYield;
  if (!table_.complete()) {
    if (node_.left_first)
      if (Step s = wait_for_left(); s != Step::kBatch) return s;
    if (Step s = right_.fill(); s != Step::kDone) return s;
    if (input_.has_row()) right_.find(input_.batch(), groups_);
  }
  for (; input_.has_row() && unwanted_.has(input_.batch(), input_.row()); input_.advance()) in_chain_ = false;
  output_.clear();
  while (output_.count() == 0) {
    bool fresh = !input_.has_row();
    Step s = input_.fill(*left_);
    if (s != Step::kBatch) return s;
    state_.check_interrupt();
    if (fresh) right_.find(input_.batch(), groups_);
    for (; input_.has_row() && !output_.full(); in_chain_ = false, input_.advance()) {
      if (!in_chain_) {
        chain_ = table_.first(groups_[input_.number()]);
        in_chain_ = true;
      }
      for (; chain_ != JoinTable::kNone && !output_.full(); chain_ = table_.next(chain_)) {
        matches_[output_.count()] = chain_;
        output_.add(input_.row());
      }
      if (chain_ != JoinTable::kNone) break;
    }
  }
  state_.touch(output_.count());
  Batch& batch = output_.finish(input_.batch(), live(), state_.columns);
  write_right(batch);
  // The copy's rows are numbered from 0 again.
  uint32_t number = input_.number(), left = input_.has_row() ? input_.batch().count : 0;
  input_.keep_rest(held_);
  if (input_.has_row() && input_.number() != number) std::copy(groups_ + number, groups_ + left, groups_);
  return out = &batch, Step::kBatch;
}

void HashJoin::write_right(Batch& batch) {
  const std::vector<plan::Slot>& slots = table_.slots();
  for (uint32_t c = 0; c < slots.size(); c++) {
    if (!is_live(slots[c])) continue;
    table_.gather(c, matches_, output_.count(), *right_columns_[c]);
    batch.columns[slots[c]] = right_columns_[c].get();
  }
}

}  // namespace

OperatorPtr make_hash_join(const plan::PhysicalNode& node, BuildContext& build) {
  return std::make_unique<HashJoin>(node, build);
}

}  // namespace elegraph::query::exec
