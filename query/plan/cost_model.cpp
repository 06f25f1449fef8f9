// SPDX-License-Identifier: Apache-2.0
#include "query/plan/cost_model.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "query/functions/value_ops.h"
#include "query/plan/range_estimate.h"

namespace elegraph::query::plan {

namespace {

// Where nothing is known (System R's figures, a little more careful with equality).
constexpr double kEquality = 0.05;
constexpr double kRange = 0.3;
constexpr double kPrefix = 0.05;
constexpr double kContains = 0.1;
constexpr double kNulls = 0.1;
constexpr double kUnknown = 0.5;
constexpr double kListLength = 10;

// The least that a sample may make of an estimate: it is small, and the plan will run with other values as well.
constexpr double kLeastShare = 0.002;
constexpr double kLeastText = 0.01;
constexpr double kLeastRange = 0.05;

// Relationship types and labels past this many are not asked one by one.
constexpr uint32_t kMaxTypes = 64;
constexpr uint32_t kMaxLabels = 64;

// How many of all that have a property have the value that one of them has: whatever value is asked for later. By pairs, so
// that a sample of different values says that there are many.
std::optional<double> alike(const std::vector<Value>& sample) {
  if (sample.empty()) return std::nullopt;
  std::vector<const Value*> sorted;
  for (const Value& v : sample)
    if (!v.is_null()) sorted.push_back(&v);
  std::ranges::sort(sorted, [](const Value* a, const Value* b) { return order(*a, *b) < 0; });
  double pairs = 0, run = 0;
  for (size_t i = 1; i < sorted.size(); ++i) {
    run = order(*sorted[i - 1], *sorted[i]) == 0 ? run + 1 : 0;
    pairs += run;
  }
  const double n = double(sample.size());
  return std::max(kLeastShare, n > 1 ? pairs / (n * (n - 1) / 2) : 0);
}

// How many different ones all have of whom these are some: those that were seen, and others as many as what was seen once
// and twice suggests (Chao 1984), a lower bound. None where hardly any was seen twice.
std::optional<double> all_different(const std::vector<Value>& sample) {
  std::vector<const Value*> sorted;
  for (const Value& v : sample)
    if (!v.is_null()) sorted.push_back(&v);
  std::ranges::sort(sorted, [](const Value* a, const Value* b) { return order(*a, *b) < 0; });
  double seen = sorted.size() < sample.size(), once = 0, twice = 0;
  for (size_t first = 0, end = 0; first < sorted.size(); first = end) {
    while (end < sorted.size() && order(*sorted[first], *sorted[end]) == 0) end++;
    seen++, once += end - first == 1, twice += end - first == 2;
  }
  if (seen == 0 || once > 0.9 * double(sample.size())) return std::nullopt;
  return seen + once * once / (2 * (twice + 1));
}

Ternary compare(BoundKind kind, const Value& a, const Value& b) {
  switch (kind) {
    case BoundKind::kLess: return less(a, b);
    case BoundKind::kLessEqual: return less_equal(a, b);
    case BoundKind::kGreater: return less(b, a);
    case BoundKind::kGreaterEqual: return less_equal(b, a);
    case BoundKind::kStartsWith: return starts_with(a, b);
    case BoundKind::kEndsWith: return ends_with(a, b);
    default: return contains(a, b);
  }
}

}  // namespace

double CostModel::list_length(const BoundExpression& list) const {
  if (list.kind == BoundKind::kList) return double(list.args.size());
  if (list.kind == BoundKind::kLiteral && list.literal.type() == Type::kList) return double(list.literal.as_list().size());
  if (list.kind == BoundKind::kSlot && context_.info(list.slot).list_length > 0)
    return context_.info(list.slot).list_length;
  if (list.kind == BoundKind::kFunction && list.name == "range")
    return range_length(list, planning_.values).value_or(kListLength);
  return kListLength;
}

double CostModel::all_nodes() const { return double(planning_.statistics->node_count()); }

double CostModel::nodes(std::span<const std::string> labels) const {
  double rows = all_nodes();
  for (const std::string& l : labels) {
    auto id = planning_.catalog->find_label(l);
    rows = std::min(rows, id ? double(planning_.statistics->node_count(*id)) : 0.0);
  }
  return rows;
}

double CostModel::relationships(std::span<const std::string> types) const {
  if (types.empty()) return double(planning_.statistics->relationship_count());
  double rows = 0;
  for (const std::string& t : types)
    if (auto id = planning_.catalog->find_rel_type(t)) rows += double(planning_.statistics->relationship_count(*id));
  return rows;
}

double CostModel::label_relationships(LabelId label, std::span<const std::string> types, Direction d) const {
  double rows = 0;
  const storage::Statistics& s = *planning_.statistics;
  if (!types.empty()) {
    for (const std::string& t : types)
      if (auto id = planning_.catalog->find_rel_type(t)) rows += double(s.relationship_count(label, *id, d));
    return rows;
  }
  uint32_t n = std::min(planning_.catalog->rel_type_count(), kMaxTypes);
  for (uint32_t i = 0; i < n; ++i) rows += double(s.relationship_count(label, RelTypeId(i), d));
  return rows;
}

// Relationships that touch a node with the labels, by the label that has fewest.
double CostModel::label_relationships(std::span<const std::string> labels, std::span<const std::string> types,
                                      Direction d) const {
  if (d == Direction::kBoth)
    return label_relationships(labels, types, Direction::kOut) + label_relationships(labels, types, Direction::kIn);
  double rows = relationships(types);
  for (const std::string& l : labels) {
    auto id = planning_.catalog->find_label(l);
    rows = std::min(rows, id ? label_relationships(*id, types, d) : 0.0);
  }
  return rows;
}

double CostModel::degree(std::span<const std::string> labels, std::span<const std::string> types, Direction d) const {
  return label_relationships(labels, types, d) / std::max(1.0, nodes(labels));
}

// The nodes at one end of a type are about those at its other end where the type leads from like to like, and a part of
// them where it leads down a tree.
double CostModel::ends(std::span<const std::string> types) const {
  double ends = 0;
  for (const std::string& t : types)
    if (auto id = planning_.catalog->find_rel_type(t))
      ends += double(std::max(planning_.statistics->end_count(*id, Direction::kOut),
                              planning_.statistics->end_count(*id, Direction::kIn)));
  return ends;
}

double CostModel::target_fraction(std::span<const std::string> types, Direction d,
                                  std::span<const std::string> labels) const {
  if (labels.empty()) return 1;
  double all = relationships(types) * (d == Direction::kBoth ? 2 : 1);
  if (all <= 0) return 0;
  return std::min(1.0, label_relationships(labels, types, reverse(d)) / all);
}

std::optional<double> CostModel::far_fraction(std::span<const std::string> near, std::span<const std::string> types,
                                              Direction d, std::span<const std::string> far) const {
  if (types.size() != 1 || near.empty() || d == Direction::kBoth) return std::nullopt;
  const auto type = planning_.catalog->find_rel_type(types[0]);
  std::optional<LabelId> rarest;
  std::vector<LabelId> wanted;
  for (const std::string& l : near) {
    const auto id = planning_.catalog->find_label(l);
    if (!id) return std::nullopt;
    const storage::Statistics& s = *planning_.statistics;
    if (!rarest || s.node_count(*id) < s.node_count(*rarest)) rarest = id;
  }
  for (const std::string& l : far) {
    const auto id = planning_.catalog->find_label(l);
    if (!id) return std::nullopt;
    wanted.push_back(*id);
  }
  return type ? context_.samples.far_share(*rarest, *type, d, wanted) : std::nullopt;
}

std::string CostModel::label_of_ends(std::span<const std::string> types, Direction d) const {
  std::string best;
  double fewest = 0;
  const storage::Statistics& s = *planning_.statistics;
  auto covers = [&](LabelId label, Direction end) {
    for (const std::string& t : types) {
      auto type = planning_.catalog->find_rel_type(t);
      if (!type || s.relationship_count(label, *type, end) < s.relationship_count(*type)) return false;
    }
    return true;
  };
  uint32_t labels = std::min(planning_.catalog->label_count(), kMaxLabels);
  for (uint32_t i = 0; i < labels && !types.empty(); ++i) {
    LabelId label(i);
    if (d != Direction::kIn && !covers(label, Direction::kOut)) continue;
    if (d != Direction::kOut && !covers(label, Direction::kIn)) continue;
    double nodes = double(s.node_count(label));
    if (best.empty() || nodes < fewest) best = planning_.catalog->name(label), fewest = nodes;
  }
  return best;
}

// By the labels of the ends: a group has twenty members, but most of these are people, who have none. In both directions a
// walk does not go back the way it came.
double CostModel::next_degree(std::span<const std::string> types, Direction d) const {
  const double back = d == Direction::kBoth ? 1 : 0, all_ends = std::max(1.0, ends(types));
  double arrived = 0, onward = 0;
  const uint32_t labels = std::min(planning_.catalog->label_count(), kMaxLabels);
  for (uint32_t i = 0; i < labels; ++i) {
    const LabelId label(i);
    const auto of = [&](Direction end) { return label_relationships(label, types, end); };
    const double out = d == Direction::kIn ? 0 : of(Direction::kOut), in = d == Direction::kOut ? 0 : of(Direction::kIn);
    const double here = d == Direction::kBoth ? out + in : of(reverse(d));
    if (here <= 0) continue;
    const double nodes = std::max(1.0, std::min(double(planning_.statistics->node_count(label)), all_ends));
    arrived += here, onward += here * std::max(0.0, (out + in) / nodes - back);
  }
  return arrived > 0 ? onward / arrived : relationships(types) * (1 + back) / all_ends;
}

double CostModel::path_count(double first, double next, int64_t min_hops, int64_t max_hops) const {
  constexpr int64_t kHopsLookedAt = 6;
  int64_t last = max_hops < 0 ? min_hops + 4 : std::min(max_hops, min_hops + kHopsLookedAt);
  double limit = std::max(1.0, all_nodes()) * 4, rows = 0;
  for (int64_t h = min_hops; h <= last && rows < limit; ++h) rows += h == 0 ? 1 : first * std::pow(next, double(h - 1));
  return std::min(rows, limit);
}

const index::PropertyIndex* CostModel::index_of(const BoundExpression& property) const {
  if (property.kind != BoundKind::kProperty || property.args[0]->kind != BoundKind::kSlot) return nullptr;
  const auto find = [&](const std::vector<const index::PropertyIndex*>& indexes) -> const index::PropertyIndex* {
    for (const index::PropertyIndex* i : indexes)
      if (i->online() && i->keys()[0] == property.key_id && i->definition().constraint != index::ConstraintKind::kExists)
        return i;
    return nullptr;
  };
  const SlotInfo& info = context_.info(property.args[0]->slot);
  for (const std::string& l : info.labels.empty() ? info.any_label : info.labels)
    if (const auto label = planning_.catalog->find_label(l))
      if (const auto* found = find(planning_.indexes->on_label(*label))) return found;
  const auto type = info.types.size() == 1 ? planning_.catalog->find_rel_type(info.types[0]) : std::nullopt;
  return type ? find(planning_.indexes->on_rel_type(*type)) : nullptr;
}

const std::vector<Value>& CostModel::sample(const BoundExpression& property) const {
  static const std::vector<Value> kNothing;
  if (property.kind != BoundKind::kProperty || property.args[0]->kind != BoundKind::kSlot) return kNothing;
  return context_.samples.of(context_.info(property.args[0]->slot), property.key_id);
}

double CostModel::equality(const BoundExpression& property) const {
  if (property.kind != BoundKind::kProperty || property.args[0]->kind != BoundKind::kSlot) return kEquality;
  const SlotInfo& info = context_.info(property.args[0]->slot);
  double best = alike(sample(property)).value_or(kEquality);
  const double unknown = best;
  auto ask = [&](const std::vector<const index::PropertyIndex*>& indexes) {
    for (const index::PropertyIndex* i : indexes)
      if (i->keys().size() == 1 && i->keys()[0] == property.key_id && i->distinct_estimate() > 0)
        best = std::min(best, 1.0 / double(i->distinct_estimate()));
  };
  auto ask_label = [&](const std::string& l) {
    if (const auto label = planning_.catalog->find_label(l)) ask(planning_.indexes->on_label(*label));
  };
  for (const std::string& l : info.labels) ask_label(l);
  if (info.labels.empty() && !info.any_label.empty()) {
    double most = 0;
    for (const std::string& l : info.any_label) best = unknown, ask_label(l), most = std::max(most, best);
    best = most;
  }
  if (info.types.size() == 1)
    if (const auto type = planning_.catalog->find_rel_type(info.types[0])) ask(planning_.indexes->on_rel_type(*type));
  return best;
}

std::optional<double> CostModel::different_values(const BoundExpression& property) const {
  const index::PropertyIndex* index = index_of(property);
  if (index && index->keys().size() == 1 && index->distinct_estimate() > 0) return double(index->distinct_estimate());
  return all_different(sample(property));
}

std::optional<double> CostModel::different(const BoundExpression& e) const {
  constexpr double kTruths = 3;
  switch (e.kind) {
    case BoundKind::kLiteral:
    case BoundKind::kParameter: return 1;
    case BoundKind::kProperty: return different_values(e);
    case BoundKind::kSlot:
      if (e.type.type == Type::kNode) return nodes(context_.info(e.slot).labels);
      if (e.type.type == Type::kRelationship) return relationships(context_.info(e.slot).types);
      return std::nullopt;
    default: return e.type.type == Type::kBool ? std::optional(kTruths) : std::nullopt;
  }
}

double CostModel::groups(std::span<const BoundPtr> keys, double rows) const {
  constexpr double kUnknownRows = 10;  // in a group
  double groups = 1;
  bool all_known = true;
  for (const BoundPtr& key : keys) {
    const std::optional<double> values = different(*key);
    all_known &= values.has_value();
    groups *= std::max(1.0, values.value_or(1));
  }
  if (!all_known) groups = std::max(groups, rows / kUnknownRows);
  return std::clamp(groups, 1.0, std::max(1.0, rows));
}

double CostModel::comparison(const BoundExpression& p, double least, double unknown) const {
  const bool turned = p.args[0]->kind != BoundKind::kProperty;
  const std::vector<Value>& values = sample(*p.args[turned]);
  const Value other = values.empty() ? Value() : known_value(*p.args[!turned], planning_.values);
  if (other.is_null()) return unknown;
  auto fulfils = [&](const Value& v) { return compare(p.kind, turned ? other : v, turned ? v : other).value_or(false); };
  return std::max(least, double(std::ranges::count_if(values, fulfils)) / double(values.size()));
}

double CostModel::nulls(const BoundExpression& p) const {
  const BoundExpression& property = *p.args[0];
  const bool of_entity = property.kind == BoundKind::kProperty &&
                         (property.args[0]->type.type == Type::kNode || property.args[0]->type.type == Type::kRelationship);
  if (of_entity && !property.key_id.valid()) return 1 - kLeastShare;  // nothing has it
  const std::vector<Value>& values = sample(property);
  if (values.empty()) return kNulls;
  const double share = double(std::ranges::count_if(values, [](auto& v) { return v.is_null(); })) / double(values.size());
  return std::clamp(share, kLeastShare, 1 - kLeastShare);
}

// Of two values one is rare as a rule (frozen, deleted), and which one is asked for stands in the statement.
double CostModel::truth(const BoundExpression& property, bool value) const {
  const std::vector<Value>& values = sample(property);
  if (values.empty()) return kUnknown;
  const auto has_it = [&](const Value& v) { return v.type() == Type::kBool && v.as_bool() == value; };
  return (double(std::ranges::count_if(values, has_it)) + 0.5) / (double(values.size()) + 1);
}

double CostModel::equal(const BoundExpression& p) const {
  const bool turned = p.args[0]->kind != BoundKind::kProperty;
  const BoundExpression &property = *p.args[turned], &value = *p.args[!turned];
  const bool of_two = value.kind == BoundKind::kLiteral && value.literal.type() == Type::kBool;
  return of_two && !sample(property).empty() ? truth(property, value.literal.as_bool()) : equality(property);
}

double CostModel::selectivity(const BoundExpression& p) const {
  switch (p.kind) {
    case BoundKind::kProperty: return truth(p, true);
    case BoundKind::kEqual: return equal(p);
    case BoundKind::kNotEqual: return std::max(kLeastShare, 1 - equality(*p.args[p.args[0]->kind != BoundKind::kProperty]));
    case BoundKind::kLess:
    case BoundKind::kLessEqual:
    case BoundKind::kGreater:
    case BoundKind::kGreaterEqual: return comparison(p, kLeastRange, kRange);
    case BoundKind::kIn: return std::min(0.5, list_length(*p.args[1]) * equality(*p.args[0]));
    case BoundKind::kStartsWith: return comparison(p, kLeastText, kPrefix);
    case BoundKind::kEndsWith:
    case BoundKind::kContains: return comparison(p, kLeastText, kContains);
    case BoundKind::kRegexMatch: return kContains;
    case BoundKind::kIsNull: return nulls(p);
    case BoundKind::kIsNotNull: return 1 - nulls(p);
    case BoundKind::kNot:
      if (p.args[0]->kind == BoundKind::kProperty) return truth(*p.args[0], false);
      return std::max(0.05, 1 - selectivity(*p.args[0]));
    case BoundKind::kAnd: {
      double s = 1;
      for (const BoundPtr& a : p.args) s *= selectivity(*a);
      return s;
    }
    case BoundKind::kOr: {
      double none = 1;
      for (const BoundPtr& a : p.args) none *= 1 - selectivity(*a);
      return 1 - none;
    }
    case BoundKind::kHasLabels: {
      double all = std::max(1.0, all_nodes());
      return std::min(1.0, nodes(p.names) / all);
    }
    default: return kUnknown;
  }
}

}  // namespace elegraph::query::plan
