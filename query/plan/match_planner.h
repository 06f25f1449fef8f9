// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "query/plan/access_path.h"
#include "query/plan/cost_model.h"
#include "query/plan/pattern_graph.h"
#include "query/plan/physical.h"

namespace elegraph::query::plan {

using NodePtr = std::shared_ptr<PhysicalNode>;

// Orders the scans and expansions of one pattern graph and builds the operators for it.
//
// The search is greedy with every start tried: for each connected component each possible start is played through,
// always taking the step that leaves the least work (rows touched plus rows handed on), once more without nodes that are
// not related to what is bound where the first play took up such, and the cheapest play wins (in the spirit of greedy
// operator ordering, Fegaras 1998). Components follow each other by rows; one that an equality ties to the rows so far
// becomes a hash join where that is cheaper than running it once a row.
//
// The time of the search is bounded: what does not change from step to step (selectivities, degrees, access paths under the
// same bound slots) is worked out once, and patterns past kThorough parts are played from few starts, expanding where they
// can.
class MatchPlanner {
 public:
  MatchPlanner(StatementContext& context, const PatternGraph& graph, const SlotSet& bound);

  // `input`: the rows so far; null for none (a statement's start, or a subplan that has read nothing of its row
  // yet: then `argument` says that the outer row is there to be read).
  NodePtr plan(NodePtr input, bool argument);

 private:
  struct Step {
    enum class Kind : uint8_t { kAccess, kRelationshipScan, kExpand, kIntersect, kResolve } kind;
    uint32_t index;          // of the node or relationship
    bool backwards = false;  // kExpand: from `to` to `from`
    bool into = false;
    std::vector<uint32_t> legs;  // kIntersect: relationships to the node
    AccessPath access;
    double cost = 0;  // for all input rows
    double rows = 0;  // after it, predicates included
  };
  struct State {
    SlotSet bound;
    std::vector<bool> nodes, relationships, predicates;
    std::vector<bool> unlabelled;  // by node: found by a scan of all nodes
    std::vector<bool> unordered;   // by node: an end in a scan of relationships, where rows of a node do not come together
    std::vector<double> rows_at;   // by node: how many rows there were when it was bound
    double rows = 1, cost = 0;
  };

  State start_state(double rows) const;
  // An access path, and the bound slots that it was chosen under.
  struct Access {
    bool chosen = false;
    SlotSet bound;
    AccessPath path;
  };
  // What a step over a relationship costs, whatever has been done before.
  struct RelationshipCosts {
    bool known = false;
    double rows = 0;                             // relationships of its types
    double forward = 0, back = 0;                // degrees at `from` and at `to`, of nodes with the likely labels
    double forward_next = 0, back_next = 0;      // of nodes on the way of a walk
    double step_share = 1;                       // of a walk's steps, those that its conditions let it go
    double ends = 0;                             // nodes that have relationships of its types; 0: nothing is known
    double forward_of_end = 0, back_of_end = 0;  // of nodes that are ends of another relationship of the same types
    double forward_of_any = 0, back_of_any = 0;  // of all that have the labels asked for
    double to_fraction = 1, from_fraction = 1;   // of those with a fitting near end, the ones with a fitting far end
    double both_fraction = 1;                    // of the relationships, those with two fitting ends
    double from_nodes = 0, to_nodes = 0;
  };
  // Relationships, or components, of a pattern that is searched thoroughly.
  static constexpr size_t kThorough = 16;

  // The search takes time with the square of this, and the plan as many operators on top of each other.
  static constexpr size_t kMaxParts = 1000;

  void find_walk_reads();
  void components();
  void index_predicates();
  bool overlapping(uint32_t a, uint32_t b) const;  // whether two relationships may be the same one, by their types
  bool thoroughly(uint32_t component) const { return relationships_of_[component].size() <= kThorough; }
  void find_likely_labels();
  void find_ranges();
  void find_semi_sides();

