// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <memory>
#include <vector>

#include "query/exec/evaluator.h"
#include "query/exec/group_table.h"
#include "query/exec/input_rows.h"
#include "query/exec/operators/factories.h"
#include "query/exec/output_rows.h"
#include "query/exec/row_store.h"

namespace elegraph::query::exec {

namespace {

// Equality join: the right side goes into a hash table (rows of one key are a chain), the left side probes it. Null keys
// join nothing. Without keys it is the product of both sides, each of which runs once. What the left side writes is written
// before the right side runs.
class HashJoin : public Operator {
 public:
  HashJoin(const plan::PhysicalNode& node, BuildContext& build)
      : Operator(node, build),
        left_(make_operator(*node.left, build)),
        right_(make_operator(*node.right, build)),
        left_keys_(make_evaluators(node.expressions, build)),
        right_keys_(make_evaluators(node.expressions2, build)),
        right_slots_(node.right->live),
        held_(input_slots()),
        table_(uint32_t(node.expressions.size())),
        rows_(state_, uint32_t(right_slots_.size())),
        memory_(state_) {
    for (size_t i = 0; i < right_slots_.size(); i++) right_columns_.push_back(std::make_unique<Vector>());
  }

  void restart() override {
    left_->restart(), right_->restart();
    restart_all(left_keys_), restart_all(right_keys_);
    table_.clear();
    rows_.clear();
    head_.clear(), tail_.clear(), next_.clear();
    memory_.release();
    input_.restart();
    built_ = false;
    chain_ = kEnd;
    in_chain_ = false;
  }

  // Operator
 protected:
  Step produce(const Batch*& out) override;

 private:
  static constexpr uint32_t kEnd = ~0u;

  Step wait_for_writes();
  Step build_table();
  void add(const Batch& in);
  Rows without_nulls(const Batch& in, std::vector<EvaluatorPtr>& keys, uint16_t* rows);
  void probe();
  void write_right(Batch& batch);

  OperatorPtr left_, right_;
  std::vector<EvaluatorPtr> left_keys_, right_keys_;
  std::vector<plan::Slot> right_slots_, held_;
  GroupTable table_;
  RowStore rows_;
  MemoryAccount memory_;
  std::vector<uint32_t> head_, tail_;  // by group: its first and last row
  std::vector<uint32_t> next_;         // by row: the next of the same group

  bool built_ = false;
  InputRows input_;
  uint32_t groups_[Vector::kCapacity];  // of the input batch's rows
  uint32_t chain_ = kEnd;
  bool in_chain_ = false;
  std::vector<const Vector*> columns_;
  OutputRows output_;
  uint32_t matches_[Vector::kCapacity];
  std::vector<std::unique_ptr<Vector>> right_columns_;
};

// Evaluates the keys into columns_; the rows in which none of them is null.
Rows HashJoin::without_nulls(const Batch& in, std::vector<EvaluatorPtr>& keys, uint16_t* rows) {
  columns_.clear();
  for (EvaluatorPtr& k : keys) columns_.push_back(&k->evaluate(in, Rows::of(in)));
  uint32_t n = 0;
  for_rows(Rows::of(in), [&](uint32_t row) {
    rows[n] = uint16_t(row);
    n += std::all_of(columns_.begin(), columns_.end(), [&](const Vector* v) { return v->valid(row); });
  });
  return {rows, n};
}

void HashJoin::add(const Batch& in) {
  uint16_t valid[Vector::kCapacity];
  uint32_t groups[Vector::kCapacity];
  Rows rows = without_nulls(in, right_keys_, valid);
  table_.find(columns_, rows, groups);
  head_.resize(table_.size(), kEnd);
  tail_.resize(table_.size(), kEnd);
  for (uint32_t i = 0; i < rows.count; i++) {
    uint32_t row = uint32_t(next_.size());
    next_.push_back(kEnd);
    (head_[groups[i]] == kEnd ? head_[groups[i]] : next_[tail_[groups[i]]]) = row;
    tail_[groups[i]] = row;
  }
  columns_.clear();
  for (plan::Slot s : right_slots_) columns_.push_back(in.columns[s]);
  rows_.append(columns_, rows);
  memory_.set(table_.bytes() + next_.size() * sizeof(uint32_t));
}

Step HashJoin::build_table() {
  const Batch* in = nullptr;
  Step s;
  while ((s = right_->next(in)) == Step::kBatch) {
    state_.check_interrupt();
    add(*in);
  }
  if (s == Step::kDone) {
    table_.freeze();
    built_ = true;
  }
  return s;
}

// The group of each row of the input batch, by its number in the batch.
void HashJoin::probe() {
  const Batch& in = input_.batch();
  uint16_t valid[Vector::kCapacity];
  uint32_t found[Vector::kCapacity];
  Rows rows = without_nulls(in, left_keys_, valid);
  table_.find(columns_, rows, found);
  std::fill_n(groups_, in.count, GroupTable::kNone);
  uint32_t i = 0;
  for (uint32_t number = 0; number < in.count && i < rows.count; number++)
    if (in.row(number) == rows[i]) groups_[number] = found[i++];
}

Step HashJoin::wait_for_writes() {
  const Step s = input_.fill(*left_);
  if (s == Step::kBatch) input_.keep_rest(held_);
  return s;
}

Step HashJoin::produce(const Batch*& out) {
  if (state_.out_of_budget()) return Step::kYield;
  if (!built_) {
    if (node_.left_first)
      if (Step s = wait_for_writes(); s != Step::kBatch) return s;
    if (Step s = build_table(); s != Step::kDone) return s;
    if (input_.has_row()) probe();
  }
  output_.clear();
  while (output_.count() == 0) {
    bool fresh = !input_.has_row();
    Step s = input_.fill(*left_);
    if (s != Step::kBatch) return s;
    state_.check_interrupt();
    if (fresh) probe();
    for (; input_.has_row() && !output_.full(); in_chain_ = false, input_.advance()) {
      if (!in_chain_) {
        uint32_t group = groups_[input_.number()];
        chain_ = group == GroupTable::kNone ? kEnd : head_[group];
        in_chain_ = true;
      }
      for (; chain_ != kEnd && !output_.full(); chain_ = next_[chain_]) {
        matches_[output_.count()] = chain_;
        output_.add(input_.row());
      }
      if (chain_ != kEnd) break;
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
  for (uint32_t c = 0; c < right_slots_.size(); c++) {
    if (!is_live(right_slots_[c])) continue;
    rows_.gather(c, matches_, output_.count(), *right_columns_[c]);
    batch.columns[right_slots_[c]] = right_columns_[c].get();
  }
}

}  // namespace

OperatorPtr make_hash_join(const plan::PhysicalNode& node, BuildContext& build) {
  return std::make_unique<HashJoin>(node, build);
}

}  // namespace elegraph::query::exec
