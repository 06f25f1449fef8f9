// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <vector>

#include "query/exec/expressions/local_rows.h"
#include "query/exec/expressions/referenced.h"
#include "query/exec/held_batch.h"
#include "query/exec/operators/factories.h"
#include "query/exec/operators/merge_lookup.h"
#include "query/exec/operators/stored_rows.h"
#include "query/exec/operators/updates.h"

namespace elegraph::query::exec {

namespace {

void add_once(std::vector<plan::Slot>& slots, plan::Slot s) {
  if (s != plan::kNoSlot && std::find(slots.begin(), slots.end(), s) == slots.end()) slots.push_back(s);
}

// What the match plan and the created pattern bring beside the left row.
std::vector<plan::Slot> pattern_slots(const plan::PhysicalNode& node) {
  std::vector<plan::Slot> out = node.right->live;
  for (const plan::CreateItem& i : node.creates) add_once(out, i.slot);
  return out;
}

// MERGE: row by row, so that each row finds what those before it created. A row whose pattern matches gives all
// matches (after ON MATCH SET), another one creates the pattern (then ON CREATE SET).
class Merge : public Operator {
 public:
  Merge(const plan::PhysicalNode& node, BuildContext& build)
      : Operator(node, build),
        child_(make_operator(*node.left, build)),
        creator_(node.creates, true, build),
        on_create_(node.on_create, build, node.creates),
        on_match_(node.on_match, build),
        held_slots_(input_slots()),
        outer_(held_slots_, plan::kNoSlot, state_),
        pattern_(pattern_slots(node)),
        matches_(state_, pattern_),
        results_(state_, live()) {
    BuildContext inner = build.with(argument_, true);
    inner.carry.clear();
    match_ = make_operator(*node.right, inner);
    lookup_ = MergeLookup::make(node, inner, held_slots_);
  }

  void rewind() override {
    child_->restart();
    creator_.restart(), on_create_.restart(), on_match_.restart();
    if (lookup_) lookup_->restart();
    results_.clear();
    row_ = rows_ = 0;
  }

  // Operator
 protected:
  Step produce(const Batch*& out) override {
    for (;;) {
      if (!merge_rows()) return Step::kYield;
      if (results_.next(out) == Step::kBatch) return Step::kBatch;
      results_.clear();
      const Batch* in = nullptr;
      Step s = child_->next(in);
      if (s != Step::kBatch) return s;
      held_.hold(*in, 0, held_slots_);
      row_ = 0, rows_ = held_.batch().count;
    }
  }

 private:
  // The rest of the held rows. False: the budget is spent; what was merged waits in results_.
  bool merge_rows() {
    for (; row_ < rows_; row_++) {
      state_.check_interrupt();
      if (row_ && state_.out_of_budget()) return false;
      Unyielding guard(state_);  // a row is merged in one go
      merge_row(uint16_t(row_));
      state_.touch(1);
    }
    return true;
  }

  void merge_row(uint16_t row) {
    outer_.set_outer(held_.batch(), row);
    matches_.clear();
    find_matches(row);
    if (matches_.size() == 0) return create();
    const Batch* found = nullptr;
    while (matches_.next(found) == Step::kBatch) {
      Batch batch = outer_.batch();
      for (plan::Slot s : pattern_)
        if (!batch.columns[s]) batch.columns[s] = found->columns[s];
      batch.count = found->count;
      if (!on_match_.empty()) {
        on_match_.apply(batch);
        if (lookup_) lookup_->note(batch);
      }
      results_.append(batch);
    }
  }

  void find_matches(uint16_t row) {
    if (lookup_ && lookup_->find(held_.batch(), row, matches_)) return;
    argument_.batch = &held_.batch();
    argument_.rows = {&row, 1};
    match_->restart();
    const Batch* found = nullptr;
    while (match_->next(found) == Step::kBatch) matches_.append(*found);
  }

  void create() {
    Batch batch = outer_.batch();
    creator_.create(batch);
    if (!on_create_.empty()) on_create_.apply(batch);
    if (lookup_) lookup_->note(batch);
    results_.append(batch);
  }

