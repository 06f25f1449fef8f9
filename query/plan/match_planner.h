// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
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
// always taking the step that leaves the least work (rows touched plus rows handed on), and the cheapest play wins
// (in the spirit of greedy operator ordering, Fegaras 1998). Components follow each other by rows; one that an equality
// ties to the rows so far becomes a hash join where that is cheaper than running it once a row.
class MatchPlanner {
 public:
  MatchPlanner(StatementContext& context, const PatternGraph& graph, const SlotSet& bound);

  // `input`: the rows so far; null for none (a statement's start, or a subplan that has read nothing of its row
  // yet: then `argument` says that the outer row is there to be read).
  NodePtr plan(NodePtr input, bool argument);

 private:
  struct Step {
    enum class Kind : uint8_t { kAccess, kRelationshipScan, kExpand, kIntersect, kResolve } kind;
    uint32_t index;      // of the node or relationship
    bool backwards = false;  // kExpand: from `to` to `from`
    bool into = false;
    std::vector<uint32_t> legs;  // kIntersect: relationships to the node
    AccessPath access;
    double cost = 0;     // for all input rows
    double rows = 0;     // after it, predicates included
  };
  struct State {
    SlotSet bound;
    std::vector<bool> nodes, relationships, predicates;
    std::vector<double> rows_at;  // by node: how many rows there were when it was bound
    double rows = 1, cost = 0;
  };

  State start_state(double rows) const;
  // The search takes time with the square of this, and the plan as many operators on top of each other.
  static constexpr size_t kMaxParts = 1000;

  void components();
  bool node_bound(const State& s, uint32_t node) const { return s.nodes[node]; }

  // search
  std::vector<Step> play(State state, uint32_t component, std::vector<Step> first) const;
  std::vector<Step> best_play(const State& state, uint32_t component, double& cost, double& rows) const;
  void candidates(const State& s, uint32_t component, std::vector<Step>& out) const;
  bool access_step(const State& s, uint32_t node, Step& out) const;
  bool expand_step(const State& s, uint32_t relationship, Step& out) const;
  bool intersect_step(const State& s, uint32_t node, Step& out) const;
  double intersect_cost(const State& s, const Step& step, uint32_t node) const;
  bool scan_step(const State& s, uint32_t relationship, Step& out) const;
  bool resolve_step(const State& s, uint32_t relationship, Step& out) const;
  void advance(State& s, const Step& step) const;
  double apply_predicates(State& s) const;  // marks those that can be, returns their joint selectivity
  double predicate_share(const State& s, const SlotSet& after, const std::vector<uint32_t>& consumed) const;

  // building
  void build(const Step& step, State& s);
  void build_access(const Step& step);
  void build_scan(const Step& step);
  void build_expand(const Step& step, const State& s);
  void build_intersect(const Step& step, const State& s);
  void build_resolve(const Step& step, const State& s);
  void orient(const PatternRelationship& r, BoundPtr& source, BoundPtr& target);
  void require_distinct(const State& s, uint32_t relationship);
  void add_filters(State& s, const std::vector<uint32_t>& consumed);
  void add_filter(std::vector<BoundPtr> conditions, double share);
  void add_paths(State& s);
  void input_filters(State& s);
  bool join_component(State& s, uint32_t component);
  NodePtr component_plan(State s, const std::vector<Step>& steps);
  std::vector<Slot> distinct_from(const State& s, uint32_t relationship) const;
  void put(NodePtr node, double rows, double cost);

  StatementContext& context_;
  const PatternGraph& graph_;
  CostModel costs_;
  SlotSet outer_;
  std::vector<SlotSet> predicate_slots_;
  std::vector<uint32_t> node_component_, relationship_component_;
  uint32_t component_count_ = 0;
  NodePtr current_;
  bool argument_ = false;
  std::vector<bool> paths_done_;
};

// slot:A:B as a condition.
BoundPtr has_labels(const StatementContext& context, Slot slot, const std::vector<std::string>& labels);

// Adds `condition` on top of `input`: subplans of EXISTS become semi-joins.
NodePtr add_condition(NodePtr input, const std::vector<BoundPtr>& conjuncts, double share);

}  // namespace elegraph::query::plan
