// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <memory>
#include <vector>

#include "query/exec/expressions/referenced.h"
#include "query/exec/input_rows.h"
#include "query/exec/join_table.h"
#include "query/exec/operators/factories.h"
#include "query/exec/output_rows.h"
#include "query/exec/weights.h"

// Hash joins that answer for each left row by itself, in the left side's order: with right rows or nulls beside it
// (kHashLeftJoin), or whether there are any, or how many (kHashSemiJoin, kHashCount).
namespace elegraph::query::exec {

namespace {

using plan::NodeKind;

// The right side runs when there is a left row: without one nothing of it is evaluated, and it sees what the left side has
// written.
class HashRowJoin : public Operator {
 public:
  HashRowJoin(const plan::PhysicalNode& node, BuildContext& build, JoinTable::Keep keep)
      : Operator(node, build),
        held_(input_slots()),
        left_(make_operator(*node.left, build)),
        right_(node, build, keep),
        table_(right_.table()) {}

  void rewind() override {
    left_->restart();
    right_.restart();
    input_.restart();
  }

 protected:
  // kBatch: there is a left row, and the table is complete.
  Step begin(bool weighted) {
    const Step s = input_.fill(*left_, weighted);
    if (s != Step::kBatch || table_.complete()) return s;
    if (right_.fill() == Step::kDone) return Step::kBatch;
    input_.keep_rest(held_);
    return Step::kYield;
  }
  bool has_column() const { return node_.slot2 != plan::kNoSlot; }
  // Makes the column that says of each row what was found for it.
  void reset_column() { column_.reset(node_.kind == NodeKind::kHashCount ? Type::kInt : Type::kBool); }
  void put(uint32_t row, uint64_t found) {
    if (node_.kind == NodeKind::kHashCount)
      column_.mutable_data<int64_t>()[row] = int64_t(found);
    else
      column_.mutable_data<uint8_t>()[row] = found > 0;
  }

  std::vector<plan::Slot> held_;
  OperatorPtr left_;
  JoinProbe right_;
  const JoinTable& table_;
  InputRows input_;
  uint32_t groups_[Vector::kCapacity];  // of the input batch's rows
  Vector column_;
};

// Where the keys decide: the left batch with a narrower selection, or with one more column.
class HashTest : public HashRowJoin {
 public:
  HashTest(const plan::PhysicalNode& node, BuildContext& build)
      : HashRowJoin(node, build, node.kind == NodeKind::kHashCount ? JoinTable::Keep::kCounts : JoinTable::Keep::kNothing) {
  }

  // Operator
 protected:
  Step produce(const Batch*& out) override { return produce_rows(out, nullptr); }
  Step produce_weighted(const Batch*& out, const uint64_t*& weights) override { return produce_rows(out, &weights); }

 private:
  // `weights`: null where each row comes for itself.
  Step produce_rows(const Batch*& out, const uint64_t** weights) {
    if (state_.out_of_budget()) return Step::kYield;
    for (;;) {
      if (const Step s = begin(weights != nullptr); s != Step::kBatch) return s;
      state_.check_interrupt();
      right_.find(input_.batch(), groups_);
      out_ = input_.batch();
      if (weights) *weights = input_.weights();
      input_.restart();
      if (has_column())
        add_column();
      else
        select();
      if (out_.count) return out = &out_, Step::kBatch;
    }
  }
  uint64_t found(uint32_t group) const {
    return node_.kind == NodeKind::kHashCount ? table_.count(group) : group != JoinTable::kNone;
  }
  void add_column() {
    reset_column();
    for (uint32_t i = 0; i < out_.count; i++) put(out_.row(i), found(groups_[i]));
    out_.columns[node_.slot2] = &column_;
  }
  void select() {
    uint32_t n = 0;
    for (uint32_t i = 0; i < out_.count; i++) {
      const auto row = uint16_t(out_.row(i));
      kept_[n] = row;
      n += (groups_[i] != JoinTable::kNone) != node_.anti;
    }
    out_.selection = kept_;
    out_.count = n;
  }

  Batch out_;
  uint16_t kept_[Vector::kCapacity];
};

// Where rows are paired: for what comes of a pair, or because conditions on pairs decide. Behind its pairs a left row comes
// once more, alone: with what the pairs have come to, or in their stead.
class HashPairs : public HashRowJoin {
 public:
  HashPairs(const plan::PhysicalNode& node, BuildContext& build)
      : HashRowJoin(node, build, JoinTable::Keep::kRows),
        conditions_(make_evaluators(node.residual, build)),
        slots_(live()) {
    for (const plan::BoundPtr& e : node.residual) referenced_slots(*e, slots_);
    for (uint32_t c = 0; c < table_.slots().size(); c++)
      if (std::ranges::find(slots_, table_.slots()[c]) != slots_.end())
        right_columns_.push_back({c, std::make_unique<Vector>()});
  }

  void rewind() override {
    HashRowJoin::rewind();
    restart_all(conditions_);
    probed_ = in_row_ = false;
    times_ = passed_ = 0;
    known_.clear();
  }

  // Operator
 protected:
  Step produce(const Batch*& out) override { return produce_rows(out, nullptr); }
  Step produce_weighted(const Batch*& out, const uint64_t*& weights) override { return produce_rows(out, &weights); }

 private:
  // `weights`: null where each row comes for itself.
  Step produce_rows(const Batch*& out, const uint64_t** weights) {
    if (state_.out_of_budget()) return Step::kYield;
    weighted_ = weights != nullptr;
    for (;;) {
      if (const Step s = begin(weighted_); s != Step::kBatch) return s;
      state_.check_interrupt();
      if (!probed_) right_.find(input_.batch(), groups_);
      probed_ = true;
      collect();
      Batch& pairs = output_.finish(input_.batch(), slots_, state_.columns);
      add_right(pairs);
      if (!conditions_.empty()) settle(pairs);
      state_.touch(output_.count());
      if (weights) *weights = weights_;
      keep_rest();
      if (pairs.count) return out = &pairs, Step::kBatch;
    }
  }

