// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "query/plan/expression_tools.h"
#include "query/plan/match_planner.h"
#include "storage/error.h"

// The search for an order of steps.
namespace elegraph::query::plan {

MatchPlanner::MatchPlanner(StatementContext& context, const PatternGraph& graph, const SlotSet& bound)
    : context_(context), graph_(graph), costs_(context), outer_(bound) {
  if (graph.nodes.size() + graph.relationships.size() > kMaxParts)
    throw Error(sqlstate::kStatementTooComplex, "pattern has too many nodes and relationships")
        .with_detail("At most " + std::to_string(kMaxParts) + " are allowed between two other clauses.");
  for (const BoundPtr& p : graph.predicates) predicate_slots_.push_back(slots_of(p));
  paths_done_.resize(graph.paths.size());
  components();
}

void MatchPlanner::components() {
  std::vector<uint32_t> root(graph_.nodes.size());
  for (uint32_t i = 0; i < root.size(); ++i) root[i] = i;
  auto find = [&](uint32_t i) {
    while (root[i] != i) i = root[i];
    return i;
  };
  for (const PatternRelationship& r : graph_.relationships) root[find(r.from)] = find(r.to);
  std::vector<uint32_t> number(root.size(), ~0u);
  for (uint32_t i = 0; i < root.size(); ++i) {
    uint32_t& n = number[find(i)];
    if (n == ~0u) n = component_count_++;
    node_component_.push_back(n);
  }
  for (const PatternRelationship& r : graph_.relationships) relationship_component_.push_back(node_component_[r.from]);
}

MatchPlanner::State MatchPlanner::start_state(double rows) const {
  State s;
  s.bound = outer_;
  s.rows = rows;
  for (const PatternNode& n : graph_.nodes) s.nodes.push_back(outer_.contains(n.slot));
  s.rows_at.resize(graph_.nodes.size(), rows);
  s.relationships.resize(graph_.relationships.size());
  s.predicates.resize(graph_.predicates.size());
  return s;
}

double MatchPlanner::predicate_share(const State& s, const SlotSet& after, const std::vector<uint32_t>& consumed) const {
  double share = 1;
  for (uint32_t i = 0; i < graph_.predicates.size(); ++i)
    if (!s.predicates[i] && after.contains_all(predicate_slots_[i]) &&
        std::find(consumed.begin(), consumed.end(), i) == consumed.end())
      share *= costs_.selectivity(*graph_.predicates[i]);
  return share;
}

bool MatchPlanner::access_step(const State& s, uint32_t node, Step& out) const {
  if (s.nodes[node]) return false;
  const PatternNode& n = graph_.nodes[node];
  out.kind = Step::Kind::kAccess, out.index = node;
  out.access = best_access(context_, costs_, graph_, n, s.bound, predicate_slots_);
  SlotSet after = s.bound;
  after.add(n.slot);
  // What the access path serves is counted in its rows already.
  std::vector<uint32_t> counted = out.access.consumed;
  double share = out.access.kind == NodeKind::kNodeIndexSeek && out.access.single ? 1 : predicate_share(s, after, counted);
  out.rows = s.rows * out.access.rows * share;
  out.cost = s.rows * out.access.cost;
  return true;
}

bool MatchPlanner::scan_step(const State& s, uint32_t relationship, Step& out) const {
  const PatternRelationship& r = graph_.relationships[relationship];
  if (s.relationships[relationship] || r.bound || r.variable_length || s.nodes[r.from] || s.nodes[r.to] || r.from == r.to)
    return false;
  out.kind = Step::Kind::kRelationshipScan, out.index = relationship;
  double rows = costs_.relationships(r.types) * (r.direction == Direction::kBoth ? 2 : 1);
  double checks = double(graph_.nodes[r.from].labels.size() + graph_.nodes[r.to].labels.size());
  SlotSet after = s.bound;
  after.add(r.slot), after.add(graph_.nodes[r.from].slot), after.add(graph_.nodes[r.to].slot);
  double share = predicate_share(s, after, {});
  share *= costs_.target_fraction(r.types, r.direction, graph_.nodes[r.to].labels);
  share *= costs_.target_fraction(r.types, reverse(r.direction), graph_.nodes[r.from].labels);
  // A random look at each end's labels is dearer than the scan itself.
  out.cost = s.rows * rows * (CostModel::kRelationshipRow + checks);
  out.rows = s.rows * rows * share;
  return true;
}

bool MatchPlanner::expand_step(const State& s, uint32_t relationship, Step& out) const {
  const PatternRelationship& r = graph_.relationships[relationship];
  bool from = s.nodes[r.from], to = s.nodes[r.to];
  if (s.relationships[relationship] || r.bound || (!from && !to)) return false;
  if (r.path_kind != cypher::PathKind::kPlain && !(from && to)) return false;
  out.kind = Step::Kind::kExpand, out.index = relationship;
  const PatternNode &a = graph_.nodes[r.from], &b = graph_.nodes[r.to];
  double forward = costs_.degree(a.labels, r.types, r.direction);
  double back = costs_.degree(b.labels, r.types, reverse(r.direction));
  out.into = from && to;
  out.backwards = out.into ? back < forward : to;
  if (out.into && r.path_kind != cypher::PathKind::kPlain) out.backwards = false;
  double degree = out.backwards ? back : forward;
  const PatternNode& far = out.backwards ? a : b;
  Direction d = out.backwards ? reverse(r.direction) : r.direction;
  double touched = r.variable_length ? costs_.path_count(degree, r.min_hops, r.max_hops) : degree;
  SlotSet after = s.bound;
  after.add(r.slot), after.add(a.slot), after.add(b.slot);
  double share = predicate_share(s, after, {});
  if (out.into) {
    double chance = std::min(1.0, touched / std::max(1.0, costs_.nodes(far.labels)));
    out.rows = s.rows * (r.path_kind == cypher::PathKind::kPlain ? chance : 1) * share;
    double walk = CostModel::kExpandList + CostModel::kExpandRow * touched;
    out.cost = s.rows * (r.variable_length ? walk : std::min(walk, 2 * CostModel::kIntoProbe));
    return true;
  }
  double labelled = r.variable_length && r.min_hops == 0 ? 1 : costs_.target_fraction(r.types, d, far.labels);
  out.rows = s.rows * touched * labelled * share;
  out.cost = s.rows * (CostModel::kExpandList + (CostModel::kExpandRow + (far.labels.empty() ? 0 : CostModel::kCheck)) * touched);
  return true;
}

// The ends of a relationship that is bound already.
bool MatchPlanner::resolve_step(const State& s, uint32_t relationship, Step& out) const {
  const PatternRelationship& r = graph_.relationships[relationship];
  if (s.relationships[relationship] || !r.bound) return false;
  out.kind = Step::Kind::kResolve, out.index = relationship;
  double ends = (s.nodes[r.from] ? 0.1 : 1) * (s.nodes[r.to] ? 0.1 : 1);
  SlotSet after = s.bound;
  after.add(graph_.nodes[r.from].slot), after.add(graph_.nodes[r.to].slot);
  out.rows = s.rows * ends * (r.direction == Direction::kBoth ? 2 : 1) * predicate_share(s, after, {});
  out.cost = s.rows;
  return true;
}

void MatchPlanner::candidates(const State& s, uint32_t component, std::vector<Step>& out) const {
  Step step{};
  for (uint32_t i = 0; i < graph_.relationships.size(); ++i)
    if (relationship_component_[i] == component && (expand_step(s, i, step = Step{}) || resolve_step(s, i, step)))
      out.push_back(step);
  for (uint32_t i = 0; i < graph_.nodes.size(); ++i)
    if (node_component_[i] == component) {
      if (intersect_step(s, i, step = Step{})) out.push_back(step);
      if (access_step(s, i, step = Step{})) out.push_back(std::move(step));
    }
}

double MatchPlanner::apply_predicates(State& s) const {
  double share = 1;
  for (uint32_t i = 0; i < graph_.predicates.size(); ++i)
    if (!s.predicates[i] && s.bound.contains_all(predicate_slots_[i]))
      s.predicates[i] = true, share *= costs_.selectivity(*graph_.predicates[i]);
  return share;
}

void MatchPlanner::advance(State& s, const Step& step) const {
  auto bind = [&](uint32_t node) {
    if (!s.nodes[node]) s.rows_at[node] = step.rows;
    s.nodes[node] = true, s.bound.add(graph_.nodes[node].slot);
  };
  if (step.kind == Step::Kind::kAccess) {
    bind(step.index);
  } else if (step.kind == Step::Kind::kIntersect) {
    for (uint32_t r : step.legs) s.relationships[r] = true, s.bound.add(graph_.relationships[r].slot);
    bind(step.index);
  } else {
    const PatternRelationship& r = graph_.relationships[step.index];
    s.relationships[step.index] = true, s.bound.add(r.slot);
    bind(r.from), bind(r.to);
  }
  apply_predicates(s);
  s.rows = step.rows, s.cost += step.cost;
}

std::vector<MatchPlanner::Step> MatchPlanner::play(State state, uint32_t component, std::vector<Step> steps) const {
  for (const Step& step : steps) advance(state, step);
  std::vector<Step> open;
  while (open.clear(), candidates(state, component, open), !open.empty()) {
    auto work = [](const Step& s) { return s.cost + s.rows; };
    auto best = std::min_element(open.begin(), open.end(), [&](auto& a, auto& b) { return work(a) < work(b); });
    advance(state, *best);
    steps.push_back(std::move(*best));
  }
  return steps;
}

std::vector<MatchPlanner::Step> MatchPlanner::best_play(const State& state, uint32_t component, double& cost,
                                                        double& rows) const {
  std::vector<std::vector<Step>> starts;
  bool tied = false;
  for (uint32_t i = 0; i < graph_.nodes.size(); ++i) tied |= node_component_[i] == component && state.nodes[i];
  for (uint32_t i = 0; i < graph_.relationships.size(); ++i)
    tied |= relationship_component_[i] == component && graph_.relationships[i].bound;
  if (tied) starts.push_back({});
  Step step{};
  // A long pattern is played once: every start would cost the square of its length.
  const uint32_t max_starts = graph_.relationships.size() > 100 ? 1 : 12;
  for (uint32_t i = 0; i < graph_.nodes.size() && starts.size() < max_starts; ++i)
    if (!tied && node_component_[i] == component && access_step(state, i, step = Step{})) starts.push_back({step});
  for (uint32_t i = 0; i < graph_.relationships.size() && starts.size() < max_starts; ++i)
    if (!tied && relationship_component_[i] == component && scan_step(state, i, step = Step{})) starts.push_back({step});
  std::vector<Step> best;
  bool first = true;
  for (auto& start : starts) {
    std::vector<Step> steps = play(state, component, std::move(start));
    double total = 0, handed = 0;
    for (const Step& s : steps) total += s.cost + s.rows * CostModel::kCheck, handed = s.rows;
    if (!first && total >= cost) continue;
    first = false, cost = total, rows = steps.empty() ? state.rows : handed, best = std::move(steps);
  }
  return best;
}

}  // namespace elegraph::query::plan
