// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <bitset>
#include <memory>
#include <vector>

#include "query/exec/columns.h"
#include "query/exec/expressions/referenced.h"
#include "query/exec/operators/correlated.h"
#include "query/exec/operators/factories.h"
#include "query/exec/operators/limit.h"
#include "query/exec/weights.h"

namespace elegraph::query::exec {

namespace {

// Runs the right side for each left row; the right side's rows with the left row's slots beside them. The right
// columns pass through; the left ones are gathered to the same places.
class Apply : public Operator {
 public:
  Apply(const plan::PhysicalNode& node, BuildContext& build) : Operator(node, build), rows_(node, build, input_slots()) {
    for (size_t i = 0; i < live().size(); i++) left_columns_.push_back(std::make_unique<Vector>());
  }

  void rewind() override { rows_.restart(); }

  // Operator
 protected:
  Step produce(const Batch*& out) override { return produce_rows(out, nullptr); }
  Step produce_weighted(const Batch*& out, const uint64_t*& weights) override { return produce_rows(out, &weights); }

 private:
  // `weights`: null where each row comes for itself.
  Step produce_rows(const Batch*& out, const uint64_t** weights) {
    for (;;) {
      Step s = rows_.begin(weights != nullptr);
      if (s != Step::kBatch) return s;
      const Batch* right = nullptr;
      s = weights ? rows_.next_weighted(right, *weights) : rows_.next(right);
      if (s == Step::kYield) return s;
      if (s == Step::kDone) {
        rows_.end();
        state_.check_interrupt();
        continue;
      }
      combine(*right, weights);
      rows_.keep();
      return out = &out_, s;
    }
  }
  void combine(const Batch& right, const uint64_t** weights) {
    const Batch& left = rows_.left();
    uint16_t origin[Vector::kCapacity];
    Rows rows = Rows::of(right);
    uint32_t extent = rows.extent();
    if (rows.rows) std::fill_n(origin, extent, uint16_t(rows_.left_row(0)));
    for_rows(rows, [&](uint32_t row) { origin[row] = uint16_t(rows_.left_row(rows_.number_of(right, row))); });
    if (weights && rows_.left_weights()) {
      weights_.resize(Vector::kCapacity);
      for_rows(rows, [&](uint32_t row) {
        weights_[row] = times(rows_.left_weight(origin[row]), *weights ? (*weights)[row] : 1);
      });
      *weights = weights_.data();
    }
    out_ = right;
    for (size_t i = 0; i < live().size(); i++) {
      plan::Slot s = live()[i];
      if (s >= left.columns.size() || !left.columns[s]) continue;
      if (rows_.count() == 1)
        left_columns_[i]->set_constant(left.columns[s]->value(origin[rows[0]]));
      else
        left_columns_[i]->gather(*left.columns[s], origin, extent);
      out_.columns[s] = left_columns_[i].get();
    }
  }

  Correlated rows_;
  std::vector<std::unique_ptr<Vector>> left_columns_;
  std::vector<uint64_t> weights_;
  Batch out_;
};

// OPTIONAL MATCH: as Apply, and a left row without right rows comes once with nulls. Left rows keep their order.
class Optional : public Operator {
 public:
  Optional(const plan::PhysicalNode& node, BuildContext& build) : Operator(node, build), rows_(node, build, input_slots()) {
    for (size_t i = 0; i < live().size(); i++) columns_.push_back(std::make_unique<Vector>());
  }

  void rewind() override {
    rows_.restart();
    next_left_ = 0;
    right_ = nullptr;
    right_row_ = 0;
    right_done_ = false;
  }

  // Operator
 protected:
  Step produce(const Batch*& out) override { return produce_rows(out, nullptr); }
  Step produce_weighted(const Batch*& out, const uint64_t*& weights) override { return produce_rows(out, &weights); }

