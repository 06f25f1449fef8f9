// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <vector>

#include "query/exec/adjacency.h"
#include "query/exec/input_rows.h"
#include "query/exec/operators/factories.h"
#include "query/exec/output_rows.h"

namespace elegraph::query::exec {

namespace {

// (slot)-[rel]->(slot2) with both ends bound: the relationships between them, searched in the shorter of the two
// ends' lists; by binary search where it is sorted.
class ExpandInto : public Operator {
 public:
  ExpandInto(const plan::PhysicalNode& node, BuildContext& build)
      : Operator(node, build),
        child_(make_operator(*node.left, build)),
        forward_(state_, node.types, node.direction),
        backward_(state_, node.types, reverse(node.direction)),
        labels_(state_, node.target_labels),
        held_(input_slots()) {}

  void restart() override {
    child_->restart();
    input_.restart();
    labels_.restart();
    found_.clear();
    next_ = 0;
    searched_ = false;
  }

  // Operator
 protected:
  Step produce(const Batch*& out) override;

 private:
  void search();
  void search_lists(AdjacencyLists& lists, NodeId at, NodeId other);
  uint64_t degree(AdjacencyLists& lists, NodeId node) const;

  OperatorPtr child_;
  AdjacencyLists forward_, backward_;
  LabelFilter labels_;
  std::vector<plan::Slot> held_;
  InputRows input_;
  OutputRows output_;
  std::vector<RelId> found_, excluded_;  // found_[next_ ..] belongs to the current row
  size_t next_ = 0;
  bool searched_ = false;
  Vector rels_;
};

uint64_t ExpandInto::degree(AdjacencyLists& lists, NodeId node) const {
  uint64_t n = 0;
  for (uint32_t i = 0; i < lists.lists(); i++) n += lists.degree(node, i);
  return n;
}

void ExpandInto::search_lists(AdjacencyLists& lists, NodeId at, NodeId other) {
  for (uint32_t l = 0; l < lists.lists(); l++) {
    auto list = lists.read(at, l);
    if (list.skip_loops && at == other) continue;
    const storage::Neighbors& n = list.neighbors;
    const NodeId* end = n.nodes + n.count;
    const NodeId* p = n.sorted ? std::lower_bound(n.nodes, end, other) : n.nodes;
    for (; p != end && (!n.sorted || *p == other); p++)
      if (*p == other) found_.push_back(n.rels[p - n.nodes]);
    state_.touch(n.sorted ? 1 : n.count);
  }
}

void ExpandInto::search() {
  found_.clear();
  next_ = 0;
  searched_ = true;
  const Batch& in = input_.batch();
  uint32_t row = input_.row();
  NodeId a = node_at(in.column(node_.slot), row), b = node_at(in.column(node_.slot2), row);
  if (!a.valid() || !b.valid() || (!labels_.trivial() && !labels_.matches(b))) return;
  if (degree(forward_, a) <= degree(backward_, b))
    search_lists(forward_, a, b);
  else
    search_lists(backward_, b, a);
  excluded_.clear();
  for (plan::Slot s : node_.distinct_from) add_relationships_at(in.column(s), row, excluded_);
  std::erase_if(found_, [&](RelId r) { return std::find(excluded_.begin(), excluded_.end(), r) != excluded_.end(); });
}

Step ExpandInto::produce(const Batch*& out) {
  if (state_.out_of_budget()) return Step::kYield;
  output_.clear();
  rels_.reset(Type::kRelationship);
  while (output_.count() == 0) {
    Step s = input_.fill(*child_);
    if (s != Step::kBatch) return s;
    state_.check_interrupt();
    forward_.refresh(), backward_.refresh();
    while (input_.has_row()) {
      if (!searched_) search();
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
  input_.keep_rest(held_);
  return out = &batch, Step::kBatch;
}

}  // namespace

OperatorPtr make_expand_into(const plan::PhysicalNode& node, BuildContext& build) {
  return std::make_unique<ExpandInto>(node, build);
}

}  // namespace elegraph::query::exec
