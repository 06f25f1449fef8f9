// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <memory>
#include <vector>

#include "query/exec/input_rows.h"
#include "query/exec/join_table.h"
#include "query/exec/operators/argument.h"
#include "query/exec/operators/factories.h"
#include "query/exec/output_rows.h"
#include "query/exec/weights.h"

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

  void rewind() override {
    left_->restart();
    right_.restart();
    input_.restart();
    chain_ = JoinTable::kNone;
    in_chain_ = false;
  }

  // Operator
 protected:
  Step produce(const Batch*& out) override { return produce_rows(out, nullptr); }
  Step produce_count(uint64_t& rows) override;
  Step produce_weighted(const Batch*& out, const uint64_t*& weights) override;

 private:
  Step begin(bool weighted);
  Step fill(bool weighted);
  Step produce_rows(const Batch*& out, const uint64_t** weights);
  void pair_rows(bool weighted);
  void next_in_chain(bool weighted);
  bool right_is_read() const {
    return std::ranges::any_of(table_.slots(), [this](plan::Slot s) { return is_live(s); });
  }
  void write_right(Batch& batch);

  OperatorPtr left_;
  JoinProbe right_;
  const JoinTable& table_;
  UnwantedRows unwanted_;
  std::vector<plan::Slot> held_;

  InputRows input_;
  uint32_t groups_[Vector::kCapacity];  // of the input batch's rows
  uint32_t chain_ = JoinTable::kNone;
  uint64_t times_ = 0;  // that the current row of the chain has come already, of those that it stands for
  bool in_chain_ = false;
  OutputRows output_;
  uint32_t matches_[Vector::kCapacity];
  std::vector<std::unique_ptr<Vector>> right_columns_;

  uint64_t weights_[Vector::kCapacity];
  uint16_t kept_[Vector::kCapacity];
  Batch weighted_;
};

// kBatch: the table is complete.
Step HashJoin::begin(bool weighted) {
  if (state_.out_of_budget()) return Step::kYield;
  if (table_.complete()) return Step::kBatch;
  if (node_.left_first) {
    if (Step s = input_.fill(*left_, weighted); s != Step::kBatch) return s;
    input_.keep_rest(held_);
  }
  if (Step s = right_.fill(); s != Step::kDone) return s;
  if (input_.has_row()) right_.find(input_.batch(), groups_);
  return Step::kBatch;
}

// kBatch: there is a left row.
Step HashJoin::fill(bool weighted) {
  const bool fresh = !input_.has_row();
  if (Step s = input_.fill(*left_, weighted); s != Step::kBatch) return s;
  state_.check_interrupt();
  if (fresh) right_.find(input_.batch(), groups_);
  return Step::kBatch;
}

// Of rows that are alike the table may have one, which stands for all of them.
void HashJoin::next_in_chain(bool weighted) {
  if (!weighted && table_.is_weighted() && ++times_ < table_.weight(chain_)) return;
  times_ = 0;
  chain_ = table_.next(chain_);
}

// Until the output is full, or all left rows are done.
void HashJoin::pair_rows(bool weighted) {
  for (; input_.has_row() && !output_.full(); in_chain_ = false, input_.advance()) {
    if (!in_chain_) {
      chain_ = table_.first(groups_[input_.number()]);
      times_ = 0;
      in_chain_ = true;
    }
    for (; chain_ != JoinTable::kNone && !output_.full(); next_in_chain(weighted)) {
      matches_[output_.count()] = chain_;
      if (weighted) weights_[output_.count()] = times(input_.weight(), table_.weight(chain_));
      output_.add(input_.row());
    }
    if (chain_ != JoinTable::kNone) return;
  }
}

// `weights`: null where each row comes for itself.
Step HashJoin::produce_rows(const Batch*& out, const uint64_t** weights) {
  const bool weighted = weights != nullptr;
  if (Step s = begin(weighted); s != Step::kBatch) return s;
  for (; input_.has_row() && unwanted_.has(input_.batch(), input_.row()); input_.advance()) in_chain_ = false;
  output_.clear();
  while (output_.count() == 0) {
    if (Step s = fill(weighted); s != Step::kBatch) return s;
    pair_rows(weighted);
  }
  state_.touch(output_.count());
  Batch& batch = output_.finish(input_.batch(), live(), state_.columns);
  write_right(batch);
  if (weighted) *weights = weights_;
  // The copy's rows are numbered from 0 again.
  uint32_t number = input_.number(), left = input_.has_row() ? input_.batch().count : 0;
  input_.keep_rest(held_);
  if (input_.has_row() && input_.number() != number) std::copy(groups_ + number, groups_ + left, groups_);
  return out = &batch, Step::kBatch;
}

Step HashJoin::produce_count(uint64_t& rows) {
  if (in_chain_) return Operator::produce_count(rows);  // in the middle of a row
  if (Step s = begin(true); s != Step::kBatch) return s;
  if (Step s = fill(true); s != Step::kBatch) return s;
  rows = 0;
  for (; input_.has_row(); input_.advance())
    rows = plus(rows, times(input_.weight(), table_.count(groups_[input_.number()])));
  state_.touch(input_.batch().count);
  return Step::kBatch;
}

// Where nobody reads what the right rows of a left one differ in: the left rows, with how many pairs each is in.
Step HashJoin::produce_weighted(const Batch*& out, const uint64_t*& weights) {
  if (in_chain_ || right_is_read()) return produce_rows(out, &weights);
  if (Step s = begin(true); s != Step::kBatch) return s;
  if (Step s = fill(true); s != Step::kBatch) return s;
  weighted_ = input_.batch();
  uint32_t n = 0;
  for (; input_.has_row(); input_.advance()) {
    const auto row = uint16_t(input_.row());
    weights_[row] = times(input_.weight(), table_.count(groups_[input_.number()]));
    kept_[n] = row;
    n += weights_[row] > 0;
  }
  state_.touch(weighted_.count);
  input_.restart();
  weighted_.selection = kept_, weighted_.count = n;
  weights = weights_;
  return out = &weighted_, Step::kBatch;
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
