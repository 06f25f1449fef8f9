// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstring>
#include <vector>

#include "query/exec/adjacency.h"
#include "query/exec/input_rows.h"
#include "query/exec/known_ends.h"
#include "query/exec/node_set.h"
#include "query/exec/operators/argument.h"
#include "query/exec/operators/factories.h"
#include "query/exec/output_rows.h"
#include "query/exec/weights.h"
#include "query/exec/whole_lists.h"

namespace elegraph::query::exec {

namespace {

// Rows ahead for which the store is asked to fetch the adjacency header, and then the list.
constexpr uint32_t kHeaderAhead = 16;
constexpr uint32_t kListAhead = 8;
// A batch with so many rows is given on rather than filled up with a part of a list.
constexpr uint32_t kNearlyFull = OutputRows::kCapacity * 3 / 4;

// (slot)-[rel]->(slot2): each input row with each of its node's relationships. Of a row whose list does not fit the output
// batch the rest is read when it is wanted: the first rows of a hub with a million relationships cost no more than others.
// The store may rebuild the list meanwhile, so nothing of it is kept but the place. A list that is not in order, as it has
// changes that are not folded yet, or that this very statement may change, leaves a copy of its rest instead.
//
// Where only the number of rows or the set of end nodes is wanted, no rows are made at all.
class Expand : public Operator {
 public:
  Expand(const plan::PhysicalNode& node, BuildContext& build)
      : Operator(node, build),
        child_(make_operator(*node.left, build)),
        lists_(state_, node.types, node.direction),
        labels_(state_, node.target_labels),
        whole_(state_, lists_, node),
        unwanted_(build),
        held_(input_slots()),
        wants_rel_(is_live(node.rel)) {
    for (const plan::KnownEnds& known : node.known_ends) known_.push_back(std::make_unique<KnownEndsFilter>(state_, known));
  }

  void rewind() override {
    child_->restart();
    input_.restart();
    labels_.restart();
    for (auto& known : known_) known->restart();
    rest_nodes_.clear(), rest_rels_.clear();
    rest_ = 0;
    more_ = false;
    list_ = 0;
    entered_ = false;
    expanded_.clear();
  }

  // Operator
 protected:
  Step produce(const Batch*& out) override;
  Step produce_count(uint64_t& rows) override;
  Step produce_nodes(plan::Slot slot, NodeSet& out) override;
  Step produce_weighted(const Batch*& out, const uint64_t*& weights) override;

 private:
  Step produce_rows(const Batch*& out, const uint64_t** weights);
  void leave_unwanted();
  bool enter_row();
  void expand_row();
  void expand_rows();
  bool drops_ends() const { return !labels_.trivial() || !known_.empty(); }
  void expand_and_drop();
  void keep(uint32_t from, uint32_t count);
  bool has_rest() const { return more_ || !rest_nodes_.empty(); }
  void give_rest();
  void emit_from(const storage::Neighbors& list, uint32_t place);
  void emit(const AdjacencyLists::List& list);
  void emit_all(const NodeId* nodes, const RelId* rels, uint32_t count);
  bool wanted(NodeId to, RelId rel, bool skip_loops) const;
  bool has_labels(NodeId to) { return labels_.trivial() || labels_.matches(to); }
  void prefetch() const;
  uint64_t count_row();
  bool only_degrees() const;
  void read_degrees();
  void add_targets(NodeSet& out);

  OperatorPtr child_;
  AdjacencyLists lists_;
  LabelFilter labels_;
  std::vector<std::unique_ptr<KnownEndsFilter>> known_;
  WholeLists whole_;
  UnwantedRows unwanted_;
  std::vector<plan::Slot> held_;
  bool wants_rel_;
  InputRows input_;
  OutputRows output_;

