// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <unordered_set>
#include <vector>

#include "index/ordered_walk.h"
#include "query/exec/evaluator.h"
#include "query/exec/operators/factories.h"
#include "query/exec/operators/source.h"
#include "query/exec/output_rows.h"
#include "query/functions/value_ops.h"
#include "query/plan/plan_indexes.h"
#include "storage/read_set.h"

namespace elegraph::query::exec {

namespace {

// Candidates of a property index, checked against the snapshot: visible, with the label or type, and with values that
// fit. Equality and lists look up; ranges and prefixes walk a cursor, which can rest between two calls, one for each value
// where they stand behind a list. In a subplan that
// runs for many outer rows, what is found for several of them comes in one batch.
class IndexSeek : public SourceOperator {
 public:
  IndexSeek(const plan::PhysicalNode& node, BuildContext& build)
      : SourceOperator(node, build),
        of_nodes_(node.kind == plan::NodeKind::kNodeIndexSeek),
        cut_short_(node.most_rows ? build.cut_short : nullptr),
        argument_(build.argument) {
    equal_ = make_evaluators(node.equal, build);
    if (node.in_list) in_list_ = make_evaluator(*node.in_list, build);
    if (node.prefix) prefix_ = make_evaluator(*node.prefix, build);
    if (node.lower) lower_ = make_evaluator(*node.lower->value, build);
    if (node.upper) upper_ = make_evaluator(*node.upper->value, build);
    order_ = walk_order(node);
  }

  void rewind() override {
    SourceOperator::rewind();
    most_rows_ = kFirst;
    restart_all(equal_);
    for (EvaluatorPtr* e : {&in_list_, &prefix_, &lower_, &upper_})
      if (*e) (*e)->restart();
  }

  // Source
 protected:
  void start() override;
  bool more(Batch& out) override;
  Step produce(const Batch*& out) override;

 private:
  bool for_many_rows() const { return of_nodes_ && argument_ && argument_->row_slot != plan::kNoSlot; }
  void find_for_rows();
  static index::WalkOrder walk_order(const plan::PhysicalNode& node);
  const index::PropertyIndex& index() const;
  bool ranged() const { return prefix_ || lower_ || upper_; }
  void start_list();
  bool next_in_list();
  void start_range();
  bool next_candidates();
  void look_up();
  void record(bool one_value);
  bool fits(uint32_t id) const;
  template <class EntityId>
  bool values_fit(EntityId id) const;
  void prefetch(uint32_t id) const;
  uint32_t find(uint32_t* ids, uint32_t capacity);
  uint32_t walk(uint32_t* ids, uint32_t capacity);
  uint32_t check(uint32_t* ids, uint32_t capacity);
  void fill(Batch& out);
  bool both_ways() const { return !of_nodes_ && node_.direction == Direction::kBoth; }

  static constexpr size_t kAhead = 8;  // candidates whose cells are on their way while one is checked
  // The first candidates of a walk, and the first rows for many outer rows, which a LIMIT may be content with; each time
  // twice as many follow.
  static constexpr uint32_t kFirst = 32;

  bool of_nodes_;
  std::vector<EvaluatorPtr> equal_;
  EvaluatorPtr in_list_, prefix_, lower_, upper_;
  index::WalkOrder order_;

  std::vector<Value> key_;   // the components that are bound to one value
  std::vector<Value> list_;  // of IN, distinct
  size_t next_in_list_ = 0;
  std::optional<index::Bound> from_, to_;
  Value prefix_value_;
  std::unique_ptr<index::PropertyIndex::Cursor> cursor_;
  bool looked_up_ = false;

  std::vector<uint32_t> candidates_;
  size_t next_ = 0;
  uint32_t step_ = kFirst;
  bool* cut_short_;  // null where it may give all rows
  uint64_t walked_ = 0;
  std::vector<KeyId> keys_;
  LabelId label_;
  RelTypeId type_;
  Vector ids_, sources_, targets_;