  // search
  // `connected`: only what relationships lead to, as long as any does.
  std::vector<Step> play(State state, uint32_t component, std::vector<Step> first, bool connected) const;
  std::vector<Step> known_first(State state, uint32_t component) const;
  std::vector<Step> best_play(const State& state, uint32_t component, double& cost, double& rows) const;
  bool gives_groups(const std::vector<Step>& steps) const;
  bool gives_order(const std::vector<Step>& steps) const;
  double compared_cost(const std::vector<Step>& steps, double total) const;
  bool reads_all_of_one(const std::vector<Step>& steps) const;
  double fetched_next(const std::vector<Step>& steps) const;
  void candidates(const State& s, uint32_t component, bool connected, std::vector<Step>& out) const;
  double work(const State& s, const Step& step) const;
  bool access_step(const State& s, uint32_t node, Step& out) const;
  bool expand_step(const State& s, uint32_t relationship, Step& out) const;
  bool intersect_step(const State& s, uint32_t node, Step& out) const;
  // At the relationship's `from` (forward) or `to`. A scan of all nodes also finds those without any relationship.
  double degree(const State& s, uint32_t relationship, bool forward) const;
  double walked(uint32_t relationship, double degree, bool forward) const;
  // Whether another relationship of the same types that is bound is there.
  bool is_end_of_same(const State& s, uint32_t relationship, uint32_t node) const;
  double leg_degree(const State& s, uint32_t relationship, uint32_t node) const;  // at its other end
  double intersect_cost(const State& s, const Step& step, uint32_t node) const;
  bool reads_relationship(const State& s, uint32_t relationship) const;
  bool scan_step(const State& s, uint32_t relationship, Step& out) const;
  bool resolve_step(const State& s, uint32_t relationship, Step& out) const;
  void advance(State& s, const Step& step) const;
  double apply_predicates(State& s) const;  // marks those that can be, returns their joint selectivity
  // Of the predicates among `changed` that `after` makes decidable.
  using PredicateLists = std::vector<const std::vector<uint32_t>*>;
  double predicate_share(const State& s, const SlotSet& after, const PredicateLists& changed,
                         const std::vector<uint32_t>& consumed) const;
  const AccessPath& access(uint32_t node, const SlotSet& bound) const;
  const RelationshipCosts& costs_of(uint32_t relationship) const;
  void find_fractions(const PatternRelationship& r, RelationshipCosts& c) const;
  std::vector<std::vector<Step>> starts(const State& state, uint32_t component) const;

  // building
  void build(const Step& step, State& s);
  void hoist_properties(const State& before, const State& after);
  void filter_by_index(const Step& step, const State& before, double rows, std::vector<uint32_t>& consumed);
  void build_access(const Step& step);
  std::vector<uint32_t> build_scan(const Step& step, const State& s);  // the predicates that became conditions of it
  void build_expand(const Step& step, const State& s);
  void add_known_ends(PhysicalNode& expansion, uint32_t end, const State& s) const;
  std::vector<BoundPtr> known_nodes(uint32_t node, const SlotSet& bound) const;
  void build_intersect(const Step& step, const State& s);
  void build_resolve(const Step& step, const State& s);
  void orient(const PatternRelationship& r, BoundPtr& source, BoundPtr& target);
  void require_distinct(const State& s, uint32_t relationship);
  void add_filters(State& s, const std::vector<uint32_t>& consumed);
  void add_filter(std::vector<BoundPtr> conditions, double share);
  void add_path(uint32_t path, State& s);
  void add_paths(State& s);
  void input_filters(State& s);
  void plan_many(State& s);
  bool join_component(State& s, uint32_t component);
  bool is_apart(const State& s, uint32_t component) const;
  bool keeps_product(double cost, double left, double right, double nested_cost) const;
  bool keeps_rows_so_far(const PhysicalNode& pattern) const;
  double rows_to_join(const State& s) const;
  double join_cost(double cost, double left, double right) const;
  double runs() const { return argument_ ? context_.runs : 1; }  // of the subplan that it is in
  NodePtr component_plan(State s, const std::vector<Step>& steps);
  std::vector<Slot> distinct_from(const State& s, uint32_t relationship) const;
  Slot only_list(Slot relationship, Direction d) const;
  void put(NodePtr node, double rows, double cost);

  StatementContext& context_;
  const PatternGraph& graph_;
  CostModel costs_;
  SlotSet outer_;
  std::vector<SlotSet> predicate_slots_;
  std::vector<const SemiSide*> semi_sides_;                                       // by predicate, null for none
  std::vector<double> selectivity_;                                               // of predicates
  std::vector<std::vector<uint32_t>> node_predicates_, relationship_predicates_;  // that read the slot
  std::vector<SlotSet> node_reads_;                                               // what else the node's predicates read
  std::vector<SlotSet> walk_slots_;                                 // that a walk's conditions read, by relationship
  std::vector<SlotSet> walk_reads_;                                 // of them, those of the pattern
  std::vector<std::vector<uint32_t>> nodes_of_, relationships_of_;  // by component
  std::vector<std::vector<std::string_view>> sorted_types_;         // of relationships
  std::vector<std::vector<uint32_t>> incident_;                     // relationships at each node
  mutable std::vector<Access> access_;
  mutable std::vector<RelationshipCosts> relationship_costs_;
  std::vector<BoundPtr> predicates_;                     // the graph's, with properties that were read earlier as slots
  std::vector<std::vector<std::string>> likely_labels_;  // by node: what it asks for and what its relationships imply
  std::vector<uint32_t> node_component_, relationship_component_;
  uint32_t component_count_ = 0;
  NodePtr current_;
  double input_cost_ = 0, input_rows_ = 1;  // of what the pattern is planned on top of
  bool argument_ = false;
  std::vector<bool> paths_done_;
};

// slot:A:B as a condition.
BoundPtr has_labels(const StatementContext& context, Slot slot, const std::vector<std::string>& labels);

}  // namespace elegraph::query::plan
