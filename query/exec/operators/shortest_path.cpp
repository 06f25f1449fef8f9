// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <memory>
#include <unordered_map>
#include <vector>

#include "query/exec/adjacency.h"
#include "query/exec/columns.h"
#include "query/exec/input_rows.h"
#include "query/exec/operators/edge_filter.h"
#include "query/exec/operators/factories.h"
#include "query/exec/output_rows.h"

namespace elegraph::query::exec {

namespace {

using Trail = std::vector<RelId>;

// One side of a bidirectional search: what was reached, how far it is, and over which relationships it was first
// reached (all of them at the same distance, for all shortest paths).
class SearchSide {
 public:
  SearchSide(State& state, const std::vector<std::string>& types, Direction direction)
      : state_(state), lists_(state, types, direction) {}

  void start(NodeId node) {
    reached_.clear(), links_.clear();
    frontier_.assign(1, node);
    depth_ = 0;
    reached_[node.value] = {0, kNoLink};
    lists_.refresh();
  }
  bool exhausted() const { return frontier_.empty(); }
  size_t width() const { return frontier_.size(); }
  uint32_t depth() const { return depth_; }
  bool at_distance(NodeId node, uint32_t depth) const {
    auto found = reached_.find(node.value);
    return found != reached_.end() && found->second.depth == depth;
  }

  // Goes one relationship further. The nodes reached now that `other` has too go to `met`.
  void widen(const SearchSide& other, EdgeFilter& filter, bool all, std::vector<NodeId>& met) {
    std::vector<NodeId> next;
    depth_++;
    for (NodeId from : frontier_) {
      edges_.clear();
      read(from, filter);
      for (const Hop& e : edges_) {
        auto [it, added] = reached_.try_emplace(e.node.value, Reached{depth_, kNoLink});
        if (!added && (!all || it->second.depth != depth_)) continue;
        links_.push_back({from, e.rel, it->second.link});
        it->second.link = uint32_t(links_.size() - 1);
        if (!added) continue;
        next.push_back(e.node);
        if (other.reached_.count(e.node.value)) met.push_back(e.node);
      }
    }
    frontier_ = std::move(next);
  }

  // All trails from `node` back to the start, nearest relationship first.
  void trails(NodeId node, Trail& prefix, bool all, std::vector<Trail>& out) const {
    uint32_t link = reached_.at(node.value).link;
    if (link == kNoLink) return out.push_back(prefix);
    for (; link != kNoLink; link = links_[link].next) {
      prefix.push_back(links_[link].rel);
      trails(links_[link].from, prefix, all, out);
      prefix.pop_back();
      if (!all) return;
    }
  }

 private:
  static constexpr uint32_t kNoLink = ~0u;
  struct Reached {
    uint32_t depth, link;
  };
  struct Link {
    NodeId from;
    RelId rel;
    uint32_t next;
  };

  void read(NodeId from, EdgeFilter& filter) {
    for (uint32_t l = 0; l < lists_.lists(); l++) {
      auto list = lists_.read(from, l);
      for (uint32_t i = 0; i < list.neighbors.count; i++)
        edges_.push_back({list.neighbors.nodes[i], list.neighbors.rels[i]});
    }
    state_.touch(edges_.size() + 1);
    filter.filter(edges_, 0);
  }

  State& state_;
  AdjacencyLists lists_;
  std::unordered_map<uint32_t, Reached> reached_;
  std::vector<Link> links_;
  std::vector<NodeId> frontier_;
  std::vector<Hop> edges_;
  uint32_t depth_ = 0;
};

// shortestPath and allShortestPaths between bound ends: breadth-first from both, always widening the smaller side, until
// they meet. `rel` gets the relationships in path order.
class ShortestPath : public Operator {
 public:
  ShortestPath(const plan::PhysicalNode& node, BuildContext& build)
      : Operator(node, build),
        child_(make_operator(*node.left, build)),
        forward_(state_, node.types, node.direction),
        backward_(state_, node.types, reverse(node.direction)),
        filter_(node, build),
        held_(input_slots()),
        max_(node.max_hops < 0 ? UINT32_MAX : uint32_t(node.max_hops)) {}

