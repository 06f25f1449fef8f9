// SPDX-License-Identifier: Apache-2.0
#include "query/plan/access_path.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "query/plan/expression_tools.h"
#include "query/plan/label_choice.h"
#include "query/plan/match_planner.h"
#include "query/plan/range_estimate.h"
#include "query/plan/semi_join.h"
#include "query/plan/type_rules.h"

namespace elegraph::query::plan {

namespace {

// A predicate on one property of the node that an index may serve: property <kind> value.
struct Sargable {
  BoundKind kind;
  KeyId key;
  BoundPtr value;
  uint32_t predicate;
  bool implied = false;  // the predicate says more than this and is checked as well
};

bool is_property_of(const BoundExpression& e, Slot slot) {
  return e.kind == BoundKind::kProperty && e.key_id.valid() && e.args[0]->kind == BoundKind::kSlot &&
         e.args[0]->slot == slot;
}

std::optional<Sargable> sargable(const BoundExpression& p, Slot slot, uint32_t number) {
  if (is_comparison(p.kind)) {
    if (is_property_of(*p.args[0], slot)) return Sargable{p.kind, p.args[0]->key_id, p.args[1], number};
    if (is_property_of(*p.args[1], slot)) return Sargable{mirrored(p.kind), p.args[1]->key_id, p.args[0], number};
  }
  if ((p.kind == BoundKind::kIn || p.kind == BoundKind::kStartsWith) && is_property_of(*p.args[0], slot))
    return Sargable{p.kind, p.args[0]->key_id, p.args[1], number};
  return std::nullopt;
}

// What a conjunction has as property = value; with no key: of any property.
std::optional<Sargable> equality_in(const BoundExpression& p, Slot slot, KeyId key, const SlotSet& bound) {
  if (p.kind == BoundKind::kAnd) {
    for (const BoundPtr& part : p.args)
      if (auto s = equality_in(*part, slot, key, bound)) return s->implied = true, s;
    return std::nullopt;
  }
  auto s = sargable(p, slot, 0);
  if (!s || s->kind != BoundKind::kEqual || (key.valid() && s->key != key)) return std::nullopt;
  return bound.contains_all(slots_of(s->value)) ? s : std::nullopt;
}

// n.k = a OR n.k = b, also where the arms say more: n.k IN [a, b].
std::optional<Sargable> disjunction(const BoundExpression& p, Slot slot, uint32_t number, const SlotSet& bound) {
  if (p.kind != BoundKind::kOr) return std::nullopt;
  auto first = equality_in(*p.args[0], slot, KeyId(), bound);
  if (!first) return std::nullopt;
  Sargable out{BoundKind::kIn, first->key, nullptr, number};
  std::vector<BoundPtr> values;
  StaticType element = first->value->type;
  for (const BoundPtr& arm : p.args) {
    auto s = equality_in(*arm, slot, first->key, bound);
    if (!s) return std::nullopt;
    values.push_back(s->value);
    out.implied |= s->implied;
    element = unify(element, s->value->type);
  }
  out.value = make_call(BoundKind::kList, list_of(element), std::move(values), p.position);
  return out;
}

// Index and comparison agree on these; for lists, maps and NaN the predicate is checked again.
bool index_decides(const BoundExpression& value) {
  Type t = value.type.type;
  if (t == Type::kList) t = value.type.element;  // of IN
  return t == Type::kInt || t == Type::kString || t == Type::kBool || (t >= Type::kDate && t <= Type::kDateTime);
}

class AccessChooser {
 public:
  AccessChooser(const StatementContext& context, const CostModel& costs, const PatternGraph& graph, Slot slot,
                const SlotSet& bound, const std::vector<SlotSet>& predicate_slots,
                std::span<const SemiSide* const> semi_sides = {})
      : context_(context), costs_(costs), graph_(graph), slot_(slot), semi_sides_(semi_sides) {
    for (uint32_t i = 0; i < graph.predicates.size(); ++i) {
      if (!predicate_slots[i].contains(slot)) continue;
      if (auto labels = label_choice(*graph.predicates[i], slot); !labels.empty())
        choices_.push_back({i, std::move(labels)});
      if (auto s = disjunction(*graph.predicates[i], slot, i, bound)) usable_.push_back(*s);
      SlotSet others = predicate_slots[i];
      others.remove(slot);
      if (!bound.contains_all(others)) continue;
      if (auto s = sargable(*graph.predicates[i], slot, i); s && !slots_of(s->value).contains(slot)) usable_.push_back(*s);
      by_id(i);
      by_list(i);
    }
  }

