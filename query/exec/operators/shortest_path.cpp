// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

#include "query/exec/columns.h"
#include "query/exec/cycle_nodes.h"
#include "query/exec/input_rows.h"
#include "query/exec/nearest_ends.h"
#include "query/exec/operators/factories.h"
#include "query/exec/output_rows.h"
#include "query/exec/search_side.h"

namespace elegraph::query::exec {

namespace {

// shortestPath and allShortestPaths between bound ends: breadth-first from both, always widening the smaller side, until
// they meet. `rel` gets the relationships in path order.
//
// Where many rows in succession have one of the ends in common, and their searches together have read as much as one of the
// whole graph may, the search from that end is kept from row to row, and goes on as far as a row's other end needs it to.
class ShortestPath : public Operator {
 public:
  ShortestPath(const plan::PhysicalNode& node, BuildContext& build)
      : Operator(node, build),
        child_(make_operator(*node.left, build)),
        forward_(state_, node.types, node.direction),
        backward_(state_, node.types, reverse(node.direction)),
        nothing_(state_, node.types, node.direction),
        filter_(node, build),
        lists_(state_, node.types, node.direction),
        cycles_(state_, lists_),
        home_(state_, lists_, filter_, node.max_hops < 0 ? SIZE_MAX : size_t(node.max_hops)),
        held_(input_slots()),
        memory_(state_),
        max_(node.max_hops < 0 ? UINT32_MAX : uint32_t(node.max_hops)) {}

  void restart() override {
    child_->restart();
    input_.restart();
    filter_.restart();
    found_.clear();
    next_ = 0;
    searching_ = searched_ = false;
    from_ = to_ = {};
    home_work_ = 0, most_home_work_.reset();
    cycles_.restart();
    memory_.release();
  }

  // Operator
 protected:
  Step produce(const Batch*& out) override {
    if (state_.out_of_budget()) return Step::kYield;
    output_.clear();
    ColumnWriter rels(rels_);
    hops_.reset(Type::kInt);
    while (output_.count() == 0) {
      Step s = input_.fill(*child_);
      if (s != Step::kBatch) return s;
      for (; input_.has_row() && !output_.full(); searched_ = false, input_.advance()) {
        state_.check_interrupt();
        if (!searched_ && !search()) return rest(out, rels);
        for (; next_ < found_.size() && !output_.full(); next_++) {
          rels.put(output_.count(), found_[next_]);
          hops_.mutable_data<int64_t>()[output_.count()] = length_of(found_[next_]);
          output_.add(input_.row());
        }
        if (next_ < found_.size()) break;
      }
    }
    return hand_on(out, rels);
  }

 private:
  using Trail = SearchSide::Trail;

  // One of the ends of the row before.
  struct CommonEnd {
    NodeId node;
    uint64_t before = 0;  // work() when it first came
    bool kept = false;    // its side's search goes on from row to row
  };

  Step hand_on(const Batch*& out, ColumnWriter& rels) {
    rels.finish();
    Batch& batch = output_.finish(input_.batch(), live(), state_.columns);
    if (is_live(node_.rel)) batch.columns[node_.rel] = &rels_;
    if (node_.hops != plan::kNoSlot) batch.columns[node_.hops] = &hops_;
    input_.keep_rest(held_);
    return out = &batch, Step::kBatch;
  }
  // The budget is spent in the middle of a search.
  Step rest(const Batch*& out, ColumnWriter& rels) {
    if (output_.count()) return hand_on(out, rels);
    input_.keep_rest(held_);
    return Step::kYield;
  }

  // What is found of a path: the list of its relationships, or how many they are where nothing else is read.
  static int64_t length_of(const Value& found) {
    return found.type() == Type::kInt ? found.as_int() : int64_t(found.as_list().size());
  }

  // Finds the current row's paths. False: the budget is spent.
  bool search() {
    const Batch& in = input_.batch();
    uint32_t row = input_.row();
    NodeId a = node_at(in.column(node_.slot), row), b = node_at(in.column(node_.slot2), row);
    if (!searching_) {
      found_.clear();
      next_ = 0;
      if (!a.valid() || !b.valid()) return searched_ = true;
      if (bool home = node_.min_hops == 0; a == b) {
        if (!home && !comes_home(in, row, a, home)) return false;
        if (home) found_.push_back(Value::list({}));
        return searched_ = true;
      }
      start(a, b);
      met_.clear();
      searching_ = true;
    }
    filter_.set_outer(in, row);
    const bool ended = from_.kept ? go_on(forward_, b) : to_.kept ? go_on(backward_, a) : search_from_both();
    if (!ended) return false;
    join(met_);
    searching_ = false;
    return searched_ = true;
  }

  uint64_t work() const { return forward_.work() + backward_.work(); }
  void start(NodeId a, NodeId b) {
    start(from_, forward_, a);
    if (from_.kept) to_ = {};
    start(to_, backward_, b);
  }
  // What a search of all that there is would read, as if that were in the caches as small searches from the same node
  // are: 1.5 million friendships took 90 ms, searches that read as many 12.
  uint64_t whole_graph() {
    constexpr uint64_t kColder = 8;
    return relationships() * kColder;
  }
  uint64_t relationships() {
    lists_.refresh();
    uint64_t n = 0;
    for (uint32_t l = 0; l < lists_.lists(); l++)
      n += state_.context.graph->statistics().relationship_count(lists_.type_of(l));
    return n;
  }
  void start(CommonEnd& end, SearchSide& side, NodeId node) {
    if (node != end.node || state_.wrote)
      end = {node, work(), false};
    else if (end.kept)
      return;
    else
      end.kept = filter_.trivial() && work() - end.before > whole_graph();
    side.start(node);
  }