  void restart() override {
    child_->restart();
    input_.restart();
    filter_.restart();
    found_.clear();
    next_ = 0;
    searched_ = false;
  }

  // Operator
 protected:
  Step produce(const Batch*& out) override {
    if (state_.out_of_budget()) return Step::kYield;
    output_.clear();
    ColumnWriter rels(rels_);
    while (output_.count() == 0) {
      Step s = input_.fill(*child_);
      if (s != Step::kBatch) return s;
      for (; input_.has_row() && !output_.full(); searched_ = false, input_.advance()) {
        if (!searched_) search();
        for (; next_ < found_.size() && !output_.full(); next_++) {
          rels.put(output_.count(), found_[next_]);
          output_.add(input_.row());
        }
        if (next_ < found_.size()) break;
      }
    }
    rels.finish();
    Batch& batch = output_.finish(input_.batch(), live(), state_.columns);
    if (node_.rel != plan::kNoSlot) batch.columns[node_.rel] = &rels_;
    input_.keep_rest(held_);
    return out = &batch, Step::kBatch;
  }

 private:
  void search() {
    found_.clear();
    next_ = 0;
    searched_ = true;
    const Batch& in = input_.batch();
    uint32_t row = input_.row();
    NodeId a = node_at(in.column(node_.slot), row), b = node_at(in.column(node_.slot2), row);
    if (!a.valid() || !b.valid()) return;
    if (a == b) {
      if (node_.min_hops == 0) found_.push_back(Value::list({}));
      return;
    }
    filter_.set_outer(in, row);
    forward_.start(a), backward_.start(b);
    std::vector<NodeId> met;
    while (met.empty() && !forward_.exhausted() && !backward_.exhausted()) {
      if (forward_.depth() + backward_.depth() >= max_) return;
      state_.check_interrupt();
      if (forward_.width() <= backward_.width())
        forward_.widen(backward_, filter_, node_.all_paths, met);
      else
        backward_.widen(forward_, filter_, node_.all_paths, met);
    }
    join(met);
  }

  // Level by level the sides first meet in nodes that lie at the full depth of both.
  void join(const std::vector<NodeId>& met) {
    for (NodeId node : met) {
      if (!forward_.at_distance(node, forward_.depth()) || !backward_.at_distance(node, backward_.depth())) continue;
      std::vector<Trail> heads, tails;
      Trail scratch;
      forward_.trails(node, scratch, node_.all_paths, heads);
      backward_.trails(node, scratch, node_.all_paths, tails);
      for (const Trail& head : heads)
        for (const Trail& tail : tails) add(head, tail);
      if (!node_.all_paths) return;
    }
  }
  void add(const Trail& head, const Trail& tail) {
    std::vector<Value> rels;
    for (auto it = head.rbegin(); it != head.rend(); ++it) rels.push_back(Value::relationship(*it));
    for (RelId r : tail) rels.push_back(Value::relationship(r));
    if (node_.reversed) std::reverse(rels.begin(), rels.end());
    found_.push_back(Value::list(std::move(rels)));
  }

  OperatorPtr child_;
  SearchSide forward_, backward_;
  EdgeFilter filter_;
  std::vector<plan::Slot> held_;
  uint32_t max_;
  InputRows input_;
  OutputRows output_;
  std::vector<Value> found_;  // found_[next_ ..] belongs to the current row
  size_t next_ = 0;
  bool searched_ = false;
  Vector rels_;
};

}  // namespace

OperatorPtr make_shortest_path(const plan::PhysicalNode& node, BuildContext& build) {
  return std::make_unique<ShortestPath>(node, build);
}

}  // namespace elegraph::query::exec