  AccessPath node(const std::vector<std::string>& labels) const {
    AccessPath best = with_all(labels);
    if (!by_id_)
      for (const Choice& choice : choices_) {
        if (AccessPath path = any_scan(choice); labels.empty() && path.cost < best.cost) best = std::move(path);
        if (AccessPath path = union_of(choice); path.cost * kClearly < best.cost) best = std::move(path);
      }
    if (by_list_ && by_list_->cost < best.cost) best = *by_list_;
    for (uint32_t i = 0; i < semi_sides_.size(); ++i)
      if (semi_sides_[i] && semi_sides_[i]->plan && semi_sides_[i]->slot == slot_)
        if (AccessPath path = by_pattern(i); path.cost < best.cost) best = std::move(path);
    return best;
  }

  std::optional<AccessPath> relationship(const std::string& type_name) const {
    std::optional<AccessPath> best;
    const auto type = context_.planning.catalog->find_rel_type(type_name);
    if (!type || usable_.empty()) return best;
    for (const index::PropertyIndex* i : context_.planning.indexes->on_rel_type(*type)) {
      if (!i->online()) continue;
      auto seek = by_index(*i, type_name);
      if (!seek || (best && best->cost <= seek->cost)) continue;
      best = std::move(seek);
      best->kind = NodeKind::kRelationshipIndexSeek;
    }
    return best;
  }

 private:
  static constexpr double kFewRows = 64;
  static constexpr double kClearly = 1.2;  // estimates are not that good

  // A condition that a node with any of the labels fulfils.
  struct Choice {
    uint32_t predicate;
    std::vector<std::string> labels;
  };

  AccessPath with_all(const std::vector<std::string>& labels) const {
    AccessPath best = by_id_ ? *by_id_ : scan(labels);
    // What a small label costs is little either way, but a statement that makes nodes looks among those as well.
    const bool few = best.rows <= kFewRows;
    if (!by_id_ && !usable_.empty())
      for (const std::string& l : labels)
        if (auto label = context_.planning.catalog->find_label(l))
          for (const index::PropertyIndex* i : context_.planning.indexes->on_label(*label)) {
            if (!i->online()) continue;
            auto seek = by_index(*i, l);
            if (!seek) continue;
            const bool by_all_keys = seek->equal.size() == i->keys().size();
            const bool instead_of_scan = best.kind == NodeKind::kLabelScan && by_all_keys && (few || seek->single);
            if (instead_of_scan || seek->cost < best.cost) best = std::move(*seek);
          }
    return best;
  }

  AccessPath scan(const std::vector<std::string>& labels) const {
    AccessPath p;
    p.kind = labels.empty() ? NodeKind::kAllNodesScan : NodeKind::kLabelScan;
    p.rows = costs_.nodes(labels);
    p.cost = p.rows + 1;
    return p;
  }

  AccessPath any_scan(const Choice& choice) const {
    AccessPath p;
    p.kind = NodeKind::kAnyLabelScan, p.any_label = choice.labels;
    for (const std::string& l : choice.labels) p.rows += costs_.nodes(std::span(&l, 1));
    p.cost = p.rows + 1;
    p.consumed = p.counted = {choice.predicate};
    return p;
  }

  // The nodes with the first label, then those with the second that do not have the first, and so on.
  AccessPath union_of(const Choice& choice) const {
    AccessPath out;
    std::vector<std::string> before;
    for (const std::string& l : choice.labels) {
      const AccessPath one = with_all({l});
      NodePtr plan = make_access(one, {slot_, {l}}, costs_);
      if (!before.empty()) plan = without_labels(context_, std::move(plan), slot_, before);
      std::erase_if(out.consumed, [&](uint32_t p) { return std::ranges::find(one.consumed, p) == one.consumed.end(); });
      if (before.empty()) out.consumed = one.consumed;
      out.plan = before.empty() ? std::move(plan) : append(std::move(out.plan), std::move(plan), {slot_});
      before.push_back(l);
    }
    out.kind = NodeKind::kUnion, out.rows = out.plan->estimated_rows, out.cost = out.plan->estimated_cost;
    out.consumed.push_back(choice.predicate);
    out.counted = out.consumed;
    return out;
  }

  // The nodes for which an EXISTS holds.
  AccessPath by_pattern(uint32_t predicate) const {
    AccessPath p;
    p.kind = NodeKind::kDistinct, p.plan = distinct_nodes(*semi_sides_[predicate]);
    p.rows = p.plan->estimated_rows, p.cost = p.plan->estimated_cost;
    p.consumed = p.counted = {predicate};
    return p;
  }