 private:
  // `weights`: null where each row comes for itself.
  Step produce_rows(const Batch*& out, const uint64_t** weights) {
    count_ = 0;
    weighted_ = weights != nullptr;
    for (;;) {
      Step s = rows_.begin(weighted_);
      if (s != Step::kBatch) return s;
      if (!right_ && !right_done_) {
        s = weighted_ ? rows_.next_weighted(right_, right_weights_) : rows_.next(right_);
        if (s == Step::kYield) return right_ = nullptr, s;
        right_done_ = s == Step::kDone;
        if (right_done_) right_ = nullptr;
        right_row_ = 0;
      }
      const Batch* right = right_;
      pair_rows();
      bool last = right_done_ && next_left_ >= rows_.count();
      if (count_) emit(right);
      if (count_ && !last) keep();
      if (last) finish_run();
      if (weights) *weights = weights_;
      if (count_) return out = &out_, Step::kBatch;
    }
  }
  // Pairs right rows with their left ones, and left rows that were passed over with none, until the output is full.
  void pair_rows() {
    while (right_ && count_ < Vector::kCapacity) {
      if (right_row_ >= right_->count) {
        right_ = nullptr;
        break;
      }
      uint32_t row = right_->row(right_row_), number = rows_.number_of(*right_, row);
      if (next_left_ < number) {
        add(next_left_++, kNoRow);
        continue;
      }
      add(number, uint16_t(row));
      next_left_ = number + 1;
      right_row_++;
    }
    if (!right_done_) return;
    while (next_left_ < rows_.count() && count_ < Vector::kCapacity) add(next_left_++, kNoRow);
  }
  void add(uint32_t number, uint16_t right_row) {
    left_rows_[count_] = uint16_t(rows_.left_row(number));
    if (weighted_) {
      const bool several = right_row != kNoRow && right_weights_;
      weights_[count_] = times(rows_.left_weight(left_rows_[count_]), several ? right_weights_[right_row] : 1);
    }
    right_rows_[count_++] = right_row;
  }

  void emit(const Batch* right) {
    const Batch& left = rows_.left();
    clear(out_);
    for (size_t i = 0; i < live().size(); i++) {
      plan::Slot s = live()[i];
      if (s < left.columns.size() && left.columns[s])
        columns_[i]->gather(*left.columns[s], left_rows_, count_);
      else if (right && s < right->columns.size() && right->columns[s])
        gather_or_null(*columns_[i], *right->columns[s], right_rows_, count_);
      else
        columns_[i]->reset_null();
      out_.columns[s] = columns_[i].get();
    }
    out_.count = count_;
  }

  // What is left of both sides outlives this call.
  void keep() {
    rows_.keep();
    if (!right_) return;
    if (right_row_ >= right_->count) {
      right_ = nullptr;
      return;
    }
    if (right_ == &held_.batch()) return;
    if (weighted_ && right_weights_) {
      held_weights_.clear();
      for (uint32_t i = right_row_; i < right_->count; i++) held_weights_.push_back(right_weights_[right_->row(i)]);
      right_weights_ = held_weights_.data();
    }
    held_.hold(*right_, right_row_, held_slots(*right_));
    right_ = &held_.batch();
    right_row_ = 0;
  }
  static std::vector<plan::Slot> held_slots(const Batch& batch) {
    std::vector<plan::Slot> out;
    for (plan::Slot s = 0; s < batch.columns.size(); s++)
      if (batch.columns[s]) out.push_back(s);
    return out;
  }

  void finish_run() {
    rows_.end();
    next_left_ = 0;
    right_ = nullptr;
    right_done_ = false;
  }

  Correlated rows_;
  uint32_t next_left_ = 0;        // the first left row of this run that has not come out
  const Batch* right_ = nullptr;  // rows right_row_ .. of it are still to come
  uint32_t right_row_ = 0;
  bool right_done_ = false;
  bool weighted_ = false;
  const uint64_t* right_weights_ = nullptr;  // of right_; null where each row is one
  HeldBatch held_;
  std::vector<uint64_t> held_weights_;
  uint32_t count_ = 0;
  uint64_t weights_[Vector::kCapacity];
  uint16_t left_rows_[Vector::kCapacity];
  uint16_t right_rows_[Vector::kCapacity];
  std::vector<std::unique_ptr<Vector>> columns_;
  Batch out_;
};

// Left rows for which the right side has a row (anti: has none): the left batch with a narrower selection.
class SemiApply : public Operator {
 public:
  SemiApply(const plan::PhysicalNode& node, BuildContext& build)
      : Operator(node, build), rows_(node, build, input_slots()) {}

  void rewind() override {
    rows_.restart();
    matched_.reset();
  }

