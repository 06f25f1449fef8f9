// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "query/exec/adjacency.h"
#include "query/exec/columns.h"
#include "query/exec/input_rows.h"
#include "query/exec/nearest_ends.h"
#include "query/exec/node_set.h"
#include "query/exec/operators/edge_filter.h"
#include "query/exec/operators/factories.h"
#include "query/exec/output_rows.h"
#include "query/exec/reachability.h"
#include "query/exec/sorted_nodes.h"
#include "query/exec/walk_log.h"
#include "query/exec/walk_path.h"
#include "query/exec/ways_to.h"

namespace elegraph::query::exec {

namespace {

// (slot)-[rel *min..max]->(slot2): every trail (no relationship twice) from the node, depth first with a stack of its
// own. The lists on the stack are copies, so that it can rest between two calls. Where less is wanted than the trails
// less is done: their number counts the last steps together, and their ends are searched for breadth first.
class VarExpand : public Operator {
 public:
  VarExpand(const plan::PhysicalNode& node, BuildContext& build)
      : Operator(node, build),
        child_(make_operator(*node.left, build)),
        lists_(state_, node.types, node.direction),
        labels_(state_, node.target_labels),
        filter_(node, build),
        held_(input_slots()),
        wants_rels_(is_live(node.rel)),
        max_(node.max_hops < 0 ? SIZE_MAX : size_t(node.max_hops)),
        min_(size_t(std::max<int64_t>(node.min_hops, 0))),
        log_(node.reversed),
        reachable_(state_, lists_, filter_, labels_, {min_, max_, node.elsewhere != nullptr}),
        nearest_(state_, lists_, filter_, max_) {
    if (node.into) ways_ = std::make_unique<WaysTo>(node, state_);
    if (node.walk != plan::kNoSlot) state_.walks[node.walk] = &log_;
  }

  void rewind() override {
    child_->restart();
    input_.restart();
    labels_.restart();
    filter_.restart();
    reachable_.restart();
    if (ways_) ways_->forget();
    leave_row();
    log_.clear();
  }

  // Operator
 protected:
  Step produce(const Batch*& out) override;
  Step produce_nodes(plan::Slot slot, NodeSet& out) override;
  Step produce_count(uint64_t& rows) override;

 private:
  struct Frame {
    size_t begin, next;  // of edges_; it ends where the next frame begins
  };

  void enter_row();
  void leave_row() { frames_.clear(), edges_.clear(), path_.clear(), log_.leave(), nearest_.leave(), entered_ = false; }
  bool walking() const { return start_pending_ || !frames_.empty() || nearest_.running(); }
  void push(NodeId node);
  void walk(ColumnWriter& rels);
  void take_nearest(ColumnWriter& rels);
  void emit(NodeId end, ColumnWriter& rels);
  void step(RelId rel);
  void step_back();
  bool on_path(RelId rel) const {
    return path_.contains(rel) || std::find(excluded_.begin(), excluded_.end(), rel) != excluded_.end();
  }
  bool ends_are_countable() const;
  void start_counting(uint64_t& rows);
  uint64_t count_walks();
  uint64_t count_last_steps(NodeId node);
  bool reachability_only(plan::Slot slot) const;
  Step search(NodeSet& out);
  void start_search(NodeSet& out);

  OperatorPtr child_;
  AdjacencyLists lists_;
  LabelFilter labels_;
  EdgeFilter filter_;
  std::vector<plan::Slot> held_;
  bool wants_rels_, numbers_ = node_.walk != plan::kNoSlot;
  size_t max_, min_;
  WalkLog log_;  // where walks are numbered, also of path_
  Reachability reachable_;
  NearestEnds nearest_;
  InputRows input_;
  OutputRows output_;

