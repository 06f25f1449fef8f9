// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <vector>

#include "query/exec/adjacency.h"
#include "query/exec/input_rows.h"
#include "query/exec/operators/factories.h"
#include "query/exec/output_rows.h"
#include "query/exec/repeated_end.h"

namespace elegraph::query::exec {

namespace {

// Rows ahead for which the store is asked to fetch both adjacency headers, and then both lists.
constexpr uint32_t kHeaderAhead = 16;
constexpr uint32_t kListAhead = 8;

// (slot)-[rel]->(slot2) with both ends bound: the relationships between them, searched in the lists of an end that the row
// before had too, or else in the shorter of the two ends' lists; by binary search where it is sorted.
class ExpandInto : public Operator {
 public:
  ExpandInto(const plan::PhysicalNode& node, BuildContext& build)
      : Operator(node, build),
        child_(make_operator(*node.left, build)),
        forward_(state_, node.types, node.direction),
        backward_(state_, node.types, reverse(node.direction)),
        repeated_from_(state_, forward_),
        repeated_to_(state_, backward_),
        labels_(state_, node.target_labels),
        held_(input_slots()) {}

  void rewind() override {
    child_->restart();
    input_.restart();
    labels_.restart();
    found_.clear();
    next_ = 0;
    searched_ = false;
  }

  // Operator
 protected:
  Step produce(const Batch*& out) override { return produce_rows(out, nullptr); }
  Step produce_weighted(const Batch*& out, const uint64_t*& weights) override { return produce_rows(out, &weights); }

 private:
  Step produce_rows(const Batch*& out, const uint64_t** weights);
  void prefetch();
  void skip_misses();
  void search();
  void search(NodeId a, NodeId b);
  void search_lists(AdjacencyLists& lists, NodeId at, NodeId other);
  bool forward_is_shorter(NodeId a, NodeId b) const;

  OperatorPtr child_;
  AdjacencyLists forward_, backward_;
  RepeatedEnd repeated_from_, repeated_to_;
  LabelFilter labels_;
  std::vector<plan::Slot> held_;
  InputRows input_;
  OutputRows output_;
  std::vector<RelId> found_, excluded_;  // found_[next_ ..] belongs to the current row
  size_t next_ = 0;
  bool searched_ = false;
  Vector rels_;
};

// Costs what the shorter one's length does: a hub that gets its relationships in this very transaction has a long tail.
bool ExpandInto::forward_is_shorter(NodeId a, NodeId b) const {
  for (uint32_t limit = 64;; limit *= 8) {
    const uint64_t forward = forward_.size(a, limit), backward = backward_.size(b, limit);
    if (forward < limit || backward < limit || limit >= uint32_t{1} << 24) return forward <= backward;
  }
}

void ExpandInto::search_lists(AdjacencyLists& lists, NodeId at, NodeId other) {
  for (uint32_t l = 0; l < lists.lists(); l++) {
    auto list = lists.read(at, l);
    if (list.skip_loops && at == other) continue;
    state_.touch(for_those_to(list.neighbors, other, [&](RelId rel) { found_.push_back(rel); }));
  }
}

void ExpandInto::prefetch() {
  const Batch& in = input_.batch();
  const uint32_t n = input_.number();
  auto end = [&](plan::Slot slot, AdjacencyLists& lists, uint32_t i, auto f) {
    const Vector& nodes = in.column(slot);
    if (nodes.type() == Type::kNode && nodes.valid(in.row(i))) f(lists, nodes.data<NodeId>()[nodes.at(in.row(i))]);
  };
  auto at = [&](uint32_t i, auto f) {
    if (i < in.count) end(node_.slot, forward_, i, f), end(node_.slot2, backward_, i, f);
  };
  at(n + kHeaderAhead, [](AdjacencyLists& lists, NodeId node) { lists.prefetch_header(node); });
  at(n + kListAhead, [](AdjacencyLists& lists, NodeId node) { lists.prefetch_list(node); });
}

// Goes to the next row for which it is not known that there is nothing.
void ExpandInto::skip_misses() {
  const bool from = repeated_from_.has_filter();
  if (!from && !repeated_to_.has_filter()) return;
  const Batch& in = input_.batch();
  const Vector &a = in.column(node_.slot), &b = in.column(node_.slot2);
  if (a.type() != Type::kNode || b.type() != Type::kNode) return;
  const NodeId *as = a.data<NodeId>(), *bs = b.data<NodeId>();
  const uint32_t first = input_.number();
  for (; input_.has_row(); input_.advance()) {
    const NodeId x = as[a.at(input_.row())], y = bs[b.at(input_.row())];
    if (!(from ? repeated_from_.has_not(x, y) : repeated_to_.has_not(y, x))) break;
  }
  state_.touch(input_.number() - first);
}

void ExpandInto::search() {
  found_.clear();
  next_ = 0;
  searched_ = true;
  const Batch& in = input_.batch();
  uint32_t row = input_.row();
  NodeId a = node_at(in.column(node_.slot), row), b = node_at(in.column(node_.slot2), row);
  if (!a.valid() || !b.valid() || (!labels_.trivial() && !labels_.matches(b))) return;
  search(a, b);
  if (found_.empty()) return;
  excluded_.clear();
  for (plan::Slot s : node_.distinct_from) add_relationships_at(in.column(s), row, excluded_);
  std::erase_if(found_, [&](RelId r) { return std::find(excluded_.begin(), excluded_.end(), r) != excluded_.end(); });
}

void ExpandInto::search(NodeId a, NodeId b) {
  auto add = [&](RelId rel) { found_.push_back(rel); };
  const bool from = repeated_from_.next(a), to = repeated_to_.next(b);
  if (from || to) {
    from ? repeated_from_.find(b, add) : repeated_to_.find(a, add);
    return state_.touch(1);
  }
  prefetch();
  if (forward_is_shorter(a, b))
    search_lists(forward_, a, b);
  else
    search_lists(backward_, b, a);
}

// `weights`: null where each row comes for itself.
Step ExpandInto::produce_rows(const Batch*& out, const uint64_t** weights) {
  if (state_.out_of_budget()) return Step::kYield;
  output_.clear();
  rels_.reset(Type::kRelationship);
  while (output_.count() == 0) {
    Step s = input_.fill(*child_, weights != nullptr);
    if (s != Step::kBatch) return s;
    state_.check_interrupt();
    forward_.refresh(), backward_.refresh();
    repeated_from_.forget(), repeated_to_.forget();
    while (input_.has_row()) {
      if (!searched_) {
        skip_misses();
        if (!input_.has_row()) break;
        search();
      }
      while (next_ < found_.size() && !output_.full()) {
        rels_.mutable_data<RelId>()[output_.count()] = found_[next_++];
        output_.add(input_.row());
      }
      if (next_ < found_.size()) break;
      searched_ = false;
      input_.advance();
    }
  }
  Batch& batch = output_.finish(input_.batch(), live(), state_.columns);
  if (node_.rel != plan::kNoSlot) batch.columns[node_.rel] = &rels_;
  if (weights) *weights = output_.weights(input_.weights());
  input_.keep_rest(held_);
  return out = &batch, Step::kBatch;
}

}  // namespace

OperatorPtr make_expand_into(const plan::PhysicalNode& node, BuildContext& build) {
  return std::make_unique<ExpandInto>(node, build);
}

}  // namespace elegraph::query::exec
