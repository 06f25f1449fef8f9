// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "query/plan/effects.h"
#include "query/plan/expression_tools.h"
#include "query/plan/liveness.h"
#include "query/plan/match_planner.h"
#include "query/plan/semi_join.h"

// From steps to operators.
namespace elegraph::query::plan {

namespace {

NodePtr make_node(NodeKind kind, NodePtr left) {
  auto n = std::make_shared<PhysicalNode>();
  n->kind = kind, n->left = std::move(left);
  return n;
}

NodePtr make_argument() {
  NodePtr n = make_node(NodeKind::kArgument, nullptr);
  n->estimated_rows = 1;
  return n;
}

}  // namespace

BoundPtr has_labels(const StatementContext& context, Slot slot, const std::vector<std::string>& labels) {
  auto e = std::make_shared<BoundExpression>();
  e->kind = BoundKind::kHasLabels, e->type = {Type::kBool};
  e->args = {context.slot_expression(slot)}, e->names = labels;
  return e;
}

void MatchPlanner::put(NodePtr node, double rows, double cost) {
  node->estimated_rows = rows;
  node->estimated_cost = (current_ ? current_->estimated_cost : 0) + cost;
  if (!node->left && current_) node->left = current_;
  current_ = std::move(node);
}

namespace {

// What a condition takes for a row, in the order in which conditions are tested.
enum class Effort : uint8_t { kComparison, kText, kElements };

// Goes through elements, rows or a text's characters again and again.
bool is_laborious(const BoundExpression& e) {
  switch (e.kind) {
    case BoundKind::kRegexMatch:
    case BoundKind::kListComprehension:
    case BoundKind::kAll:
    case BoundKind::kAny:
    case BoundKind::kNone:
    case BoundKind::kSingle:
    case BoundKind::kReduce:
    case BoundKind::kExists:
    case BoundKind::kCount:
    case BoundKind::kCollect: return true;
    // A list of the row's own.
    case BoundKind::kIn: return e.args[1]->kind == BoundKind::kProperty || e.args[1]->kind == BoundKind::kFunction;
    default: return false;
  }
}

Effort effort_of(const BoundExpression& e) {
  if (any_part(e, is_laborious)) return Effort::kElements;
  const bool text = e.kind == BoundKind::kContains || e.kind == BoundKind::kEndsWith;
  return text || e.kind == BoundKind::kOr || e.kind == BoundKind::kFunction ? Effort::kText : Effort::kComparison;
}

}  // namespace

void MatchPlanner::add_filter(std::vector<BoundPtr> conditions, double share) {
  if (!conditions.empty()) current_ = add_condition(context_, std::move(current_), conditions, share);
}

void MatchPlanner::add_filters(State& s, const std::vector<uint32_t>& consumed) {
  std::vector<BoundPtr> now;
  for (uint32_t i = 0; i < graph_.predicates.size(); ++i) {
    if (s.predicates[i] || !s.bound.contains_all(predicate_slots_[i])) continue;
    s.predicates[i] = true;
    if (std::find(consumed.begin(), consumed.end(), i) == consumed.end()) now.push_back(predicates_[i]);
  }
  std::vector<BoundPtr> ordered;
  for (Effort effort : {Effort::kComparison, Effort::kText, Effort::kElements})
    for (const BoundPtr& e : now)
      if (effort_of(*e) == effort) ordered.push_back(e);
  now = std::move(ordered);
  double share = 1;
  if (!now.empty() && current_->estimated_rows > 0) share = std::min(1.0, s.rows / current_->estimated_rows);
  add_filter(std::move(now), share);
}

void MatchPlanner::build_access(const Step& step) {
  const PatternNode& n = graph_.nodes[step.index];
  NodePtr leaf = make_access(step.access, n, costs_);
  bool alone = !current_;
  if (alone && argument_ && outer_slots(*leaf).intersects(outer_)) alone = false;
  if (!alone && !current_) current_ = make_argument();
  if (alone) {
    current_ = leaf;
  } else {
    double rows = current_->estimated_rows;
    NodePtr apply = make_node(NodeKind::kApply, current_);
    apply->right = leaf;
    put(apply, rows * step.access.rows, rows * step.access.cost);
  }
  if (step.access.kind != NodeKind::kLabelScan && !n.labels.empty()) {
    std::vector<std::string> others;
    for (const std::string& l : n.labels)
      if (step.access.kind != NodeKind::kNodeIndexSeek || l != step.access.index_label) others.push_back(l);
    if (!others.empty()) add_filter({has_labels(context_, n.slot, others)}, 1);
  }
}

std::vector<Slot> MatchPlanner::distinct_from(const State& s, uint32_t relationship) const {
  const PatternRelationship& r = graph_.relationships[relationship];
  std::vector<Slot> out;
  if (r.path_kind != cypher::PathKind::kPlain) return out;
  for (uint32_t i = 0; i < graph_.relationships.size(); ++i) {
    const PatternRelationship& o = graph_.relationships[i];
    if (i == relationship || !s.relationships[i] || o.group != r.group || o.path_kind != cypher::PathKind::kPlain) continue;
    if (overlapping(relationship, i)) out.push_back(o.slot);
  }
  return out;
}

// The node that has the relationship in its lists of this direction; kNoSlot where that is not known.
Slot MatchPlanner::only_list(Slot relationship, Direction d) const {
  for (const PatternRelationship& r : graph_.relationships) {
    if (r.slot != relationship) continue;
    if (r.variable_length || r.direction == Direction::kBoth || d == Direction::kBoth) return kNoSlot;
    return graph_.nodes[r.direction == d ? r.from : r.to].slot;
  }
  return kNoSlot;
}

std::vector<uint32_t> MatchPlanner::build_scan(const Step& step, const State& s) {
  const PatternRelationship& r = graph_.relationships[step.index];
  const PatternNode &from = graph_.nodes[r.from], &to = graph_.nodes[r.to];
  NodePtr scan = make_node(NodeKind::kRelationshipScan, nullptr);
  scan->rel = r.slot, scan->types = r.types;
  bool in = r.direction == Direction::kIn;
  scan->direction = r.direction == Direction::kBoth ? Direction::kBoth : Direction::kOut;
  scan->slot2 = in ? to.slot : from.slot, scan->slot3 = in ? from.slot : to.slot;
  const double ways = r.direction == Direction::kBoth ? 2 : 1;
  const bool seeks = step.access.kind == NodeKind::kRelationshipIndexSeek;
  double rows = (seeks ? step.access.rows : costs_of(step.index).rows) * ways;
  scan->estimated_rows = rows, scan->estimated_cost = rows * CostModel::kRelationshipRow + 1;
  if (seeks) {
    set_seek(*scan, step.access);
    scan->estimated_cost = step.access.cost;
  }
  if (current_) {
    double left = current_->estimated_rows;
    NodePtr apply = make_node(NodeKind::kApply, current_);
    apply->right = scan;
    put(apply, left * rows, left * scan->estimated_cost);
  } else {
    current_ = scan;
  }
  // What needs the relationship alone comes before a look at its ends.
  std::vector<BoundPtr> conditions;
  std::vector<uint32_t> own;
  SlotSet bound = s.bound;
  bound.add(r.slot);
  double share = costs_of(step.index).both_fraction;
  for (uint32_t i : relationship_predicates_[step.index]) {
    const bool open = !s.predicates[i] && bound.contains_all(predicate_slots_[i]);
    if (!open || std::ranges::find(step.access.consumed, i) != step.access.consumed.end()) continue;
    conditions.push_back(predicates_[i]), own.push_back(i);
    share *= selectivity_[i];
  }
  if (!from.labels.empty()) conditions.push_back(has_labels(context_, from.slot, from.labels));
  if (!to.labels.empty()) conditions.push_back(has_labels(context_, to.slot, to.labels));
  add_filter(std::move(conditions), share);
  return own;
}

void MatchPlanner::build_expand(const Step& step, const State& s) {
  const PatternRelationship& r = graph_.relationships[step.index];
  const PatternNode &a = graph_.nodes[step.backwards ? r.to : r.from], &b = graph_.nodes[step.backwards ? r.from : r.to];
  if (!current_) current_ = make_argument();
  bool shortest = r.path_kind != cypher::PathKind::kPlain;
  NodePtr n = make_node(shortest            ? NodeKind::kShortestPath
                        : r.variable_length ? NodeKind::kVarExpand
                                            : NodeKind::kExpand,
                        current_);
  n->slot = a.slot, n->slot2 = b.slot, n->rel = r.slot, n->types = r.types;
  n->direction = step.backwards ? reverse(r.direction) : r.direction;
  n->into = step.into && !shortest;
  n->min_hops = r.min_hops, n->max_hops = r.max_hops;
  n->all_paths = r.path_kind == cypher::PathKind::kAllShortest;
  n->reversed = r.variable_length && step.backwards;
  if (!step.into) n->target_labels = b.labels;
  if (r.variable_length) {
    n->slot3 = r.element, n->expressions = r.element_predicates;
    n->hop_node = r.hop_node, n->expressions2 = r.hop_predicates;
    n->inner_nodes = r.inner_nodes;
    n->residual = r.pair_predicates;
    if (!n->residual.empty()) n->slots = {r.first, r.second};
    if (n->reversed) std::ranges::reverse(n->slots);
  }
  n->distinct_from = distinct_from(s, step.index);
  for (Slot other : n->distinct_from) n->distinct_at.push_back(only_list(other, n->direction));
  if (n->kind == NodeKind::kExpand && !n->into) add_known_ends(*n, step.backwards ? r.from : r.to, s);
  double rows = step.rows;
  put(n, rows, step.cost);
}

void MatchPlanner::require_distinct(const State& s, uint32_t relationship) {
  std::vector<Slot> others = distinct_from(s, relationship);
  if (others.empty()) return;
  others.push_back(graph_.relationships[relationship].slot);
  std::vector<BoundPtr> args;
  for (Slot o : others) args.push_back(context_.slot_expression(o));
  add_filter({make_call(BoundKind::kRelationshipsDistinct, {Type::kBool}, std::move(args))}, 1);
}

// Conditions behind an expansion that compare its two ends: what they read of the near end is read before the rows
// multiply.
void MatchPlanner::hoist_properties(const State& before, const State& after) {
  // Twice as many rows at least, before the conditions.
  double share = 1;
  for (uint32_t i = 0; i < selectivity_.size(); ++i)
    if (!before.predicates[i] && after.predicates[i]) share *= selectivity_[i];
  if (!current_ || after.rows < 2 * share * before.rows || context_.deletes) return;
  NodePtr n = make_node(NodeKind::kProject, current_);
  auto early = [&](const BoundPtr& part) -> BoundPtr {
    if (part->kind != BoundKind::kProperty || part->args[0]->kind != BoundKind::kSlot) return nullptr;
    Slot of = part->args[0]->slot;
    if (!before.bound.contains(of) || context_.info(of).type.type != Type::kNode) return nullptr;
    for (size_t i = 0; i < n->slots.size(); ++i)
      if (same_expression(*n->expressions[i], *part)) return make_slot(n->slots[i], part->type, part->position);
    n->slots.push_back(context_.new_slot(part->type)), n->expressions.push_back(part);
    return make_slot(n->slots.back(), part->type, part->position);
  };
  for (uint32_t i = 0; i < graph_.predicates.size(); ++i) {
    if (before.predicates[i] || !after.predicates[i]) continue;
    if (!any_part(*predicates_[i], [](const BoundExpression& e) { return e.subplan != nullptr; }))
      predicates_[i] = rewrite(predicates_[i], early);
  }
  if (n->slots.empty()) return;
  put(std::move(n), current_->estimated_rows, current_->estimated_rows * CostModel::kCheck);
}

// Conditions on the node that an expansion leads to which an index serves: where many more rows come than nodes fulfil
// them, these are found once, instead of a look at each row's node. Properties that are read at many more rows than there
// are nodes come from an array (exec/dense_columns.h), which costs no more than asking the set of nodes.
void MatchPlanner::filter_by_index(const Step& step, const State& before, double rows, std::vector<uint32_t>& consumed) {
  constexpr double kGather = 4, kFromArray = 0.5, kTest = 0.5, kClearly = 2;
  const double read = rows > costs_.all_nodes() ? kFromArray : kGather;
  if (step.kind != Step::Kind::kExpand || step.into || !context_.deterministic || argument_) return;
  const PatternRelationship& r = graph_.relationships[step.index];
  const PatternNode& far = graph_.nodes[step.backwards ? r.from : r.to];
  const AccessPath path = best_access(context_, costs_, graph_, far, SlotSet(), predicate_slots_, {});
  if (path.kind != NodeKind::kNodeIndexSeek || path.consumed.empty()) return;
  if (std::ranges::any_of(path.consumed, [&](uint32_t p) { return before.predicates[p]; })) return;
  if ((path.cost + rows * kTest) * kClearly > rows * read * double(path.consumed.size())) return;
  NodePtr join = make_node(NodeKind::kNodeSemiJoin, current_);
  join->slot = far.slot, join->right = make_access(path, far, costs_);
  put(join, current_->estimated_rows, path.cost + rows * kTest);
  consumed.insert(consumed.end(), path.consumed.begin(), path.consumed.end());
}

void MatchPlanner::build(const Step& step, State& s) {
  State before = s;
  advance(s, step);
  double unfiltered = s.rows;
  for (uint32_t i = 0; i < selectivity_.size(); ++i)
    if (!before.predicates[i] && s.predicates[i]) unfiltered /= std::max(selectivity_[i], 1e-9);
  if (step.kind == Step::Kind::kExpand || step.kind == Step::Kind::kIntersect) hoist_properties(before, s);
  std::vector<uint32_t> consumed = step.access.consumed;
  switch (step.kind) {
    case Step::Kind::kAccess: build_access(step); break;
    case Step::Kind::kRelationshipScan: std::ranges::copy(build_scan(step, before), std::back_inserter(consumed)); break;
    case Step::Kind::kExpand:
      for (uint32_t i = 0; i < graph_.paths.size(); ++i)
        if (walk_slots_[step.index].contains(graph_.paths[i].slot)) add_path(i, s);
      build_expand(step, before);
      current_->estimated_rows = unfiltered;  // what a condition behind it costs goes by the rows that come to it
      break;
    case Step::Kind::kIntersect: build_intersect(step, before); break;
    case Step::Kind::kResolve: build_resolve(step, before); break;
  }
  // `advance` marked what holds now; what no access path took care of becomes a filter.
  s.predicates = before.predicates;
  if (step.kind == Step::Kind::kRelationshipScan || step.kind == Step::Kind::kResolve) require_distinct(before, step.index);
  filter_by_index(step, before, unfiltered, consumed);
  add_filters(s, consumed);
  s.rows = current_->estimated_rows;
}

void MatchPlanner::add_path(uint32_t path, State& s) {
  if (paths_done_[path]) return;
  paths_done_[path] = true;
  const PatternPathBinding& p = graph_.paths[path];
  auto value = std::make_shared<BoundExpression>();
  value->kind = BoundKind::kPath, value->type = {Type::kPath}, value->path_slots = p.parts;
  NodePtr n = make_node(NodeKind::kProject, current_);
  n->slots = {p.slot}, n->expressions = {p.value ? p.value : value};
  put(n, current_->estimated_rows, 0);
  s.bound.add(p.slot);
}

void MatchPlanner::add_paths(State& s) {
  for (uint32_t i = 0; i < graph_.paths.size(); ++i) add_path(i, s);
}

// Labels that the pattern asks of nodes that are bound already, and predicates over them alone.
void MatchPlanner::input_filters(State& s) {
  std::vector<BoundPtr> conditions;
  double share = 1;
  for (uint32_t i = 0; i < graph_.nodes.size(); ++i)
    if (s.nodes[i]) {
      const PatternNode& n = graph_.nodes[i];
      if (!n.labels.empty()) conditions.push_back(has_labels(context_, n.slot, n.labels)), share *= 0.5;
      // A bound node may be null after OPTIONAL MATCH: a pattern of this node alone does not match then.
      bool alone = std::none_of(graph_.relationships.begin(), graph_.relationships.end(),
                                [&](const PatternRelationship& r) { return r.from == i || r.to == i; });
      if (alone && n.labels.empty())
        conditions.push_back(make_call(BoundKind::kIsNotNull, {Type::kBool}, {make_slot(n.slot, {Type::kNode})}));
    }
  for (uint32_t i = 0; i < graph_.predicates.size(); ++i)
    if (s.bound.contains_all(predicate_slots_[i])) {
      s.predicates[i] = true;
      conditions.push_back(graph_.predicates[i]);
      share *= selectivity_[i];
    }
  if (conditions.empty()) return;
  if (!current_) current_ = make_argument();
  add_filter(std::move(conditions), share);
  s.rows = current_->estimated_rows;
}

NodePtr MatchPlanner::component_plan(State s, const std::vector<Step>& steps) {
  NodePtr outside = std::move(current_);
  current_ = nullptr;
  s.rows = 1;
  for (const Step& step : steps) build(step, s);
  std::swap(outside, current_);
  return outside;
}

// In all runs of the subplan that the pattern is in.
double MatchPlanner::rows_to_join(const State& s) const {
  if (runs() > 1) return s.rows * runs();
  if (!current_ || at_most_one_row(*current_, *context_.planning.indexes)) return 0;
  const double own_cost = (current_->estimated_cost - input_cost_) / std::max(1.0, input_rows_);
  return CostModel::likely_rows(s.rows, own_cost);
}

// In a subplan the other way may be a seek for each row, which is not dear.
double MatchPlanner::join_cost(double cost, double left, double right) const {
  if (runs() > 1) return cost + left * CostModel::kProbeRow + right * CostModel::kBuildRow;
  return cost + left + right;
}

// Whether the rows of a component that nothing ties to those so far are kept: where finding them again for each row is
// dear.
bool MatchPlanner::keeps_product(double cost, double left, double right, double nested_cost) const {
  constexpr double kMostKept = 1e6;
  constexpr double kPair = 3;  // of a kept row more than of one that is read in place
  if (right > kMostKept) return false;
  return cost + right * CostModel::kBuildRow + left * (CostModel::kProbeRow + right * kPair) < nested_cost;
}

// Whether nothing ties a component to the others, neither a condition nor that relationships differ.
bool MatchPlanner::is_apart(const State& s, uint32_t component) const {
  SlotSet own;
  for (uint32_t n : nodes_of_[component]) own.add(graph_.nodes[n].slot);
  for (uint32_t r : relationships_of_[component]) own.add(graph_.relationships[r].slot);
  const auto ties = [&](const BoundPtr& p) {
    const SlotSet read = slots_of(p);
    return read.intersects(own) && !own.contains_all(read);
  };
  if (std::ranges::any_of(graph_.predicates, ties)) return false;
  return std::ranges::all_of(relationships_of_[component], [&](uint32_t r) { return distinct_from(s, r).empty(); });
}

namespace {

// Whether the rows are put in an order, which a user may expect to see again, or anything is written, which must come
// first.
bool is_ordered_or_writes(const PhysicalNode& n) {
  using enum NodeKind;
  switch (n.kind) {
    case kSort:
    case kCreate:
    case kMerge:
    case kSet:
    case kDelete:
    case kForeach:
    case kEager: return true;
    default:
      return n.writes || n.index_ordered || (n.left && is_ordered_or_writes(*n.left)) ||
             (n.right && is_ordered_or_writes(*n.right));
  }
}

}  // namespace

// Whether the rows so far are those that a join keeps in its table, as they are few, while those of the pattern stream.
bool MatchPlanner::keeps_rows_so_far(const PhysicalNode& pattern) const {
  constexpr double kFewer = 2;
  if (argument_ || graph_.may_stop_early) return false;
  return kFewer * current_->estimated_rows < pattern.estimated_rows && !is_ordered_or_writes(*current_);
}

// Hash join of a component with the rows so far, where an equality ties them and nothing else of the row is read; or where
// nothing ties them.
bool MatchPlanner::join_component(State& s, uint32_t component) {
  const double before = rows_to_join(s);
  if (before <= 1.5 || (runs() > 1 && !context_.deterministic)) return false;
  // The ends of the row's own are looked up, and a walk's conditions are asked where it is.
  const auto of_row = [&](uint32_t r) { return graph_.relationships[r].bound || walk_slots_[r].intersects(s.bound); };
  if (std::ranges::any_of(relationships_of_[component], of_row)) return false;
  SlotSet own;
  for (uint32_t i = 0; i < graph_.nodes.size(); ++i)
    if (node_component_[i] == component) {
      if (s.nodes[i]) return false;
      own.add(graph_.nodes[i].slot);
    }
  std::vector<uint32_t> keys;
  std::vector<BoundPtr> left, right;
  for (uint32_t i = 0; i < graph_.predicates.size(); ++i) {
    const BoundExpression& p = *graph_.predicates[i];
    if (s.predicates[i] || p.kind != BoundKind::kEqual) continue;
    SlotSet a = slots_of(p.args[0]), b = slots_of(p.args[1]);
    bool ab = !a.empty() && !b.empty() && s.bound.contains_all(a) && own.contains_all(b);
    bool ba = !a.empty() && !b.empty() && s.bound.contains_all(b) && own.contains_all(a);
    if (!ab && !ba) continue;
    keys.push_back(i);
    left.push_back(p.args[ab ? 0 : 1]), right.push_back(p.args[ab ? 1 : 0]);
  }
  const bool product = keys.empty();
  if (product && (graph_.may_stop_early || argument_ || runs() > 1)) return false;
  // Planned on its own: nothing of the rows so far is bound, the key predicates are the join's.
  State alone = start_state(1);
  alone.bound = SlotSet();
  alone.nodes.assign(alone.nodes.size(), false);
  for (uint32_t i = 0; i < s.predicates.size(); ++i) alone.predicates[i] = s.predicates[i];
  for (uint32_t k : keys) alone.predicates[k] = true;
  double cost = 0, rows = 1, nested_cost = 0, nested_rows = 1;
  std::vector<Step> steps = best_play(alone, component, cost, rows);
  State many = s;
  many.rows = before;
  best_play(many, component, nested_cost, nested_rows);
  nested_cost += before * (CostModel::likely_rows(rows, cost) - rows);
  // Then no pairs are made.
  const bool apart = product && graph_.grouped_apart && context_.deterministic && is_apart(s, component);
  if (!apart && (product ? !keeps_product(cost, before, rows, nested_cost) : join_cost(cost, before, rows) >= nested_cost))
    return false;
  NodePtr inner = component_plan(alone, steps);
  if (!current_) current_ = make_argument();
  const double runs = this->runs();
  const double share = product ? 1 : 1 / std::max(1.0, std::max(s.rows * runs, inner->estimated_rows));
  NodePtr join = make_node(NodeKind::kHashJoin, current_);
  join->right = inner, join->expressions = left, join->expressions2 = right, join->left_first = product;
  join->turned = !product && keeps_rows_so_far(*inner);
  put(join, s.rows * inner->estimated_rows * share, s.rows + (inner->estimated_cost + inner->estimated_rows) / runs);
  if (join->turned) join->left.swap(join->right), join->expressions.swap(join->expressions2);
  for (uint32_t r : relationships_of_[component]) require_distinct(s, r);  // planned on its own, it knows of no others
  for (const Step& step : steps) advance(alone, step);
  s.bound.add(alone.bound);
  for (uint32_t i = 0; i < s.nodes.size(); ++i) s.nodes[i] = s.nodes[i] || alone.nodes[i];
  for (uint32_t i = 0; i < s.relationships.size(); ++i) s.relationships[i] = s.relationships[i] || alone.relationships[i];
  for (uint32_t i = 0; i < s.predicates.size(); ++i) s.predicates[i] = s.predicates[i] || alone.predicates[i];
  s.rows = current_->estimated_rows;
  add_filters(s, {});
  return true;
}

// Many components are ordered once, by what each costs on its own: looking again after each would take the square.
void MatchPlanner::plan_many(State& s) {
  std::vector<std::pair<double, uint32_t>> order;
  for (uint32_t c = 0; c < component_count_; ++c) {
    double cost = 0, rows = s.rows;
    best_play(s, c, cost, rows);
    order.emplace_back(cost + rows, c);
  }
  std::ranges::sort(order);
  for (auto [work, c] : order) {
    if (join_component(s, c)) continue;
    double cost = 0, rows = s.rows;
    for (const Step& step : best_play(s, c, cost, rows)) build(step, s);
  }
}

NodePtr MatchPlanner::plan(NodePtr input, bool argument) {
  current_ = std::move(input);
  argument_ = argument;
  if (current_) input_cost_ = current_->estimated_cost, input_rows_ = current_->estimated_rows;
  State s = start_state(current_ ? current_->estimated_rows : 1);
  input_filters(s);
  if (component_count_ > kThorough) plan_many(s);
  std::vector<bool> done(component_count_);
  for (uint32_t round = 0; component_count_ <= kThorough && round < component_count_; ++round) {
    uint32_t best = ~0u;
    double best_cost = 0;
    std::vector<Step> best_steps;
    for (uint32_t c = 0; c < component_count_; ++c) {
      if (done[c]) continue;
      double cost = 0, rows = s.rows;
      std::vector<Step> steps = best_play(s, c, cost, rows);
      if (best != ~0u && cost + rows >= best_cost) continue;
      best = c, best_cost = cost + rows, best_steps = std::move(steps);
    }
    done[best] = true;
    if (join_component(s, best)) continue;
    for (const Step& step : best_steps) build(step, s);
  }
  if (!current_) current_ = make_argument();
  add_paths(s);
  add_filters(s, {});
  return current_;
}

}  // namespace elegraph::query::plan