  // A level is gone to its end, for rows to come.
  bool go_on(SearchSide& side, NodeId target) {
    while (side.in_level() || (!side.reached(target) && !side.exhausted() && side.depth() < max_)) {
      state_.check_interrupt();
      if (!side.widen(nothing_, filter_, node_.all_paths, met_)) return false;
      memory_.set(forward_.bytes() + backward_.bytes());
    }
    if (side.reached(target)) met_.push_back(target);
    return true;
  }

  // Where all paths are wanted a level is gone to its end, although the sides have met in the middle of it.
  bool search_from_both() {
    const auto in_level = [&] { return forward_.in_level() || backward_.in_level(); };
    while (in_level() || (met_.empty() && !forward_.exhausted() && !backward_.exhausted())) {
      if (forward_.depth() + backward_.depth() >= max_) break;
      state_.check_interrupt();
      bool forward = !backward_.in_level() && (forward_.in_level() || forward_.width() <= backward_.width());
      SearchSide &side = forward ? forward_ : backward_, &other = forward ? backward_ : forward_;
      if (!side.widen(other, filter_, node_.all_paths, met_)) return false;
      memory_.set(forward_.bytes() + backward_.bytes());
    }
    return true;
  }

  // Whether it stands for walks, one of which leads from the node to itself. False: the budget is spent.
  bool comes_home(const Batch& in, uint32_t row, NodeId node, bool& home) {
    home = false;
    if (!node_.ends_once || max_ == 0) return true;
    constexpr uint64_t kSmallPart = 8;
    if (!most_home_work_) most_home_work_ = relationships() / kSmallPart;
    if (home_work_ > *most_home_work_ && may_ask_cycles()) return cycles_.find(node, home);
    filter_.set_outer(in, row);
    home_.enter(node, true);
    NodeId end;
    for (; !home && home_.next(end); home = end == node)
      if (++home_work_ % 1024 == 0) state_.check_interrupt();
    home_.leave();
    return true;
  }
  bool may_ask_cycles() const {
    return lists_.direction() != Direction::kBoth && node_.max_hops < 0 && filter_.trivial() && !state_.wrote;
  }

  // Level by level the sides first meet in nodes that lie at the full depth of both.
  void join(const std::vector<NodeId>& met) {
    uint64_t bytes = 0;
    for (NodeId node : met) {
      if (!node_.all_paths && !is_live(node_.rel)) {
        found_.push_back(Value::integer(int64_t(forward_.depth_of(node)) + backward_.depth_of(node)));
        return;
      }
      SearchSide::Trails head(forward_, node);
      std::vector<Trail> tails;
      for (SearchSide::Trails tail(backward_, node); tail.next() && (tails.empty() || node_.all_paths);) {
        tails.push_back(tail.trail());
        count(bytes, tails.back().size() * sizeof(RelId));
      }
      while (head.next()) {
        for (const Trail& tail : tails) {
          add(head.trail(), tail);
          count(bytes, found_.back().as_list().size() * sizeof(Value));
        }
        if (!node_.all_paths) return;
      }
    }
  }
  // There may be more paths than fit in memory, or than anybody waits for.
  void count(uint64_t& bytes, uint64_t more) {
    bytes += more + sizeof(Value) + sizeof(Trail);
    memory_.set(forward_.bytes() + backward_.bytes() + bytes);
    state_.check_interrupt();
  }
  void add(const Trail& head, const Trail& tail) {
    std::vector<Value> rels;
    rels.reserve(head.size() + tail.size());
    for (auto it = head.rbegin(); it != head.rend(); ++it) rels.push_back(Value::relationship(*it));
    for (RelId r : tail) rels.push_back(Value::relationship(r));
    if (node_.reversed) std::reverse(rels.begin(), rels.end());
    found_.push_back(Value::list(std::move(rels)));
  }

  OperatorPtr child_;
  SearchSide forward_, backward_, nothing_;
  CommonEnd from_, to_;
  EdgeFilter filter_;
  AdjacencyLists lists_;
  CycleNodes cycles_;
  NearestEnds home_;
  uint64_t home_work_ = 0;  // ends that searches for a way home have found
  std::optional<uint64_t> most_home_work_;
  std::vector<plan::Slot> held_;
  MemoryAccount memory_;
  uint32_t max_;
  InputRows input_;
  OutputRows output_;
  Vector hops_;
  std::vector<Value> found_;  // found_[next_ ..] belongs to the current row
  size_t next_ = 0;
  std::vector<NodeId> met_;
  bool searching_ = false;  // a search was left half-way
  bool searched_ = false;
  Vector rels_;
};

}  // namespace

OperatorPtr make_shortest_path(const plan::PhysicalNode& node, BuildContext& build) {
  return std::make_unique<ShortestPath>(node, build);
}

}  // namespace elegraph::query::exec