  // id(n) = value
  void by_id(uint32_t i) {
    const BoundExpression& p = *graph_.predicates[i];
    if (p.kind != BoundKind::kEqual && p.kind != BoundKind::kIn) return;
    auto is_id = [&](const BoundExpression& e) {
      return e.kind == BoundKind::kFunction && e.name == "id" && e.args.size() == 1 &&
             e.args[0]->kind == BoundKind::kSlot && e.args[0]->slot == slot_;
    };
    BoundPtr value = is_id(*p.args[0]) ? p.args[1] : p.kind == BoundKind::kEqual && is_id(*p.args[1]) ? p.args[0] : nullptr;
    if (!value || slots_of(value).contains(slot_)) return;
    AccessPath path;
    path.kind = NodeKind::kNodeById, path.id = value, path.single = p.kind == BoundKind::kEqual;
    path.rows = path.single ? 1 : 5, path.cost = path.rows;
    by_id_ = std::move(path);
  }

  // n IN nodes
  void by_list(uint32_t i) {
    const BoundExpression& p = *graph_.predicates[i];
    if (p.kind != BoundKind::kIn || p.args[0]->kind != BoundKind::kSlot || p.args[0]->slot != slot_) return;
    const StaticType list = p.args[1]->type;
    if (list.type != Type::kList || list.element != Type::kNode || slots_of(p.args[1]).contains(slot_)) return;
    // Long lists are worth a start, but not being gone through for each of many rows.
    constexpr double kUnknownLength = 1000;
    const BoundExpression& nodes = *p.args[1];
    const bool is_known =
        nodes.kind == BoundKind::kList || (nodes.kind == BoundKind::kSlot && context_.info(nodes.slot).list_length > 0);
    AccessPath path;
    path.kind = NodeKind::kNodeById, path.id = p.args[1];
    path.rows = is_known ? costs_.list_length(nodes) : kUnknownLength, path.cost = CostModel::kIndexDescent + path.rows;
    path.consumed = path.counted = {i};
    if (!by_list_ || path.cost < by_list_->cost) by_list_ = std::move(path);
  }

  const Sargable* usable(KeyId key, BoundKind kind) const {
    for (const Sargable& s : usable_)
      if (s.key == key && s.kind == kind) return &s;
    return nullptr;
  }

  static void take(AccessPath& p, const Sargable& s) {
    if (s.implied) return;
    p.counted.push_back(s.predicate);
    if (index_decides(*s.value)) p.consumed.push_back(s.predicate);
  }

  // Bounds of a range over `key`; returns the share of the rows that is left.
  double add_range(AccessPath& p, KeyId key) const {
    if (const Sargable* s = usable(key, BoundKind::kStartsWith)) {
      p.prefix = s->value, take(p, *s);
    } else {
      for (BoundKind k : {BoundKind::kGreater, BoundKind::kGreaterEqual})
        if (const Sargable* s = usable(key, k); s && !p.lower)
          p.lower = IndexBound{s->value, k == BoundKind::kGreaterEqual}, take(p, *s);
      for (BoundKind k : {BoundKind::kLess, BoundKind::kLessEqual})
        if (const Sargable* s = usable(key, k); s && !p.upper)
          p.upper = IndexBound{s->value, k == BoundKind::kLessEqual}, take(p, *s);
    }
    if (!p.prefix && !p.lower && !p.upper) return 1;
    // Within the rows that other components equal to something it is taken to be as it is among all.
    const double share =
        p.equal.empty() && !p.in_list
            ? range_share(context_, {.index = p.index, .lower = p.lower, .upper = p.upper, .prefix = p.prefix})
        : p.prefix ? 0.05
                   : 0.3;
    return std::min(share, 0.999);
  }

  // Of few values that a property has some are rare as a rule (a job's state): the share of the one that the first
  // component equals, beside `mean`, that of an average one. Not where nothing much can come of it.
  std::optional<double> share_of_first(const index::PropertyIndex& index, const BoundPtr& value, double mean) const {
    constexpr double kMany = 500;
    if (double(index.entries()) * mean < kMany || known_value(*value, context_.planning.values).is_null())
      return std::nullopt;
    const IndexBound bound{value, true};
    return range_share(context_, {.index = index.id(), .lower = bound, .upper = bound, .prefix = nullptr}) / mean;
  }