  struct RightColumn {
    uint32_t number;  // in the table
    std::unique_ptr<Vector> values;
  };

  bool pairs_come_out() const { return node_.kind == NodeKind::kHashLeftJoin; }
  // Of a left row whose pairs go on from the batch before: one is as good as many.
  bool is_decided() const { return node_.kind == NodeKind::kHashSemiJoin && passed_ > 0; }

  // A row with the same key has come out before: one is enough (PhysicalNode::ends_once).
  bool is_known(uint32_t group) const { return group < known_.size() && known_[group]; }
  void note_known(uint32_t group) {
    if (!node_.ends_once) return;
    known_.resize(table_.groups());
    known_[group] = true;
  }

  void collect() {
    output_.clear();
    for (; input_.has_row() && !output_.full(); in_row_ = false, input_.advance()) {
      if (!in_row_ && is_known(groups_[input_.number()])) continue;
      if (!in_row_) {
        chain_ = table_.first(groups_[input_.number()]);
        comes_alone_ = !conditions_.empty() || chain_ == JoinTable::kNone;
        in_row_ = true;
      } else if (is_decided()) {
        chain_ = JoinTable::kNone;
      }
      for (; chain_ != JoinTable::kNone && !output_.full(); next_in_chain()) add(chain_);
      if (chain_ != JoinTable::kNone || (comes_alone_ && output_.full())) return;
      if (comes_alone_) add(JoinTable::kNone);
    }
  }
  // Of rows that are alike the table may have one, which stands for all of them.
  void next_in_chain() {
    if (!weighted_ && pairs_come_out() && table_.is_weighted() && ++times_ < table_.weight(chain_)) return;
    times_ = 0;
    chain_ = table_.next(chain_);
  }
  uint64_t weight_of(uint32_t right) const { return right == JoinTable::kNone ? 1 : table_.weight(right); }
  void add(uint32_t right) {
    matches_[output_.count()] = right;
    left_groups_[output_.count()] = groups_[input_.number()];
    if (weighted_) weights_[output_.count()] = times(input_.weight(), pairs_come_out() ? weight_of(right) : 1);
    output_.add(input_.row());
  }
  void add_right(Batch& pairs) {
    for (RightColumn& c : right_columns_) {
      table_.gather(c.number, matches_, pairs.count, *c.values);
      pairs.columns[table_.slots()[c.number]] = c.values.get();
    }
  }

  // Leaves those rows that come out.
  void settle(Batch& pairs) {
    uint32_t n = 0, kept = 0;
    for (uint32_t i = 0; i < pairs.count; i++)
      if (matches_[i] != JoinTable::kNone) true_[n++] = uint16_t(i);
    Rows rows{true_, n};
    for (size_t c = 0; c < conditions_.size() && rows.count; c++) rows.count = conditions_[c]->select(pairs, rows, true_);
    if (has_column()) reset_column();
    uint32_t next = 0;
    for (uint32_t i = 0; i < pairs.count; i++) {
      const bool alone = matches_[i] == JoinTable::kNone;
      const bool passes = !alone && next < rows.count && true_[next] == i;
      next += passes;
      if (passes) passed_ = plus(passed_, pairs_come_out() ? 1 : weight_of(matches_[i]));
      if (alone && has_column()) put(i, passed_);
      if (alone && passed_ > 0) note_known(left_groups_[i]);
      if (alone ? comes_out() : passes && pairs_come_out()) kept_[kept++] = uint16_t(i);
      if (alone) passed_ = 0;
    }
    if (has_column()) pairs.columns[node_.slot2] = &column_;
    pairs.selection = kept_;
    pairs.count = kept;
  }
  // Of a left row alone.
  bool comes_out() const {
    if (pairs_come_out()) return passed_ == 0;
    return has_column() || (passed_ > 0) != node_.anti;
  }

  // The copy's rows are numbered from 0 again.
  void keep_rest() {
    const uint32_t number = input_.number(), end = input_.has_row() ? input_.batch().count : 0;
    probed_ = input_.has_row();
    input_.keep_rest(held_);
    if (probed_ && input_.number() != number) std::copy(groups_ + number, groups_ + end, groups_);
  }

  std::vector<EvaluatorPtr> conditions_;
  std::vector<plan::Slot> slots_;  // of pairs
  std::vector<RightColumn> right_columns_;
  bool probed_ = false;
  uint32_t chain_ = JoinTable::kNone;  // of the current left row, if in_row_
  uint64_t times_ = 0;                 // that it has come already, of the rows that it stands for
  bool in_row_ = false;
  bool comes_alone_ = false;
  bool weighted_ = false;
  uint64_t passed_ = 0;  // of the current left row's pairs, in all batches
  OutputRows output_;
  uint32_t matches_[Vector::kCapacity];
  uint32_t left_groups_[Vector::kCapacity];  // of the pairs' left rows
  std::vector<bool> known_;                  // by group
  uint16_t true_[Vector::kCapacity], kept_[Vector::kCapacity];
  uint64_t weights_[Vector::kCapacity];
};

}  // namespace

OperatorPtr make_hash_row_join(const plan::PhysicalNode& node, BuildContext& build) {
  if (node.kind == NodeKind::kHashLeftJoin || !node.residual.empty()) return std::make_unique<HashPairs>(node, build);
  return std::make_unique<HashTest>(node, build);
}

}  // namespace elegraph::query::exec