  // For many outer rows.
  const Argument* argument_;
  uint32_t most_rows_ = kFirst;
  OutputRows output_;
  Vector numbers_;
};

index::WalkOrder IndexSeek::walk_order(const plan::PhysicalNode& node) {
  index::WalkOrder out{node.descending, {}};
  for (size_t i = 1; i < node.sort.size(); ++i)
    if (node.sort[i].descending != node.sort[i - 1].descending) out.turns.push_back(uint32_t(node.equal.size() + i));
  return out;
}

const index::PropertyIndex& IndexSeek::index() const {
  const index::PropertyIndex* found = state_.context.indexes->get(node_.index);
  if (!found) throw plan::StalePlan();
  return *found;
}

void IndexSeek::start() {
  const index::PropertyIndex& ix = index();
  keys_.assign(ix.keys().begin(), ix.keys().end());
  const auto& catalog = state_.context.graph->catalog();
  // A name that the catalog knows keeps its number.
  if (of_nodes_ && !label_.valid()) label_ = catalog.find_label(ix.definition().label).value_or(LabelId());
  if (!of_nodes_ && !type_.valid()) type_ = catalog.find_rel_type(ix.definition().label).value_or(RelTypeId());
  key_.clear();
  candidates_.clear();
  next_ = 0;
  step_ = kFirst;
  walked_ = 0;
  cursor_.reset();
  from_.reset(), to_.reset();
  prefix_value_ = Value();
  list_.clear();
  next_in_list_ = 0;
  looked_up_ = false;
  for (EvaluatorPtr& e : equal_) key_.push_back(evaluate_one(*e, outer()));
  if (std::any_of(key_.begin(), key_.end(), [](const Value& v) { return v.is_null(); })) {
    looked_up_ = true;  // null equals nothing
  } else if (in_list_) {
    start_list();
  } else if (ranged() || (node_.index_ordered && key_.size() < keys_.size())) {
    start_range();
  }
}

void IndexSeek::start_list() {
  Value list = evaluate_one(*in_list_, outer());
  if (list.is_null()) return;
  if (list.type() != Type::kList)
    throw Error(sqlstate::kInvalidParameterValue, fmt::format("IN needs a LIST, not {}", type_name(list.type())));
  auto same = [](const Value& a, const Value& b) { return equivalent(a, b); };
  std::unordered_set<Value, size_t (*)(const Value&), decltype(same)> known(0,
                                                                            [](const Value& v) { return size_t(hash(v)); });
  for (const Value& v : list.as_list())
    if (!v.is_null() && known.insert(v).second) list_.push_back(v);
}

// Makes the list's next value a component of the key.
bool IndexSeek::next_in_list() {
  if (next_in_list_ >= list_.size()) return false;
  key_.resize(equal_.size());
  key_.push_back(list_[next_in_list_++]);
  return true;
}

void IndexSeek::start_range() {
  looked_up_ = true;
  record(false);
  if (prefix_) {
    prefix_value_ = evaluate_one(*prefix_, outer());
    if (prefix_value_.type() == Type::kString) cursor_ = index().prefix(key_, prefix_value_.as_string());
    return;
  }
  if (lower_) from_ = index::Bound{evaluate_one(*lower_, outer()), node_.lower->inclusive};
  if (upper_) to_ = index::Bound{evaluate_one(*upper_, outer()), node_.upper->inclusive};
  if ((from_ && from_->value.is_null()) || (to_ && to_->value.is_null())) return;
  cursor_ = index::ordered_walk(index(), key_, from_, to_, order_);
}

// Refills candidates_; false at the end.
bool IndexSeek::next_candidates() {
  next_ = 0;
  candidates_.clear();
  if (in_list_) {
    if (!next_in_list()) return false;
    look_up();
    return true;
  }
  if (looked_up_) return false;
  looked_up_ = true;
  look_up();
  return true;
}

// By all components there is one candidate entry per row, which fits() checks; by fewer a row may have several, which
// only the index can tell apart.
void IndexSeek::look_up() {
  record(key_.size() == keys_.size());
  index().lookup(key_, candidates_, key_.size() < keys_.size() ? &state_.reader : nullptr);
}

// What was looked for, whether it is there or not. A range counts as the whole label.
void IndexSeek::record(bool one_value) {
  storage::ReadSet* reads = state_.context.reads;
  if (!reads || !of_nodes_) return;
  const LabelId label = state_.context.transaction->label(index().definition().label);  // perhaps nobody's yet
  if (one_value) return reads->point(label, keys_, key_);
  reads->label(label);
}

template <class EntityId>
bool IndexSeek::values_fit(EntityId id) const {
  for (size_t i = 0; i < key_.size(); i++)
    if (!equals(state_.reader.property(id, keys_[i]), key_[i]).value_or(false)) return false;
  return true;
}

bool IndexSeek::fits(uint32_t id) const {
  const storage::Reader& reader = state_.reader;
  if (of_nodes_) {
    NodeId node(id);
    return reader.visible(node) && reader.has_label(node, label_) && values_fit(node);
  }
  RelId rel(id);
  return reader.visible(rel) && reader.type(rel) == type_ && values_fit(rel);
}

void IndexSeek::prefetch(uint32_t id) const {
  if (of_nodes_)
    state_.reader.prefetch_row(NodeId(id));
  else
    state_.reader.prefetch_row(RelId(id));
}

bool IndexSeek::more(Batch& out) {
  ids_.reset(of_nodes_ ? Type::kNode : Type::kRelationship);
  auto* ids = ids_.mutable_data<uint32_t>();
  const uint32_t capacity = both_ways() ? Vector::kCapacity / 2 : Vector::kCapacity;
  out.count = find(ids, capacity);
  if (out.count == 0) return false;
  fill(out);
  return true;
}

Step IndexSeek::produce(const Batch*& out) {
  if (!for_many_rows()) return SourceOperator::produce(out);
  if (state_.out_of_budget()) return Step::kYield;
  find_for_rows();
  if (output_.count() == 0) return state_.out_of_budget() ? Step::kYield : Step::kDone;
  Batch& batch = output_.finish(*argument_->batch, live(), state_.columns);
  batch.columns[node_.slot] = &ids_;
  batch.columns[argument_->row_slot] = &numbers_;
  return out = &batch, Step::kBatch;
}

// Outer rows one after the other, until a batch is full or they end.
void IndexSeek::find_for_rows() {
  output_.clear();
  ids_.reset(Type::kNode), numbers_.reset(Type::kInt);
  auto* ids = ids_.mutable_data<uint32_t>();
  auto* numbers = numbers_.mutable_data<int64_t>();
  const uint32_t most = most_rows_;
  most_rows_ = std::min(2 * most, Vector::kCapacity);
  for (uint32_t n = 0; n < most && !state_.out_of_budget() && advance(); n = output_.count()) {
    const uint32_t found = find(ids + n, most - n);
    std::fill_n(numbers + n, found, int64_t(outer_number()));
    output_.add(argument_->rows[outer_number()], found);
    if (found == 0) end_row();
    state_.touch(found + 1);
  }
}

uint32_t IndexSeek::find(uint32_t* ids, uint32_t capacity) {
  if (!in_list_ || !ranged()) return cursor_ ? walk(ids, capacity) : check(ids, capacity);
  while (cursor_ || next_in_list()) {
    if (!cursor_) start_range();
    if (!cursor_) return 0;  // a bound is null
    if (const uint32_t found = walk(ids, capacity)) return found;
    cursor_.reset();
  }
  return 0;
}

// What a cursor gives holds in the snapshot.
uint32_t IndexSeek::walk(uint32_t* ids, uint32_t capacity) {
  state_.check_interrupt();
  if (cut_short_ && walked_ >= node_.most_rows) return *cut_short_ = true, 0;
  uint32_t most = std::min(step_, capacity);
  if (cut_short_) most = uint32_t(std::min<uint64_t>(most, node_.most_rows - walked_));
  step_ = std::min(2 * step_, Vector::kCapacity);
  const uint32_t found = cursor_->next({ids, most}, &state_.reader);
  walked_ += found;
  return found;
}

uint32_t IndexSeek::check(uint32_t* ids, uint32_t capacity) {
  uint32_t n = 0;
  while (n < capacity) {
    if (next_ >= candidates_.size()) {
      state_.check_interrupt();
      if (!next_candidates()) break;
      continue;
    }
    if (next_ == 0)
      for (size_t i = 0; i < std::min(kAhead, candidates_.size()); i++) prefetch(candidates_[i]);
    if (next_ + kAhead < candidates_.size()) prefetch(candidates_[next_ + kAhead]);
    uint32_t id = candidates_[next_++];
    ids[n] = id;
    n += fits(id);
  }
  return n;
}

void IndexSeek::fill(Batch& out) {
  if (of_nodes_) {
    out.columns[node_.slot] = &ids_;
    return;
  }
  out.columns[node_.rel] = &ids_;
  sources_.reset(Type::kNode), targets_.reset(Type::kNode);
  auto* rels = ids_.mutable_data<RelId>();
  auto* sources = sources_.mutable_data<NodeId>();
  auto* targets = targets_.mutable_data<NodeId>();
  const uint32_t n = out.count;
  for (uint32_t i = 0; i < n; i++) {
    sources[i] = state_.reader.source(rels[i]), targets[i] = state_.reader.target(rels[i]);
    if (!both_ways() || sources[i] == targets[i]) continue;  // a loop once
    rels[out.count] = rels[i], sources[out.count] = targets[i], targets[out.count++] = sources[i];
  }
  if (node_.slot2 != plan::kNoSlot) out.columns[node_.slot2] = &sources_;
  if (node_.slot3 != plan::kNoSlot) out.columns[node_.slot3] = &targets_;
}

}  // namespace

OperatorPtr make_index_seek(const plan::PhysicalNode& node, BuildContext& build) {
  return std::make_unique<IndexSeek>(node, build);
}

}  // namespace elegraph::query::exec