  // The current row: its node, the next of its lists, and what is left of the one before: more_ of it, behind the last
  // relationship that was given, or the copy.
  bool entered_ = false;
  NodeId from_;
  uint32_t list_ = 0;
  std::vector<RelId> excluded_;
  bool more_ = false;
  NodeId last_node_;
  RelId last_rel_;
  uint32_t place_ = 0;  // of the one behind it
  std::vector<NodeId> rest_nodes_;
  std::vector<RelId> rest_rels_;
  size_t rest_ = 0;

  // produce_count() and produce_weighted()
  uint64_t weights_[Vector::kCapacity];
  uint16_t kept_[Vector::kCapacity];
  Batch weighted_;

  NodeSet expanded_;  // next_nodes(): whose targets are all there
  Vector rels_, nodes_;
};

// Takes up the next row. Of the relationships that the new one must differ from, only those matter that are in a list
// of this very node.
bool Expand::enter_row() {
  const Batch& in = input_.batch();
  uint32_t row = input_.row();
  from_ = node_at(in.column(node_.slot), row);
  list_ = 0;
  more_ = false;
  rest_nodes_.clear(), rest_rels_.clear(), rest_ = 0;
  excluded_.clear();
  entered_ = true;
  if (!from_.valid()) return false;
  for (size_t i = 0; i < node_.distinct_from.size(); i++) {
    plan::Slot at = node_.distinct_at[i];
    if (at == plan::kNoSlot || node_at(in.column(at), row) == from_)
      add_relationships_at(in.column(node_.distinct_from[i]), row, excluded_);
  }
  if (!excluded_.empty()) {
    std::sort(excluded_.begin(), excluded_.end());
    excluded_.erase(std::unique(excluded_.begin(), excluded_.end()), excluded_.end());
    std::erase_if(excluded_, [&](RelId r) { return !lists_.has(from_, r); });
  }
  return true;
}

// But for the labels of `to`.
bool Expand::wanted(NodeId to, RelId rel, bool skip_loops) const {
  if (skip_loops && to == from_) return false;
  return excluded_.empty() || std::find(excluded_.begin(), excluded_.end(), rel) == excluded_.end();
}

void Expand::prefetch() const {
  const Batch& in = input_.batch();
  const Vector& from = in.column(node_.slot);
  if (from.type() != Type::kNode || from.constant()) return;
  const auto* ids = from.data<NodeId>();
  uint32_t n = input_.number();
  auto at = [&](uint32_t i, auto&& f) {
    if (i < in.count && from.valid(in.row(i))) f(ids[in.row(i)]);
  };
  if (n == 0) {
    for (uint32_t i = 1; i < kHeaderAhead; i++) at(i, [&](NodeId node) { lists_.prefetch_header(node); });
    for (uint32_t i = 1; i < kListAhead; i++) at(i, [&](NodeId node) { lists_.prefetch_list(node); });
  }
  at(n + kHeaderAhead, [&](NodeId node) { lists_.prefetch_header(node); });
  at(n + kListAhead, [&](NodeId node) { lists_.prefetch_list(node); });
}

void Expand::emit_all(const NodeId* nodes, const RelId* rels, uint32_t count) {
  if (count == 0) return;
  uint32_t at = output_.count();
  std::memcpy(nodes_.mutable_data<NodeId>() + at, nodes, count * sizeof(NodeId));
  if (wants_rel_) std::memcpy(rels_.mutable_data<RelId>() + at, rels, count * sizeof(RelId));
  output_.add(input_.row(), count);
}

// What fits of an ordered list, from `place` on.
void Expand::emit_from(const storage::Neighbors& list, uint32_t place) {
  const uint32_t done = std::min(list.count - place, output_.room());
  state_.touch(done);
  emit_all(list.nodes + place, list.rels + place, done);
  place_ = place + done;
  more_ = place_ < list.count;
  if (more_) last_node_ = list.nodes[place_ - 1], last_rel_ = list.rels[place_ - 1];
}

// Labels are looked at when the batch is complete. What does not fit stays for the next call, without what is
// not wanted.
void Expand::emit(const AdjacencyLists::List& list) {
  const auto& [nodes, rels, count, sorted] = list.neighbors;
  if (!list.skip_loops && excluded_.empty()) {
    if (sorted && !state_.plan.writes) return emit_from(list.neighbors, 0);
    const uint32_t done = std::min(count, output_.room());
    emit_all(nodes, rels, done);
    rest_nodes_.assign(nodes + done, nodes + count);
    rest_rels_.assign(rels + done, rels + count);
  } else {
    for (uint32_t i = 0; i < count; i++) {
      if (!wanted(nodes[i], rels[i], list.skip_loops)) continue;
      if (output_.full())
        rest_nodes_.push_back(nodes[i]), rest_rels_.push_back(rels[i]);
      else
        emit_all(nodes + i, rels + i, 1);
    }
  }
  state_.touch(count);
}

// Of the list before the next one, as much as fits. An ordered list stays as it is for a snapshot: what is folded into it
// later, every snapshot has seen in it before, or as a change beside it.
void Expand::give_rest() {
  if (more_) {
    const storage::Neighbors list = lists_.read(from_, list_ - 1).neighbors;
    const bool same =
        list.sorted && place_ <= list.count && list.nodes[place_ - 1] == last_node_ && list.rels[place_ - 1] == last_rel_;
    if (!same) throw Error(sqlstate::kInternalError, "an adjacency list changed under a snapshot");
    return emit_from(list, place_);
  }
  const uint32_t left = std::min(uint32_t(rest_nodes_.size() - rest_), output_.room());
  emit_all(rest_nodes_.data() + rest_, rest_rels_.data() + rest_, left);
  rest_ += left;
  if (rest_ == rest_nodes_.size()) rest_nodes_.clear(), rest_rels_.clear(), rest_ = 0;
}

// Goes on with the current row until it is done or the output is full.
void Expand::expand_row() {
  if (has_rest()) give_rest();
  while (list_ < lists_.lists() && !has_rest()) {
    if (output_.full()) return;
    emit(lists_.read(from_, list_++));
  }
}

// Of the rows from `from` on, the `count` whose numbers are in kept_.
void Expand::keep(uint32_t from, uint32_t count) {
  if (from + count == output_.count()) return;
  NodeId* nodes = nodes_.mutable_data<NodeId>() + from;
  for (uint32_t i = 0; i < count; i++) nodes[i] = nodes[kept_[i]];
  RelId* rels = rels_.mutable_data<RelId>() + from;
  for (uint32_t i = 0; wants_rel_ && i < count; i++) rels[i] = rels[kept_[i]];
  output_.keep(from, kept_, count);
}

// What is dropped leaves room for more, so that few of many ends do not go on in batches of a handful.
void Expand::expand_and_drop() {
  if (input_.number() == 0)
    for (auto& known : known_) known->take(input_.batch());
  do {
    state_.check_interrupt();
    const uint32_t from = output_.count();
    auto ends = [&] { return std::span<const NodeId>(nodes_.data<NodeId>() + from, output_.count() - from); };
    expand_rows();
    if (!labels_.trivial()) keep(from, labels_.select(ends(), kept_));
    for (auto& known : known_) keep(from, known->select(ends(), kept_));
  } while (input_.has_row() && output_.count() < kNearlyFull && !state_.out_of_budget());
}

// Until the output is full, or nearly so and the next lists would not fit.
void Expand::expand_rows() {
  const bool whole = whole_.take(input_.batch());
  while (input_.has_row() && !output_.full()) {
    if (!entered_) {
      if (whole) whole_.expand(input_, output_, nodes_.mutable_data<NodeId>(), rels_.mutable_data<RelId>(), wants_rel_);
      if (!input_.has_row() || output_.count() >= kNearlyFull) return;
      prefetch();
      if (!enter_row()) list_ = lists_.lists();
    }
    expand_row();
    if (has_rest() || list_ < lists_.lists()) return;
    entered_ = false;
    input_.advance();
  }
}

// What is left of rows that may have been given in part.
void Expand::leave_unwanted() {
  for (; input_.has_row() && unwanted_.has(input_.batch(), input_.row()); input_.advance()) {
    more_ = entered_ = false;
    rest_nodes_.clear(), rest_rels_.clear(), rest_ = 0;
  }
}

Step Expand::produce(const Batch*& out) { return produce_rows(out, nullptr); }

// `weights`: null where each row comes for itself.
Step Expand::produce_rows(const Batch*& out, const uint64_t** weights) {
  if (state_.out_of_budget()) return Step::kYield;
  leave_unwanted();
  output_.clear();
  nodes_.reset(Type::kNode);
  rels_.reset(Type::kRelationship);
  while (output_.count() == 0) {
    Step s = input_.fill(*child_, weights != nullptr);
    if (s != Step::kBatch) return s;
    state_.check_interrupt();
    lists_.refresh();
    drops_ends() ? expand_and_drop() : expand_rows();
    if (output_.count() == 0 && state_.out_of_budget()) {
      input_.keep_rest(held_);
      return Step::kYield;
    }
  }
  Batch& batch = output_.finish(input_.batch(), live(), state_.columns);
  batch.columns[node_.slot2] = &nodes_;
  if (wants_rel_) batch.columns[node_.rel] = &rels_;
  if (weights) *weights = output_.weights(input_.weights());
  input_.keep_rest(held_);
  return out = &batch, Step::kBatch;
}

uint64_t Expand::count_row() {
  if (!enter_row()) return 0;
  uint64_t n = 0;
  if (lists_.direction() != Direction::kBoth && labels_.trivial()) {
    for (uint32_t i = 0; i < lists_.lists(); i++) n += lists_.degree(from_, i);
    state_.touch(1);
    return n - excluded_.size();
  }
  for (uint32_t l = 0; l < lists_.lists(); l++) {
    auto list = lists_.read(from_, l);
    state_.touch(list.neighbors.count);
    for (uint32_t i = 0; i < list.neighbors.count; i++)
      n += wanted(list.neighbors.nodes[i], list.neighbors.rels[i], list.skip_loops) && has_labels(list.neighbors.nodes[i]);
  }
  return n;
}

// Whether the lists' lengths alone tell how many rows come of each row of the batch.
bool Expand::only_degrees() const {
  const Vector& from = input_.batch().column(node_.slot);
  return lists_.direction() != Direction::kBoth && labels_.trivial() && node_.distinct_from.empty() &&
         from.type() == Type::kNode && from.all_valid() && !from.constant() && input_.number() == 0;
}

// Into weights_, by the batch's number of the row. Reads the lists' headers only.
void Expand::read_degrees() {
  const Batch& in = input_.batch();
  const auto* ids = in.column(node_.slot).data<NodeId>();
  NodeId nodes[Vector::kCapacity];
  if (in.selection) {
    for (uint32_t i = 0; i < in.count; i++) nodes[i] = ids[in.selection[i]];
    ids = nodes;
  }
  std::fill_n(weights_, in.count, uint64_t{0});
  for (uint32_t l = 0; l < lists_.lists(); l++)
    state_.reader.add_degrees({ids, in.count}, lists_.direction_of(l), lists_.type_of(l), weights_);
  state_.touch(in.count);
}

Step Expand::produce_count(uint64_t& rows) {
  if (entered_) return Operator::produce_count(rows);  // in the middle of a row
  if (state_.out_of_budget()) return Step::kYield;
  Step s = input_.fill(*child_, true);
  if (s != Step::kBatch) return s;
  state_.check_interrupt();
  lists_.refresh();
  rows = 0;
  const Batch& in = input_.batch();
  const uint64_t* stands_for = input_.weights();
  // Of the batch's rows from number `from` to `to`.
  const auto add = [&](uint32_t from, uint32_t to) {
    for (uint32_t i = from; i < to; i++)
      rows = plus(rows, stands_for ? times(weights_[i], stands_for[in.row(i)]) : weights_[i]);
  };
  if (only_degrees()) {
    read_degrees();
    add(0, in.count);
    input_.restart();
    return Step::kBatch;
  }
  if (whole_.take(in)) {
    const uint32_t first = input_.number();
    whole_.count(input_, labels_, weights_, true);
    add(first, input_.number());
  } else {
    for (; input_.has_row() && !state_.out_of_budget(); input_.advance()) {
      prefetch();
      rows = plus(rows, times(count_row(), input_.weight()));
    }
    entered_ = false;
  }
  input_.keep_rest(held_);
  return Step::kBatch;
}

// The input's rows with how many each would become, where nobody reads what they differ in.
Step Expand::produce_weighted(const Batch*& out, const uint64_t*& weights) {
  if (entered_ || is_live(node_.slot2) || is_live(node_.rel)) return produce_rows(out, &weights);
  if (state_.out_of_budget()) return Step::kYield;
  Step s = input_.fill(*child_, true);
  if (s != Step::kBatch) return s;
  state_.check_interrupt();
  lists_.refresh();
  weighted_ = input_.batch();
  const Batch& in = weighted_;
  if (only_degrees()) {
    read_degrees();
  } else if (whole_.take(in)) {
    whole_.count(input_, labels_, weights_, false);
  } else {
    for (; input_.has_row(); input_.advance()) {
      prefetch();
      weights_[input_.number()] = count_row();
    }
    entered_ = false;
  }
  if (const uint64_t* stands_for = input_.weights())
    for (uint32_t i = 0; i < in.count; i++) weights_[i] = times(weights_[i], stands_for[in.row(i)]);
  input_.restart();
  // From numbers to rows; backwards, since a row is never before its number.
  for (uint32_t i = in.count; i-- > 0;) weights_[in.row(i)] = weights_[i];
  uint32_t n = 0;
  for (uint32_t i = 0; i < in.count; i++) {
    uint16_t row = uint16_t(in.row(i));
    kept_[n] = row;
    n += weights_[row] > 0;
  }
  weighted_.selection = kept_, weighted_.count = n;
  weights = weights_;
  return out = &weighted_, Step::kBatch;
}

void Expand::add_targets(NodeSet& out) {
  // Rows at the same node add the same targets, but for relationships that one of them must not take again.
  if (!enter_row() || expanded_.contains(from_.value)) return;
  if (excluded_.empty()) expanded_.add(from_.value);
  for (uint32_t l = 0; l < lists_.lists(); l++) {
    auto list = lists_.read(from_, l);
    const storage::Neighbors& n = list.neighbors;
    state_.touch(n.count);
    for (uint32_t i = 0; i < n.count; i++)
      if (wanted(n.nodes[i], n.rels[i], list.skip_loops) && has_labels(n.nodes[i])) out.add(n.nodes[i].value);
  }
}

Step Expand::produce_nodes(plan::Slot slot, NodeSet& out) {
  if (slot != node_.slot2 || entered_ || state_.context.profile) return Operator::produce_nodes(slot, out);
  if (state_.out_of_budget()) return Step::kYield;
  Step s = input_.fill(*child_);
  if (s != Step::kBatch) return s;
  state_.check_interrupt();
  lists_.refresh();
  if (whole_.take(input_.batch())) return whole_.add_ends(input_, labels_, out, expanded_), Step::kBatch;
  expanded_.set_universe(uint64_t(state_.reader.node_chunks()) * kChunkRows);
  for (; input_.has_row(); input_.advance()) {
    prefetch();
    add_targets(out);
  }
  entered_ = false;
  return Step::kBatch;
}

}  // namespace

OperatorPtr make_expand_into(const plan::PhysicalNode&, BuildContext&);

OperatorPtr make_expand(const plan::PhysicalNode& node, BuildContext& build) {
  if (node.into) return make_expand_into(node, build);
  return std::make_unique<Expand>(node, build);
}

}  // namespace elegraph::query::exec