  // Operator
 protected:
  Step produce(const Batch*& out) override { return produce_rows(out, nullptr); }
  Step produce_weighted(const Batch*& out, const uint64_t*& weights) override { return produce_rows(out, &weights); }

 private:
  // `weights`: null where each row comes for itself.
  Step produce_rows(const Batch*& out, const uint64_t** weights) {
    uint32_t n = 0;
    for (;;) {
      Step s = rows_.begin(weights != nullptr);
      if (s != Step::kBatch) return s;
      out_ = rows_.left();
      if (weights) *weights = rows_.left_weights();
      s = run();
      if (s == Step::kYield && n == 0) return s;
      if (s == Step::kDone) {
        for (uint32_t i = 0; i < rows_.count(); i++)
          if (matched_[i] != node_.anti) selected_[n++] = uint16_t(rows_.left_row(i));
        matched_.reset();
        if (rows_.end() || n == 0) continue;
      }
      out_.selection = selected_;
      out_.count = n;
      return out = &out_, Step::kBatch;
    }
  }
  // Runs the right side until it is clear which left rows it has rows for.
  Step run() {
    const Batch* right = nullptr;
    Step s = Step::kDone;
    size_t open = rows_.count() - matched_.count();
    while (open > 0 && (s = rows_.next(right)) == Step::kBatch) {
      for_rows(Rows::of(*right), [&](uint32_t row) {
        uint32_t number = rows_.number_of(*right, row);
        open -= !matched_[number];
        matched_[number] = true;
      });
    }
    return open > 0 ? s : Step::kDone;
  }

  Correlated rows_;
  std::bitset<Vector::kCapacity> matched_;
  uint16_t selected_[Vector::kCapacity];
  Batch out_;
};

void add_made_slots(const plan::PhysicalNode& node, std::vector<plan::Slot>& out) {
  for (plan::Slot s : {node.slot, node.slot2, node.slot3, node.rel, node.hops, node.walk}) out.push_back(s);
  for (auto& l : node.legs) out.push_back(l.rel);
  out.insert(out.end(), node.slots.begin(), node.slots.end());
  for (auto& a : node.aggregates) out.push_back(a.slot);
  for (auto& c : node.creates) out.push_back(c.slot);
  if (node.left) add_made_slots(*node.left, out);
  if (node.right) add_made_slots(*node.right, out);
}

// Whether the right side reads nothing of the left, nor of what the left writes: then it need not run more than once.
bool is_product(const plan::PhysicalNode& node, const BuildContext& build) {
  if (!build.state.plan.deterministic || has_updates(*node.left) || has_updates(*node.right)) return false;
  // In a subplan the first row may be enough, and what is kept is kept while it runs again: only how many rows there are.
  constexpr double kMostInSubplan = 1e6;
  if (build.argument)
    return node.right->live.empty() && node.right->estimated_cost <= kMostInSubplan && stands_alone(*node.right);
  std::vector<plan::Slot> made, read;
  add_made_slots(*node.left, made);
  plan::BoundExpression right;
  right.kind = plan::BoundKind::kExists;
  right.subplan = node.right;
  referenced_slots(right, read);
  return std::none_of(read.begin(), read.end(),
                      [&](plan::Slot s) { return std::find(made.begin(), made.end(), s) != made.end(); });
}

// As the plan says, whatever the data are.
bool gives_one_row(const plan::PhysicalNode& node) {
  using enum plan::NodeKind;
  switch (node.kind) {
    case kAggregate: return node.expressions.empty();
    case kProject:
    case kFilter:
    case kDistinct:
    case kSort:
    case kSkip:
    case kLimit: return gives_one_row(*node.left);
    default: return false;
  }
}

}  // namespace

OperatorPtr make_apply(const plan::PhysicalNode& node, BuildContext& build) {
  switch (node.kind) {
    case plan::NodeKind::kApply:
      // In a subplan the one row may be that of each of many outer rows.
      if (is_product(node, build))
        return gives_one_row(*node.left) && !build.argument ? make_one_row_product(node, build)
                                                            : make_hash_join(node, build);
      return std::make_unique<Apply>(node, build);
    case plan::NodeKind::kOptional: return std::make_unique<Optional>(node, build);
    default: return std::make_unique<SemiApply>(node, build);
  }
}

}  // namespace elegraph::query::exec
