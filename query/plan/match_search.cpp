// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "query/plan/expression_tools.h"
#include "query/plan/match_planner.h"
#include "query/plan/range_estimate.h"
#include "query/plan/semi_join.h"
#include "storage/error.h"

// The search for an order of steps.
namespace elegraph::query::plan {

namespace {

bool is_deterministic(const BoundExpression& e) {
  return !any_part(e, [](const BoundExpression& part) { return part.function && !part.function->deterministic; });
}

// What must be bound before the predicate is asked. rand() < 0.5 is asked of each match, not once of the row that the
// pattern begins with.
SlotSet slots_before(const BoundPtr& predicate, const SlotSet& pattern) {
  SlotSet out = slots_of(predicate);
  if (!out.intersects(pattern) && !is_deterministic(*predicate)) out.add(pattern);
  return out;
}

}  // namespace

MatchPlanner::MatchPlanner(StatementContext& context, const PatternGraph& graph, const SlotSet& bound)
    : context_(context), graph_(graph), costs_(context), outer_(bound) {
  if (graph.nodes.size() + graph.relationships.size() > kMaxParts)
    throw Error(sqlstate::kStatementTooComplex, "pattern has too many nodes and relationships")
        .with_detail("At most " + std::to_string(kMaxParts) + " are allowed between two other clauses.");
  predicates_ = graph.predicates;
  SlotSet own;
  for (const PatternNode& n : graph.nodes) own.add(n.slot);
  for (const PatternRelationship& r : graph.relationships) own.add(r.slot);
  for (const BoundPtr& p : graph.predicates) {
    context.check_interrupt();
    predicate_slots_.push_back(slots_before(p, own));
    selectivity_.push_back(costs_.selectivity(*p));
  }
  index_predicates();
  paths_done_.resize(graph.paths.size());
  access_.resize(graph.nodes.size());
  relationship_costs_.resize(graph.relationships.size());
  find_walk_reads();
  components();
  find_likely_labels();
  find_ranges();
  find_semi_sides();
}

namespace {

// property <kind> constant
struct RangePart {
  uint32_t predicate;
  BoundKind kind;
  const BoundExpression* property;
  BoundPtr value;
};

std::optional<RangePart> range_part(const BoundExpression& p, uint32_t number) {
  if (p.kind == BoundKind::kEqual || (!is_comparison(p.kind) && p.kind != BoundKind::kStartsWith)) return std::nullopt;
  const bool mirror = p.args[0]->kind != BoundKind::kProperty;
  if (mirror && p.kind == BoundKind::kStartsWith) return std::nullopt;
  const BoundExpression& e = *p.args[mirror ? 1 : 0];
  if (e.kind != BoundKind::kProperty || !e.key_id.valid() || e.args[0]->kind != BoundKind::kSlot) return std::nullopt;
  return RangePart{number, mirror ? mirrored(p.kind) : p.kind, &e, p.args[mirror ? 0 : 1]};
}

}  // namespace

// What an index knows of ranges over its first property. The parts of a range count as one, which is the first's share.
void MatchPlanner::find_ranges() {
  std::vector<RangePart> parts;
  for (uint32_t i = 0; i < graph_.predicates.size(); ++i)
    if (auto part = range_part(*graph_.predicates[i], i)) parts.push_back(std::move(*part));
  std::vector<bool> done(parts.size());
  for (size_t i = 0; i < parts.size(); ++i) {
    const index::PropertyIndex* index = done[i] ? nullptr : costs_.index_of(*parts[i].property);
    if (!index) continue;
    RangeEstimate range;
    range.index = index->id();
    for (size_t j = i; j < parts.size(); ++j) {
      const RangePart& p = parts[j];
      if (done[j] || !same_expression(*p.property, *parts[i].property)) continue;
      const bool above = p.kind == BoundKind::kGreater || p.kind == BoundKind::kGreaterEqual;
      const bool prefix = p.kind == BoundKind::kStartsWith;
      if (range.prefix || (prefix && j > i)) continue;
      auto& bound = above ? range.lower : range.upper;
      if (!prefix && bound) continue;
      if (prefix)
        range.prefix = p.value;
      else
        bound = IndexBound{p.value, p.kind == BoundKind::kGreaterEqual || p.kind == BoundKind::kLessEqual};
      done[j] = true;
      selectivity_[p.predicate] = 1;
    }
    selectivity_[parts[i].predicate] = range_share(context_, std::move(range));
  }
}

void MatchPlanner::find_semi_sides() {
  bool anti = false;
  for (const BoundPtr& p : graph_.predicates) {
    const BoundExpression* exists = exists_condition(*p, anti);
    const SemiSide* side = exists && exists->pattern ? &semi_side(context_, *exists) : nullptr;
    semi_sides_.push_back(anti ? nullptr : side);
    if (!side || !side->plan) continue;
    const double all = std::max(1.0, costs_.nodes(context_.info(side->slot).labels));
    const double found = std::min(1.0, side->plan->estimated_rows / all);
    selectivity_[semi_sides_.size() - 1] = anti ? std::max(0.05, 1 - found) : found;
  }
}

// For estimates: a node that is asked for no label has one all the same where all ends of its relationships do.
void MatchPlanner::find_likely_labels() {
  for (const PatternNode& n : graph_.nodes) {
    likely_labels_.push_back(n.labels);
    for (const std::string& l : context_.info(n.slot).labels)
      if (std::find(n.labels.begin(), n.labels.end(), l) == n.labels.end()) likely_labels_.back().push_back(l);
  }
  auto add = [&](uint32_t node, const PatternRelationship& r, Direction d) {
    context_.check_interrupt();
    if (std::string label = costs_.label_of_ends(r.types, d); !label.empty()) likely_labels_[node].push_back(label);
  };
  for (const PatternRelationship& r : graph_.relationships)
    if (!r.variable_length || (r.min_hops > 0 && r.types.size() == 1))
      add(r.from, r, r.direction), add(r.to, r, reverse(r.direction));
}

// Which predicates a step can decide: those that read what it binds.
void MatchPlanner::index_predicates() {
  auto readers = [&](Slot slot) {
    std::vector<uint32_t> out;
    for (uint32_t i = 0; i < predicate_slots_.size(); ++i)
      if (predicate_slots_[i].contains(slot)) out.push_back(i);
    return out;
  };
  for (const PatternNode& n : graph_.nodes) {
    node_predicates_.push_back(readers(n.slot));
    SlotSet reads;
    for (uint32_t p : node_predicates_.back()) reads.add(predicate_slots_[p]);
    reads.remove(n.slot);
    node_reads_.push_back(std::move(reads));
  }
  for (const PatternRelationship& r : graph_.relationships) {
    relationship_predicates_.push_back(readers(r.slot));
    sorted_types_.emplace_back(r.types.begin(), r.types.end());
    std::ranges::sort(sorted_types_.back());
  }
}

// What the conditions on a walk's relationships and nodes read of the rest of the pattern: it is there before the walk
// begins. Of a path that they read, its parts.
void MatchPlanner::find_walk_reads() {
  SlotSet own;
  for (const PatternNode& n : graph_.nodes) own.add(n.slot);
  for (const PatternRelationship& r : graph_.relationships) own.add(r.slot);
  for (const PatternRelationship& r : graph_.relationships) {
    SlotSet& read = walk_reads_.emplace_back();
    for (const auto* conditions : {&r.element_predicates, &r.hop_predicates, &r.pair_predicates})
      for (const BoundPtr& c : *conditions) read.add(slots_of(c));
    walk_slots_.push_back(read);
    for (const PatternPathBinding& p : graph_.paths)
      if (walk_slots_.back().contains(p.slot))
        for (Slot part : p.parts) read.add(part);
    read.keep(own);
  }
}

void MatchPlanner::components() {
  std::vector<uint32_t> root(graph_.nodes.size());
  for (uint32_t i = 0; i < root.size(); ++i) root[i] = i;
  auto find = [&](uint32_t i) {
    while (root[i] != i) i = root[i];
    return i;
  };
  for (const PatternRelationship& r : graph_.relationships) root[find(r.from)] = find(r.to);
  for (size_t i = 0; i < graph_.relationships.size(); ++i) {
    const uint32_t walk = graph_.relationships[i].from;
    for (uint32_t n = 0; n < root.size(); ++n)
      if (walk_reads_[i].contains(graph_.nodes[n].slot)) root[find(n)] = find(walk);
    for (const PatternRelationship& r : graph_.relationships)
      if (walk_reads_[i].contains(r.slot)) root[find(r.from)] = find(walk);
  }
  std::vector<uint32_t> number(root.size(), ~0u);
  for (uint32_t i = 0; i < root.size(); ++i) {
    uint32_t& n = number[find(i)];
    if (n == ~0u) n = component_count_++;
    node_component_.push_back(n);
  }
  for (const PatternRelationship& r : graph_.relationships) relationship_component_.push_back(node_component_[r.from]);
  nodes_of_.resize(component_count_), relationships_of_.resize(component_count_);
  for (uint32_t i = 0; i < graph_.nodes.size(); ++i) nodes_of_[node_component_[i]].push_back(i);
  incident_.resize(graph_.nodes.size());
  for (uint32_t i = 0; i < graph_.relationships.size(); ++i) {
    const PatternRelationship& r = graph_.relationships[i];
    relationships_of_[relationship_component_[i]].push_back(i);
    incident_[r.from].push_back(i);
    if (r.to != r.from) incident_[r.to].push_back(i);
  }
}

MatchPlanner::State MatchPlanner::start_state(double rows) const {
  State s;
  s.bound = outer_;
  s.rows = rows;
  for (const PatternNode& n : graph_.nodes) s.nodes.push_back(outer_.contains(n.slot));
  s.unlabelled.resize(graph_.nodes.size());
  s.unordered.resize(graph_.nodes.size());
  s.rows_at.resize(graph_.nodes.size(), rows);
  s.relationships.resize(graph_.relationships.size());
  s.predicates.resize(graph_.predicates.size());
  return s;
}

bool MatchPlanner::overlapping(uint32_t a, uint32_t b) const {
  const auto &left = sorted_types_[a], &right = sorted_types_[b];
  if (left.empty() || right.empty()) return true;
  for (size_t i = 0, j = 0; i < left.size() && j < right.size();) {
    if (left[i] == right[j]) return true;
    left[i] < right[j] ? ++i : ++j;
  }
  return false;
}

double MatchPlanner::predicate_share(const State& s, const SlotSet& after, const PredicateLists& changed,
                                     const std::vector<uint32_t>& consumed) const {
  double share = 1;
  std::vector<uint32_t> counted;
  auto seen = [](const std::vector<uint32_t>& list, uint32_t i) {
    return std::find(list.begin(), list.end(), i) != list.end();
  };
  for (const std::vector<uint32_t>* list : changed)
    for (uint32_t i : *list) {
      if (s.predicates[i] || !after.contains_all(predicate_slots_[i]) || seen(consumed, i) || seen(counted, i)) continue;
      counted.push_back(i);
      share *= selectivity_[i];
    }
  return share;
}

// The choice depends on the bound slots that the node's predicates read, on nothing else.
const AccessPath& MatchPlanner::access(uint32_t node, const SlotSet& bound) const {
  Access& a = access_[node];
  SlotSet read = bound;
  read.keep(node_reads_[node]);
  if (!a.chosen || !a.bound.contains_all(read) || !read.contains_all(a.bound)) {
    context_.check_interrupt();
    a.path = best_access(context_, costs_, graph_, graph_.nodes[node], bound, predicate_slots_, semi_sides_);
    a.bound = std::move(read), a.chosen = true;
  }
  return a.path;
}

const MatchPlanner::RelationshipCosts& MatchPlanner::costs_of(uint32_t relationship) const {
  RelationshipCosts& c = relationship_costs_[relationship];
  if (c.known) return c;
  context_.check_interrupt();
  const PatternRelationship& r = graph_.relationships[relationship];
  const auto &from = graph_.nodes[r.from].labels, &to = graph_.nodes[r.to].labels;
  const auto &likely_from = likely_labels_[r.from], &likely_to = likely_labels_[r.to];
  c.rows = costs_.relationships(r.types);
  c.forward = costs_.degree(likely_from, r.types, r.direction);
  c.back = costs_.degree(likely_to, r.types, reverse(r.direction));
  c.forward_of_any = likely_from.size() == from.size() ? c.forward : costs_.degree(from, r.types, r.direction);
  c.back_of_any = likely_to.size() == to.size() ? c.back : costs_.degree(to, r.types, reverse(r.direction));
  c.ends = costs_.ends(r.types);
  const double of_end = c.ends > 0 ? c.rows * (r.direction == Direction::kBoth ? 2 : 1) / c.ends : 0;
  c.forward_of_end = std::max(c.forward, of_end), c.back_of_end = std::max(c.back, of_end);
  find_fractions(r, c);
  c.from_nodes = costs_.nodes(likely_from), c.to_nodes = costs_.nodes(likely_to);
  if (r.variable_length) {
    c.forward_next = costs_.next_degree(r.types, r.direction),
    c.back_next = costs_.next_degree(r.types, reverse(r.direction));
    for (const auto* conditions : {&r.element_predicates, &r.hop_predicates, &r.pair_predicates})
      for (const BoundPtr& p : *conditions) c.step_share *= costs_.selectivity(*p);
  }
  c.known = true;
  return c;
}

// Labels of the two ends are as independent as anything is, unless a sample of the rarer end's relationships says
// otherwise.
void MatchPlanner::find_fractions(const PatternRelationship& r, RelationshipCosts& c) const {
  const auto &from = graph_.nodes[r.from].labels, &to = graph_.nodes[r.to].labels;
  c.to_fraction = costs_.target_fraction(r.types, r.direction, to);
  c.from_fraction = costs_.target_fraction(r.types, reverse(r.direction), from);
  c.both_fraction = c.to_fraction * c.from_fraction;
  if (r.variable_length || c.to_fraction >= 1 || c.from_fraction >= 1 || c.both_fraction <= 0) return;
  const bool forward = c.from_fraction <= c.to_fraction;
  for (const bool at_from : {forward, !forward}) {
    const auto share = at_from ? costs_.far_fraction(from, r.types, r.direction, to)
                               : costs_.far_fraction(to, r.types, reverse(r.direction), from);
    if (!share) continue;
    double &near = at_from ? c.from_fraction : c.to_fraction, &far = at_from ? c.to_fraction : c.from_fraction;
    c.both_fraction = near * *share;
    near = std::min(1.0, c.both_fraction / far), far = *share;
    return;
  }
}

// Ends of a walk from a node that has `degree` of its relationships.
double MatchPlanner::walked(uint32_t relationship, double degree, bool forward) const {
  const RelationshipCosts& c = costs_of(relationship);
  const PatternRelationship& r = graph_.relationships[relationship];
  const double next = forward ? c.forward_next : c.back_next;
  return costs_.path_count(degree * c.step_share, next * c.step_share, r.min_hops, r.max_hops);
}

bool MatchPlanner::is_end_of_same(const State& s, uint32_t relationship, uint32_t node) const {
  const auto& types = graph_.relationships[relationship].types;
  return !types.empty() && std::ranges::any_of(incident_[node], [&](uint32_t other) {
    return other != relationship && s.relationships[other] && graph_.relationships[other].types == types;
  });
}

double MatchPlanner::degree(const State& s, uint32_t relationship, bool forward) const {
  const RelationshipCosts& c = costs_of(relationship);
  const PatternRelationship& r = graph_.relationships[relationship];
  if (is_end_of_same(s, relationship, forward ? r.from : r.to)) return forward ? c.forward_of_end : c.back_of_end;
  if (forward) return s.unlabelled[r.from] ? c.forward_of_any : c.forward;
  return s.unlabelled[r.to] ? c.back_of_any : c.back;
}

bool MatchPlanner::access_step(const State& s, uint32_t node, Step& out) const {
  if (s.nodes[node]) return false;
  const PatternNode& n = graph_.nodes[node];
  out.kind = Step::Kind::kAccess, out.index = node;
  out.access = access(node, s.bound);
  SlotSet after = s.bound;
  after.add(n.slot);
  // What the access path serves is counted in its rows already.
  bool single = out.access.kind == NodeKind::kNodeIndexSeek && out.access.single;
  double share = single ? 1 : predicate_share(s, after, {&node_predicates_[node]}, out.access.counted);
  out.rows = s.rows * out.access.rows * share;
  out.cost = s.rows * out.access.cost;
  return true;
}

// Whether a condition that is still open needs the relationship: its properties, as a rule.
bool MatchPlanner::reads_relationship(const State& s, uint32_t relationship) const {
  return std::ranges::any_of(relationship_predicates_[relationship], [&](uint32_t i) { return !s.predicates[i]; });
}

bool MatchPlanner::scan_step(const State& s, uint32_t relationship, Step& out) const {
  const PatternRelationship& r = graph_.relationships[relationship];
  if (s.relationships[relationship] || r.bound || r.variable_length || s.nodes[r.from] || s.nodes[r.to] || r.from == r.to)
    return false;
  out.kind = Step::Kind::kRelationshipScan, out.index = relationship;
  const RelationshipCosts& c = costs_of(relationship);
  const double ways = r.direction == Direction::kBoth ? 2 : 1;
  double rows = c.rows * ways, read = rows * CostModel::kRelationshipRow;
  if (auto seek = relationship_seek(context_, costs_, graph_, r, s.bound, predicate_slots_); seek && seek->cost < read) {
    rows = seek->rows * ways, read = seek->cost;
    out.access = std::move(*seek);
  }
  double checks = double(graph_.nodes[r.from].labels.size() + graph_.nodes[r.to].labels.size());
  SlotSet after = s.bound;
  after.add(r.slot), after.add(graph_.nodes[r.from].slot), after.add(graph_.nodes[r.to].slot);
  double share = predicate_share(
      s, after, {&relationship_predicates_[relationship], &node_predicates_[r.from], &node_predicates_[r.to]},
      out.access.counted);
  share *= c.both_fraction;
  // A random look at each end's labels is dearer than the scan itself. Conditions on the relationship come before.
  SlotSet own = s.bound;
  own.add(r.slot);
  const double looked_at = rows * predicate_share(s, own, {&relationship_predicates_[relationship]}, out.access.counted);
  out.cost = s.rows * (read + looked_at * checks);
  out.rows = s.rows * rows * share;
  return true;
}

bool MatchPlanner::expand_step(const State& s, uint32_t relationship, Step& out) const {
  const PatternRelationship& r = graph_.relationships[relationship];
  bool from = s.nodes[r.from], to = s.nodes[r.to];
  if (s.relationships[relationship] || r.bound || (!from && !to)) return false;
  if (!s.bound.contains_all(walk_reads_[relationship])) return false;
  if (r.path_kind != cypher::PathKind::kPlain && !(from && to)) return false;
  out.kind = Step::Kind::kExpand, out.index = relationship;
  const PatternNode &a = graph_.nodes[r.from], &b = graph_.nodes[r.to];
  const RelationshipCosts& c = costs_of(relationship);
  double forward = degree(s, relationship, true), back = degree(s, relationship, false);
  out.into = from && to;
  if (r.variable_length) forward = walked(relationship, forward, true), back = walked(relationship, back, false);
  out.backwards = out.into ? back < forward : to;
  if (out.into && r.path_kind != cypher::PathKind::kPlain) out.backwards = false;
  // Who knows the other end need not walk everywhere else: that is looked up first.
  constexpr int64_t kFewHops = 2;
  const bool walks_far = r.variable_length && (r.max_hops < 0 || r.max_hops > kFewHops);
  if (walks_far && !out.into && access(out.backwards ? r.from : r.to, s.bound).single) return false;
  double touched = out.backwards ? back : forward;
  const PatternNode& far = out.backwards ? a : b;
  SlotSet after = s.bound;
  after.add(r.slot), after.add(a.slot), after.add(b.slot);
  double share = predicate_share(
      s, after, {&relationship_predicates_[relationship], &node_predicates_[r.from], &node_predicates_[r.to]}, {});
  if (out.into) {
    double chance = std::min(1.0, touched / std::max(1.0, out.backwards ? c.from_nodes : c.to_nodes));
    out.rows = s.rows * (r.path_kind == cypher::PathKind::kPlain ? chance : 1) * share;
    double walk = CostModel::kExpandList + CostModel::kExpandRow * touched;
    out.cost = s.rows * (r.variable_length ? walk : std::min(walk, 2 * CostModel::kIntoProbe));
    return true;
  }
  double labelled = r.variable_length && r.min_hops == 0 ? 1 : out.backwards ? c.from_fraction : c.to_fraction;
  out.rows = s.rows * touched * labelled * share;
  const double fetched = reads_relationship(s, relationship) ? CostModel::kFetchedCheck : 0;
  const double checked = far.labels.empty() ? 0 : CostModel::kCheck;
  // How many a node will have that gets one more with each row, nobody knows: a look-up of the other end takes as long then
  // as now.
  constexpr double kGrown = 64;
  if (graph_.grows && access(out.backwards ? r.from : r.to, s.bound).kind == NodeKind::kNodeIndexSeek)
    touched = std::max(touched, kGrown);
  out.cost = s.rows * (CostModel::kExpandList + (CostModel::kExpandRow + checked + fetched) * touched / c.step_share);
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
  out.rows =
      s.rows * ends * (r.direction == Direction::kBoth ? 2 : 1) *
      predicate_share(s, after,
                      {&relationship_predicates_[relationship], &node_predicates_[r.from], &node_predicates_[r.to]}, {});
  out.cost = s.rows;
  return true;
}

void MatchPlanner::candidates(const State& s, uint32_t component, bool connected, std::vector<Step>& out) const {
  Step step{};
  for (uint32_t i : relationships_of_[component])
    if (expand_step(s, i, step = Step{}) || resolve_step(s, i, step)) out.push_back(step);
  const bool all = out.empty() || (!connected && thoroughly(component));
  for (uint32_t i : nodes_of_[component]) {
    if (intersect_step(s, i, step = Step{})) out.push_back(step);
    if (all && access_step(s, i, step = Step{})) out.push_back(std::move(step));
  }
}

double MatchPlanner::apply_predicates(State& s) const {
  double share = 1;
  for (uint32_t i = 0; i < graph_.predicates.size(); ++i)
    if (!s.predicates[i] && s.bound.contains_all(predicate_slots_[i])) s.predicates[i] = true, share *= selectivity_[i];
  return share;
}

void MatchPlanner::advance(State& s, const Step& step) const {
  auto bind = [&](uint32_t node) {
    if (!s.nodes[node]) s.rows_at[node] = step.rows;
    s.nodes[node] = true, s.bound.add(graph_.nodes[node].slot);
  };
  if (step.kind == Step::Kind::kAccess) {
    bind(step.index);
    s.unlabelled[step.index] = step.access.kind == NodeKind::kAllNodesScan;
  } else if (step.kind == Step::Kind::kIntersect) {
    for (uint32_t r : step.legs) s.relationships[r] = true, s.bound.add(graph_.relationships[r].slot);
    bind(step.index);
  } else {
    const PatternRelationship& r = graph_.relationships[step.index];
    s.relationships[step.index] = true, s.bound.add(r.slot);
    bind(r.from), bind(r.to);
    if (step.kind == Step::Kind::kRelationshipScan) s.unordered[r.from] = s.unordered[r.to] = true;
  }
  apply_predicates(s);
  s.rows = step.rows, s.cost += step.cost;
}

// What a step leaves to do: rows touched and handed on. A node that is taken up beside what is bound has walks to it looked
// for afterwards; without those all nodes would seem cheaper than a walk to the ones that it reaches.
double MatchPlanner::work(const State& s, const Step& step) const {
  const double own = step.cost + step.rows;
  const auto walks = [&](uint32_t r) { return graph_.relationships[r].variable_length; };
  if (step.kind != Step::Kind::kAccess || std::ranges::none_of(incident_[step.index], walks)) return own;
  State after = s;
  advance(after, step);
  double search = std::numeric_limits<double>::infinity();
  for (uint32_t r : incident_[step.index])
    if (Step into{}; walks(r) && expand_step(after, r, into) && into.into) search = std::min(search, into.cost);
  return std::isinf(search) ? own : own + search;
}

std::vector<MatchPlanner::Step> MatchPlanner::play(State state, uint32_t component, std::vector<Step> steps,
                                                   bool connected) const {
  for (const Step& step : steps) advance(state, step);
  std::vector<Step> open;
  while (open.clear(), candidates(state, component, connected, open), !open.empty()) {
    context_.check_interrupt();
    const auto best = std::ranges::min_element(open, {}, [&](const Step& s) { return work(state, s); });
    advance(state, *best);
    steps.push_back(std::move(*best));
  }
  return steps;
}

std::vector<std::vector<MatchPlanner::Step>> MatchPlanner::starts(const State& state, uint32_t component) const {
  std::vector<std::vector<Step>> out;
  auto tied_node = [&](uint32_t i) { return state.nodes[i]; };
  auto tied_relationship = [&](uint32_t i) { return graph_.relationships[i].bound; };
  if (std::ranges::any_of(nodes_of_[component], tied_node) ||
      std::ranges::any_of(relationships_of_[component], tied_relationship))
    return {{}};
  constexpr size_t kMost = 12, kMostOfLong = 2;
  const bool all = thoroughly(component);
  Step step{};
  for (uint32_t i : nodes_of_[component])
    if ((!all || out.size() < kMost) && access_step(state, i, step = Step{})) out.push_back({step});
  for (uint32_t i : relationships_of_[component])
    if ((!all || out.size() < kMost) && scan_step(state, i, step = Step{})) out.push_back({step});
  if (all || out.size() <= kMostOfLong) return out;
  auto work = [](const std::vector<Step>& s) { return s[0].cost + s[0].rows; };
  std::ranges::partial_sort(out, out.begin() + kMostOfLong, {}, work);
  out.resize(kMostOfLong);
  return out;
}

// Each node of which there is one, looked up before anything else; nothing where there are fewer than two ends that are
// known then. Step by step a walk from one of them seems to cost no more than a look-up, as long as nodes have few
// relationships.
std::vector<MatchPlanner::Step> MatchPlanner::known_first(State state, uint32_t component) const {
  std::vector<Step> steps;
  size_t known = 0;
  for (uint32_t i : nodes_of_[component]) {
    Step step{};
    if (state.nodes[i]) {
      ++known;
    } else if (access_step(state, i, step) && step.access.single) {
      advance(state, step);
      steps.push_back(std::move(step));
    }
  }
  if (known + steps.size() < 2) steps.clear();
  return steps;
}

std::vector<MatchPlanner::Step> MatchPlanner::best_play(const State& state, uint32_t component, double& cost,
                                                        double& rows) const {
  std::vector<Step> best;
  double least = std::numeric_limits<double>::infinity();
  const auto offer = [&](std::vector<Step> steps) {
    double total = 0, handed = 0;
    for (const Step& s : steps) total += s.cost + s.rows * CostModel::kCheck, handed = s.rows;
    const double compared = compared_cost(steps, total);
    if (!best.empty() && compared >= least) return;
    least = compared, cost = total, rows = steps.empty() ? state.rows : handed, best = std::move(steps);
  };
  for (const auto& start : starts(state, component)) {
    std::vector<Step> steps = play(state, component, start, false);
    // A few nodes beside what is bound look cheap, whatever finding the ways between them takes.
    const auto beside = [](const Step& s) { return s.kind == Step::Kind::kAccess; };
    const bool takes_up = std::any_of(steps.begin() + std::ptrdiff_t(start.size()), steps.end(), beside);
    offer(std::move(steps));
    if (takes_up) offer(play(state, component, start, true));
  }
  if (std::vector<Step> known = known_first(state, component); !known.empty())
    offer(play(state, component, std::move(known), true));
  return best;
}

// What counts beside the pattern itself: the clause behind it.
double MatchPlanner::compared_cost(const std::vector<Step>& steps, double total) const {
  if (reads_all_of_one(steps)) {
    const double groups = gives_groups(steps) ? std::min(steps[0].rows, steps.back().rows) : 0;
    return total + fetched_next(steps) - groups * CostModel::kGroup;
  }
  if (gives_groups(steps)) return total - steps.back().rows * CostModel::kHashedRow;
  if (!gives_order(steps)) return total;
  // The walk ends with the last row that is taken.
  const double part = std::min(1.0, graph_.taken / std::max(1.0, steps.back().rows));
  const Step& scan = steps[0];
  const bool seeks = scan.access.kind == NodeKind::kRelationshipIndexSeek;
  const double walked = part * (seeks ? scan.access.rows : costs_of(scan.index).rows);
  return std::min(total, part * total + CostModel::kRangeRow * walked);
}

// Whether the pattern is one relationship of which most are looked at anyhow, and the next clause reads properties. How
// many it reads is known there, and which of them it reads in order makes all the difference.
bool MatchPlanner::reads_all_of_one(const std::vector<Step>& steps) const {
  constexpr double kMost = 0.5;
  if (graph_.relationships.size() != 1 || graph_.read_next.empty() || graph_.may_stop_early || steps.empty()) return false;
  return !graph_.relationships[0].variable_length && steps.back().rows >= kMost * costs_of(0).rows;
}

// Properties lie in the order of their nodes' or relationships' numbers: what the rows begin with is read one after the
// other, all else here and there.
double MatchPlanner::fetched_next(const std::vector<Step>& steps) const {
  const PatternRelationship& r = graph_.relationships[0];
  const bool scanned = steps[0].kind == Step::Kind::kRelationshipScan;
  double each = 0;
  for (Slot slot : graph_.read_next) {
    if (slot == r.slot) each += scanned ? 0 : CostModel::kFetchedCheck;
    const bool begins = steps[0].kind == Step::Kind::kAccess && slot == graph_.nodes[steps[0].index].slot;
    const bool end = slot == graph_.nodes[r.from].slot || slot == graph_.nodes[r.to].slot;
    if (end && !begins) each += CostModel::kFetchedNode;
  }
  return each * steps.back().rows;
}

// Whether the rows may come as the index of a relationship has them.
bool MatchPlanner::gives_order(const std::vector<Step>& steps) const {
  if (steps.empty() || steps[0].kind != Step::Kind::kRelationshipScan) return false;
  const PatternRelationship& r = graph_.relationships[steps[0].index];
  if (r.slot != graph_.sorted_by || r.direction == Direction::kBoth) return false;
  return std::all_of(steps.begin() + 1, steps.end(), [&](const Step& s) {
    return s.kind == Step::Kind::kExpand && !graph_.relationships[s.index].variable_length;
  });
}

// Whether rows of a node that they are grouped by come together: then groups need not be found by hashing.
bool MatchPlanner::gives_groups(const std::vector<Step>& steps) const {
  if (steps.empty() || steps[0].kind != Step::Kind::kAccess) return false;
  const auto& by = graph_.grouped_by;
  const bool grouped = std::ranges::find(by, graph_.nodes[steps[0].index].slot) != by.end();
  return grouped && is_node_scan(steps[0].access.kind);
}

}  // namespace elegraph::query::plan