  // The walk from the current row's node.
  bool entered_ = false;
  bool start_pending_ = false;    // the trail of no relationship has yet to come
  NodeId from_, bound_;           // bound_: the end, where it is given
  std::unique_ptr<WaysTo> ways_;  // and what leads there
  std::vector<RelId> excluded_;
  WalkPath path_;
  std::vector<NodeId> path_nodes_;  // where the relationships of path_ were left from; where walks are counted
  std::vector<Hop> edges_;
  std::vector<Frame> frames_;
  Vector nodes_, rel_lists_, hops_, walks_;
};

void VarExpand::push(NodeId node) {
  size_t begin = edges_.size();
  const bool only_to_bound = node_.into && path_.size() + 1 == max_;
  uint64_t looked_at = 1;
  for (uint32_t l = 0; l < lists_.lists(); l++) {
    auto list = lists_.read(node, l);
    const storage::Neighbors& n = list.neighbors;
    if (only_to_bound) {
      if (list.skip_loops && node == bound_) continue;
      looked_at += for_those_to(n, bound_, [&](RelId rel) { edges_.push_back({bound_, rel, node}); });
      continue;
    }
    for (uint32_t i = 0; i < n.count; i++)
      if (!list.skip_loops || n.nodes[i] != node) edges_.push_back({n.nodes[i], n.rels[i], node});
    looked_at += n.count;
  }
  state_.touch(looked_at);
  if (ways_) ways_->spend(looked_at);
  filter_.filter(edges_, begin, path_.empty());
  if (filter_.asks_pairs() && !path_.empty()) filter_.filter_behind(path_.rels().back(), edges_, begin);
  frames_.push_back({begin, begin});
}

void VarExpand::enter_row() {
  leave_row();
  entered_ = true;
  const Batch& in = input_.batch();
  uint32_t row = input_.row();
  from_ = node_at(in.column(node_.slot), row);
  start_pending_ = false;
  if (!from_.valid()) return;
  if (node_.into) {
    bound_ = node_at(in.column(node_.slot2), row);
    if (!bound_.valid()) return;
    ways_->enter(bound_);
  }
  excluded_.clear();
  for (plan::Slot s : node_.distinct_from) add_relationships_at(in.column(s), row, excluded_);
  filter_.set_outer(in, row);
  start_pending_ = min_ == 0;
  if (max_ == 0) return;
  if (node_.ends_once)
    nearest_.enter(from_, min_ > 0 && !node_.elsewhere);
  else
    push(from_);
}

void VarExpand::emit(NodeId end, ColumnWriter& rels) {
  if (node_.into && end != bound_) return;
  if (node_.elsewhere && end == from_) return;
  if (!labels_.trivial() && !labels_.matches(end)) return;
  nodes_.mutable_data<NodeId>()[output_.count()] = end;
  hops_.mutable_data<int64_t>()[output_.count()] = int64_t(path_.size());
  if (wants_rels_) {
    std::vector<Value> list;
    for (RelId r : path_.rels()) list.push_back(Value::relationship(r));
    if (node_.reversed) std::reverse(list.begin(), list.end());
    rels.put(output_.count(), Value::list(std::move(list)));
  }
  if (numbers_) walks_.mutable_data<int64_t>()[output_.count()] = log_.number();
  output_.add(input_.row());
}

void VarExpand::step(RelId rel) {
  path_.push(rel);
  if (numbers_) log_.push(rel);
}

void VarExpand::step_back() {
  if (path_.empty()) return;
  path_.pop();
  if (numbers_) log_.pop();
}

// Until the row's walk ends, the output is full or the budget is spent.
void VarExpand::walk(ColumnWriter& rels) {
  if (start_pending_) {
    start_pending_ = false;
    emit(from_, rels);
  }
  if (nearest_.running()) return take_nearest(rels);
  uint32_t steps = 0;
  while (!frames_.empty() && !output_.full()) {
    if ((++steps & 1023) == 0) {
      state_.check_interrupt();
      if (state_.out_of_budget()) return;
    }
    Frame& top = frames_.back();
    if (top.next == edges_.size()) {
      edges_.resize(top.begin);
      frames_.pop_back();
      step_back();
      continue;
    }
    Hop edge = edges_[top.next++];
    if (on_path(edge.rel) || (ways_ && !ways_->may_lead_there(edge.node, max_ - path_.size() - 1))) continue;
    step(edge.rel);
    if (path_.size() >= min_) emit(edge.node, rels);
    if (path_.size() < max_)
      push(edge.node);
    else
      step_back();
  }
}

void VarExpand::take_nearest(ColumnWriter& rels) {
  NodeId end;
  for (uint32_t steps = 1; !output_.full() && nearest_.next(end); steps++) {
    emit(end, rels);
    if (steps % 1024 != 0) continue;
    state_.check_interrupt();
    if (state_.out_of_budget()) return;
  }
}

Step VarExpand::produce(const Batch*& out) {
  if (state_.out_of_budget()) return Step::kYield;
  output_.clear();
  nodes_.reset(Type::kNode);
  hops_.reset(Type::kInt);
  walks_.reset(Type::kInt);
  log_.forget();
  ColumnWriter rels(rel_lists_);
  while (output_.count() == 0) {
    Step s = input_.fill(*child_);
    if (s != Step::kBatch) return s;
    state_.check_interrupt();
    lists_.refresh();
    if (ways_) ways_->refresh();
    for (; input_.has_row() && !output_.full(); entered_ = false, input_.advance()) {
      if (!entered_) enter_row();
      walk(rels);
      if (walking()) break;
    }
    if (output_.count() == 0 && state_.out_of_budget()) {
      input_.keep_rest(held_);
      return Step::kYield;
    }
  }
  rels.finish();
  Batch& batch = output_.finish(input_.batch(), live(), state_.columns);
  if (!node_.into) batch.columns[node_.slot2] = &nodes_;
  if (wants_rels_) batch.columns[node_.rel] = &rel_lists_;
  if (node_.hops != plan::kNoSlot) batch.columns[node_.hops] = &hops_;
  if (numbers_) batch.columns[node_.walk] = &walks_;
  input_.keep_rest(held_);
  return out = &batch, Step::kBatch;
}

// Whether walks need not be gone to their end to be counted: of a node's relationships all lead on but those of the walk
// itself.
bool VarExpand::ends_are_countable() const {
  return !node_.into && !node_.ends_once && !node_.elsewhere && node_.direction != Direction::kBoth && max_ > 0 &&
         max_ >= min_ && labels_.trivial() && filter_.trivial() && node_.distinct_from.empty();
}

Step VarExpand::produce_count(uint64_t& rows) {
  if (!ends_are_countable()) return Operator::produce_count(rows);
  if (state_.out_of_budget()) return Step::kYield;
  const Step s = input_.fill(*child_);
  if (s != Step::kBatch) return s;
  lists_.refresh();
  rows = 0;
  for (; input_.has_row() && !state_.out_of_budget(); entered_ = false, input_.advance()) {
    if (!entered_) start_counting(rows);
    rows += count_walks();
    if (!frames_.empty()) break;
  }
  input_.keep_rest(held_);
  return Step::kBatch;
}

void VarExpand::start_counting(uint64_t& rows) {
  leave_row();
  path_nodes_.clear();
  entered_ = true;
  from_ = node_at(input_.batch().column(node_.slot), input_.row());
  if (!from_.valid()) return;
  if (min_ == 0) rows++;
  if (max_ > 1)
    push(from_);
  else
    rows += count_last_steps(from_);
}

// Those of a walk's last step, which are not gone.
uint64_t VarExpand::count_last_steps(NodeId node) {
  uint64_t n = 0;
  for (uint32_t l = 0; l < lists_.lists(); l++) n += lists_.degree(node, l);
  state_.touch(1);
  return n - uint64_t(std::ranges::count(path_nodes_, node));
}

// Until the row's walk ends or the budget is spent.
uint64_t VarExpand::count_walks() {
  uint64_t rows = 0;
  for (uint32_t steps = 1; !frames_.empty(); steps++) {
    if (steps % 1024 == 0) {
      state_.check_interrupt();
      if (state_.out_of_budget()) break;
    }
    Frame& top = frames_.back();
    if (top.next == edges_.size()) {
      edges_.resize(top.begin);
      frames_.pop_back();
      if (!path_.empty()) path_.pop(), path_nodes_.pop_back();
      continue;
    }
    const Hop edge = edges_[top.next++];
    if (on_path(edge.rel)) continue;
    path_.push(edge.rel), path_nodes_.push_back(edge.from);
    if (path_.size() >= min_) rows++;
    if (path_.size() + 1 < max_) {
      push(edge.node);
    } else {
      rows += count_last_steps(edge.node);
      path_.pop(), path_nodes_.pop_back();
    }
  }
  return rows;
}

// Where only the set of end nodes counts, a breadth-first search gives it.
bool VarExpand::reachability_only(plan::Slot slot) const {
  return slot == node_.slot2 && !node_.into && min_ <= 1 && !filter_.asks_pairs() && node_.distinct_from.empty() &&
         !entered_;
}

Step VarExpand::produce_nodes(plan::Slot slot, NodeSet& out) {
  if (!reachability_only(slot)) return Operator::produce_nodes(slot, out);
  return profiled_nodes(out, [&] { return search(out); });
}

Step VarExpand::search(NodeSet& out) {
  if (state_.out_of_budget()) return Step::kYield;
  if (!reachable_.running()) {
    const Step s = input_.fill(*child_);
    if (s != Step::kBatch) return s;
    lists_.refresh();
    start_search(out);
  }
  const bool ended = reachable_.run(out);
  input_.keep_rest(held_);
  return ended ? Step::kBatch : Step::kYield;
}

// From the current row's node, or from those of all rows at once.
void VarExpand::start_search(NodeSet& out) {
  filter_.set_outer(input_.batch(), input_.row());
  do {
    const NodeId from = node_at(input_.batch().column(node_.slot), input_.row());
    if (from.valid()) reachable_.add_start(from, out);
    input_.advance();
  } while (reachable_.takes_many() && input_.has_row());
}

}  // namespace

OperatorPtr make_var_expand(const plan::PhysicalNode& node, BuildContext& build) {
  return std::make_unique<VarExpand>(node, build);
}

}  // namespace elegraph::query::exec