  OperatorPtr child_;
  Argument argument_;
  OperatorPtr match_;
  std::unique_ptr<MergeLookup> lookup_;  // or null
  Creator creator_;
  Setter on_create_, on_match_;
  std::vector<plan::Slot> held_slots_;
  HeldBatch held_;
  LocalRows outer_;
  std::vector<plan::Slot> pattern_;
  StoredRows matches_, results_;
  uint32_t row_ = 0, rows_ = 0;  // of held_
};

// FOREACH: runs the right side's updates over the elements of a list; the rows go on unchanged.
class Foreach : public Operator {
 public:
  Foreach(const plan::PhysicalNode& node, BuildContext& build)
      : Operator(node, build),
        child_(make_operator(*node.left, build)),
        held_slots_(input_slots()),
        current_(list_slots(node), plan::kNoSlot, state_),
        elements_(inner_slots(node), node.slot, state_) {
    for (plan::Slot s : inner_slots(node)) add_once(held_slots_, s);
    BuildContext own = between_writes(build);
    list_ = make_evaluator(*node.expressions[0], own);
    BuildContext inner = build.with(argument_, true);
    inner.carry.clear();
    updates_ = make_operator(*node.right, inner);
  }

  void rewind() override {
    child_->restart();
    list_->restart();
    row_ = rows_ = 0;
  }

  // Operator
 protected:
  Step produce(const Batch*& out) override {
    if (row_ == rows_) {
      const Batch* in = nullptr;
      Step s = child_->next(in);
      if (s != Step::kBatch) return s;
      held_.hold(*in, 0, held_slots_);
      row_ = 0, rows_ = held_.batch().count;
    }
    for (; row_ < rows_; row_++) {
      if (row_ && state_.out_of_budget()) return Step::kYield;
      Unyielding guard(state_);
      run(row_);
    }
    return out = &held_.batch(), Step::kBatch;
  }

 private:
  // Every outer slot that the updates read, wherever in them.
  static std::vector<plan::Slot> inner_slots(const plan::PhysicalNode& node) {
    plan::BoundExpression whole;
    whole.kind = plan::BoundKind::kExists;
    whole.subplan = node.right;
    std::vector<plan::Slot> out;
    referenced_slots(whole, out);
    std::erase(out, node.slot);
    return out;
  }

  static std::vector<plan::Slot> list_slots(const plan::PhysicalNode& node) {
    std::vector<plan::Slot> out;
    referenced_slots(*node.expressions[0], out);
    return out;
  }

  void run(uint32_t row) {
    // By itself: updates for rows before may change what the list is made of, and to evaluate one row in the midst of a
    // batch costs a look over those before it.
    current_.set_outer(held_.batch(), row);
    Value list = list_->evaluate(current_.batch(), current_.rows()).value(0);
    if (list.is_null()) return;
    if (list.type() != Type::kList)
      throw Error(sqlstate::kInvalidParameterValue, "FOREACH needs a LIST").at(list_->bound().position);
    elements_.set_outer(held_.batch(), row);
    for (size_t done = 0; done < list.as_list().size();) {
      state_.check_interrupt();
      done += elements_.set_elements(list.as_list(), done);
      argument_.batch = &elements_.batch();
      argument_.rows = elements_.rows();
      updates_->restart();
      const Batch* unused = nullptr;
      while (updates_->next(unused) == Step::kBatch) {}
    }
  }

  OperatorPtr child_;
  EvaluatorPtr list_;
  Argument argument_;
  OperatorPtr updates_;
  std::vector<plan::Slot> held_slots_;
  HeldBatch held_;
  LocalRows current_;  // the row, for the list
  LocalRows elements_;
  uint32_t row_ = 0, rows_ = 0;  // of held_
};

}  // namespace

OperatorPtr make_merge(const plan::PhysicalNode& node, BuildContext& build) { return std::make_unique<Merge>(node, build); }
OperatorPtr make_foreach(const plan::PhysicalNode& node, BuildContext& build) {
  return std::make_unique<Foreach>(node, build);
}

}  // namespace elegraph::query::exec
