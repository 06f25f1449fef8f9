// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
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
// Where rows in succession have one of the ends in common, a search of all that this end leads to goes on beside theirs, at
// a fraction of what they cost together. It answers for the ends that it has been to, and for all once it is through.
class ShortestPath : public Operator {
 public:
  ShortestPath(const plan::PhysicalNode& node, BuildContext& build)
      : Operator(node, build),
        child_(make_operator(*node.left, build)),
        forward_(state_, node.types, node.direction),
        backward_(state_, node.types, reverse(node.direction)),
        all_forward_(state_, node.types, node.direction),
        all_backward_(state_, node.types, reverse(node.direction)),
        nothing_(state_, node.types, node.direction),
        filter_(node, build),
        lists_(state_, node.types, node.direction),
        cycles_(state_, lists_),
        home_(state_, lists_, filter_, node.max_hops < 0 ? SIZE_MAX : size_t(node.max_hops)),
        held_(input_slots()),
        memory_(state_),
        max_(node.max_hops < 0 ? UINT32_MAX : uint32_t(node.max_hops)) {}

  void rewind() override {
    child_->restart();
    input_.restart();
    filter_.restart();
    found_.clear();
    next_ = 0;
    searching_ = searched_ = false;
    from_ = to_ = {};
    home_work_ = 0, most_home_work_.reset(), usual_list_.reset();
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
    uint64_t before = 0;    // work() when it first came
    bool searched = false;  // there is a search of all that it leads to
    uint64_t begun = 0;     // the work() of that one's side when it began
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
    if (!go_on(from_, all_forward_) || !go_on(to_, all_backward_)) return false;
    if (knows(from_, all_forward_, b))
      join_known(all_forward_, backward_, b);
    else if (knows(to_, all_backward_, a))
      join_known(forward_, all_backward_, a);
    else if (search_from_both())
      join(forward_, backward_, met_);
    else
      return false;
    searching_ = false;
    return searched_ = true;
  }

  uint64_t work() const { return forward_.work() + backward_.work(); }
  void start(NodeId a, NodeId b) {
    for (auto [end, node] : {std::pair(&from_, a), std::pair(&to_, b)})
      if (node != end->node || state_.wrote) *end = {node, work()};
    forward_.start(a), backward_.start(b);
  }
  uint64_t relationships() {
    lists_.refresh();
    uint64_t n = 0;
    for (uint32_t l = 0; l < lists_.lists(); l++)
      n += state_.context.graph->statistics().relationship_count(lists_.type_of(l));
    return n;
  }

  // What a node costs that is one of the ends of such relationships.
  uint64_t usual_list() {
    if (usual_list_) return *usual_list_;
    lists_.refresh();
    uint64_t read = 1, nodes = 1;
    const auto& statistics = state_.context.graph->statistics();
    for (uint32_t l = 0; l < lists_.lists(); l++) {
      read += statistics.relationship_count(lists_.type_of(l));
      nodes = std::max(nodes, statistics.end_count(lists_.type_of(l), lists_.direction_of(l)));
    }
    return usual_list_.emplace(1 + read / nodes);
  }

  // Goes on with the search of all that the end leads to, by whole levels, as long as that has cost little against the
  // rows' own searches. These read what is in the caches, as it does not: 1.5 million friendships took 90 ms, searches that
  // read as many 12. False: the budget is spent.
  bool go_on(CommonEnd& end, SearchSide& side) {
    constexpr uint64_t kColder = 4, kLeast = 2048;
    const uint64_t allowed = (work() - end.before) / kColder;
    if (!end.searched && (allowed < kLeast || !filter_.trivial())) return true;
    if (!std::exchange(end.searched, true)) side.start(end.node), end.begun = side.work();
    const auto spent_then = [&] { return side.work() - end.begun + side.width() * usual_list(); };
    while (side.in_level() || (!is_through(side) && spent_then() <= allowed)) {
      state_.check_interrupt();
      if (!side.widen(nothing_, filter_, node_.all_paths, met_)) return false;
      count_memory(0);
    }
    return true;
  }
  bool is_through(const SearchSide& side) const { return side.exhausted() || side.depth() >= max_; }
  // Whether it has been to the node, or the node is nowhere that it leads to.
  bool knows(const CommonEnd& end, const SearchSide& side, NodeId node) const {
    return end.searched && (side.reached(node) || is_through(side));
  }
  void join_known(const SearchSide& heads, const SearchSide& tails, NodeId node) {
    if (heads.reached(node) && tails.reached(node)) join(heads, tails, {node});
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
      count_memory(0);
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
  void join(const SearchSide& heads, const SearchSide& tails, const std::vector<NodeId>& met) {
    uint64_t bytes = 0;
    for (NodeId node : met) {
      if (!node_.all_paths && !is_live(node_.rel)) {
        found_.push_back(Value::integer(int64_t(heads.depth_of(node)) + tails.depth_of(node)));
        return;
      }
      SearchSide::Trails head(heads, node);
      std::vector<Trail> ends;
      for (SearchSide::Trails tail(tails, node); tail.next() && (ends.empty() || node_.all_paths);) {
        ends.push_back(tail.trail());
        count(bytes, ends.back().size() * sizeof(RelId));
      }
      while (head.next()) {
        for (const Trail& tail : ends) {
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
    count_memory(bytes);
    state_.check_interrupt();
  }
  void count_memory(uint64_t paths) {
    memory_.set(forward_.bytes() + backward_.bytes() + all_forward_.bytes() + all_backward_.bytes() + paths);
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
  SearchSide forward_, backward_, all_forward_, all_backward_, nothing_;
  CommonEnd from_, to_;
  EdgeFilter filter_;
  AdjacencyLists lists_;
  CycleNodes cycles_;
  NearestEnds home_;
  uint64_t home_work_ = 0;  // ends that searches for a way home have found
  std::optional<uint64_t> most_home_work_, usual_list_;
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