  // The values of a list for the component after those that equal something, and behind it what is known of the next one.
  // Returns the share of the rows that is left, where a value of one component has `each`; 1 where there is no list.
  double add_list(AccessPath& p, std::span<const KeyId> keys, double each, double& descents) const {
    const size_t at = p.equal.size();
    const Sargable* in = usable(keys[at], BoundKind::kIn);
    if (!in) return 1;
    p.in_list = in->value, take(p, *in);
    descents = costs_.list_length(*in->value);
    const double listed = std::min(0.999, descents * each);
    if (at + 1 == keys.size()) return listed;
    if (const Sargable* s = usable(keys[at + 1], BoundKind::kEqual)) {
      p.lower = p.upper = IndexBound{s->value, true}, take(p, *s);
      return listed * each;
    }
    return listed * add_range(p, keys[at + 1]);
  }

  std::optional<AccessPath> by_index(const index::PropertyIndex& i, const std::string& label) const {
    AccessPath p;
    p.kind = NodeKind::kNodeIndexSeek, p.index = i.id(), p.index_label = label;
    auto keys = i.keys();
    double entries = double(i.entries()), distinct = std::max(1.0, double(i.distinct_estimate()));
    double descents = 1, share = 1;
    while (p.equal.size() < keys.size()) {
      const Sargable* s = usable(keys[p.equal.size()], BoundKind::kEqual);
      if (!s) break;
      p.equal.push_back(s->value);
      take(p, *s);
    }
    share = 1 / std::pow(distinct, double(p.equal.size()) / double(keys.size()));
    if (!p.equal.empty() && !i.unique())
      if (const auto known = share_of_first(i, p.equal[0], 1 / std::pow(distinct, 1 / double(keys.size()))))
        share *= *known;
    if (p.equal.size() < keys.size()) {
      double narrowed = add_range(p, keys[p.equal.size()]);
      if (narrowed == 1) narrowed = add_list(p, keys, 1 / std::pow(distinct, 1 / double(keys.size())), descents);
      if (p.equal.empty() && narrowed == 1) return std::nullopt;
      share *= narrowed;
    }
    p.single = i.unique() && p.equal.size() == keys.size();
    p.rows = p.single ? std::min(1.0, entries) : entries * share;
    if (p.single) p.rows = 1;
    const bool walks = p.prefix || p.lower || p.upper;
    p.cost =
        CostModel::kIndexDescent * std::max(1.0, descents) + (walks ? CostModel::kRangeRow : CostModel::kIndexRow) * p.rows;
    return p;
  }

  const StatementContext& context_;
  const CostModel& costs_;
  const PatternGraph& graph_;
  Slot slot_;
  std::span<const SemiSide* const> semi_sides_;
  std::vector<Sargable> usable_;
  std::vector<Choice> choices_;
  std::optional<AccessPath> by_id_, by_list_;
};

}  // namespace

AccessPath best_access(const StatementContext& context, const CostModel& costs, const PatternGraph& graph,
                       const PatternNode& node, const SlotSet& bound, const std::vector<SlotSet>& predicate_slots,
                       std::span<const SemiSide* const> semi_sides) {
  return AccessChooser(context, costs, graph, node.slot, bound, predicate_slots, semi_sides).node(node.labels);
}

std::optional<AccessPath> relationship_seek(const StatementContext& context, const CostModel& costs,
                                            const PatternGraph& graph, const PatternRelationship& relationship,
                                            const SlotSet& bound, const std::vector<SlotSet>& predicate_slots) {
  if (relationship.types.size() != 1) return std::nullopt;
  return AccessChooser(context, costs, graph, relationship.slot, bound, predicate_slots)
      .relationship(relationship.types[0]);
}

void set_seek(PhysicalNode& node, const AccessPath& path) {
  node.kind = path.kind;
  node.index = path.index, node.equal = path.equal, node.lower = path.lower, node.upper = path.upper;
  node.in_list = path.in_list, node.prefix = path.prefix;
}

std::shared_ptr<PhysicalNode> make_access(const AccessPath& path, const PatternNode& node, const CostModel& costs) {
  if (path.plan) return std::make_shared<PhysicalNode>(*path.plan);
  auto out = std::make_shared<PhysicalNode>();
  set_seek(*out, path);
  out->slot = node.slot;
  if (path.id) out->expressions = {path.id};
  if (path.kind == NodeKind::kNodeIndexSeek) out->labels = {path.index_label};
  if (path.kind == NodeKind::kAnyLabelScan) out->labels = path.any_label;
  if (path.kind == NodeKind::kLabelScan) {
    out->labels = node.labels;
    std::sort(out->labels.begin(), out->labels.end(), [&](const std::string& a, const std::string& b) {
      return costs.nodes(std::span(&a, 1)) < costs.nodes(std::span(&b, 1));
    });
  }
  out->estimated_rows = path.rows, out->estimated_cost = path.cost;
  return out;
}

}  // namespace elegraph::query::plan
