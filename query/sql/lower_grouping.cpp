// SPDX-License-Identifier: Apache-2.0
#include "query/sql/lower_grouping.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "query/functions/registry.h"
#include "storage/error.h"

// GROUP BY and HAVING: WITH keys AS k1, ..., aggregates AS a1, ... WHERE having, in front of the RETURN.
namespace elegraph::query::sql {

using cypher::ExpressionPtr;
using cypher::ExprKind;

namespace {

// Of an object's members those that say more than where it stands.
std::vector<size_t> members(const Tree& object) {
  std::vector<size_t> out;
  for (size_t i = 0; i < object.size(); ++i) {
    if (object.names[i] != "location") out.push_back(i);
  }
  return out;
}

// `same` compares what is below.
template <typename Same>
bool same_node(const Tree& a, const Tree& b, const Same& same) {
  if (a.kind != b.kind || a.flag != b.flag || a.number != b.number || a.text != b.text) return false;
  if (a.kind != Tree::Kind::kObject) return std::ranges::equal(a.items, b.items, same);
  return std::ranges::equal(members(a), members(b),
                            [&](size_t i, size_t k) { return a.names[i] == b.names[k] && same(a[i], b[k]); });
}

bool is_aggregate(const Tree& node) {
  const Tree* call = as(node, "FuncCall");
  if (!call) return false;
  const std::string name(last_name(*find(*call, "funcname")));
  return name == "string_agg" || find_aggregate(name) != nullptr;
}

std::string_view column_of(const Tree& node) { return last_name(*find(*as(node, "ColumnRef"), "fields")); }

void project(cypher::Projection& p, ExpressionPtr e, const std::string& variable) {
  cypher::ProjectionItem item;
  item.position = item.alias_position = e->position;
  item.expression = std::move(e);
  item.has_alias = true;
  item.alias = item.name = variable;
  p.items.push_back(std::move(item));
}

}  // namespace

// Without a key and an aggregate there is one group all the same.
cypher::Projection Lowering::Grouping::finish(ExpressionPtr having) {
  if (projection.items.empty()) {
    auto count = std::make_unique<cypher::Expression>();
    count->kind = ExprKind::kFunction;
    count->name = "count";
    count->star = true;
    count->height = 1;
    project(projection, std::move(count), "?aggregate?");
  }
  projection.distinct = aggregates.empty() && !keys.empty();
  projection.where = std::move(having);
  return std::move(projection);
}

// Reads the keys; what is lowered after it is over groups.
void Lowering::group(const Tree& select, size_t first_table, Grouping& level) {
  const size_t end_table = tables_.size();
  if (const Tree* keys = find(select, "groupClause")) {
    for (size_t i = 0; i < keys->size(); ++i) group_key((*keys)[i], find(select, "targetList"), level);
  }
  level.activate(first_table, end_table);
}

// A position or the name of an output column stands for that column's expression; a table's column comes
// before the latter.
const Tree& Lowering::group_key_of(const Tree& node, const Tree* targets) const {
  const auto target = [&](size_t i) -> const Tree& { return body_of((*targets)[i]); };
  const size_t count = targets ? targets->size() : 0;
  const Tree* constant = as(node, "A_Const");
  if (const Tree* number = constant ? find(*constant, "ival") : nullptr) {
    const int64_t n = number_of(*number, "ival");
    if (n >= 1 && n <= int64_t(count)) return *find(target(size_t(n - 1)), "val");
    throw Error("42P10", "GROUP BY position " + std::to_string(n) + " is not in select list").at(location_of(*constant));
  }
  const Tree* reference = as(node, "ColumnRef");
  if (!reference || find(*reference, "fields")->size() != 1) return node;
  const std::string_view name = last_name(*find(*reference, "fields"));
  if (std::ranges::any_of(tables_, [&](const Table& t) { return t.has(name); })) return node;
  for (size_t i = 0; i < count; ++i) {
    if (text_of(target(i), "name") == name) return *find(target(i), "val");
  }
  return node;
}

void Lowering::group_key(const Tree& node, const Tree* targets, Grouping& level) {
  if (as(node, "GroupingSet")) refuse("ROLLUP, CUBE and GROUPING SETS", body_of(node));
  const Tree& key = group_key_of(node, targets);
  auto& keys = level.keys;
  if (std::ranges::any_of(keys, [&](const Grouping::Column& k) { return same_key(*k.expression, key); })) return;
  if (is_aggregate(key)) {
    throw Error("42803", "aggregate functions are not allowed in GROUP BY").at(location_of(body_of(key)));
  }
  const Tree* reference = as(key, "ColumnRef");
  const Table* table = reference ? table_of(*reference) : nullptr;
  const size_t index = table ? size_t(table - tables_.data()) : Grouping::kNoTable;
  keys.push_back({&key, "?key " + std::to_string(keys.size() + 1) + "?", index});
  project(level.projection, expression(key), keys.back().variable);
}

// What the node is in the rows of groups; null where its parts are to be looked at.
ExpressionPtr Lowering::grouped(const Tree& node) {
  if (grouping_->active) {
    for (const Grouping::Column& key : grouping_->keys) {
      if (!same_key(*key.expression, node)) continue;
      ExpressionPtr e = make(ExprKind::kVariable, body_of(node));
      e->name = key.variable;
      return done(std::move(e));
    }
    if (is_aggregate(node)) return grouped_aggregate(node);
  }
  const Tree* reference = as(node, "ColumnRef");
  return reference ? grouped_column(*reference) : nullptr;
}

ExpressionPtr Lowering::grouped_aggregate(const Tree& node) {
  Grouping& level = *grouping_;
  auto found =
      std::ranges::find_if(level.aggregates, [&](const Grouping::Column& a) { return same_key(*a.expression, node); });
  ExpressionPtr e = make(ExprKind::kVariable, body_of(node));
  if (found != level.aggregates.end()) {
    e->name = found->variable;
    return done(std::move(e));
  }
  e->name = "?aggregate " + std::to_string(level.aggregates.size() + 1) + "?";
  level.aggregates.push_back({&node, e->name, Grouping::kNoTable});
  grouping_ = level.outer;  // the arguments are over the rows of FROM
  project(level.projection, function(body_of(node)), e->name);
  grouping_ = &level;
  return done(std::move(e));
}

// A column of a table whose SELECT groups, be it this one or one around it.
ExpressionPtr Lowering::grouped_column(const Tree& reference) {
  const Table* t = table_of(reference);
  if (!t) return nullptr;
  const size_t index = size_t(t - tables_.data());
  const std::string_view name = last_name(*find(reference, "fields"));
  for (Grouping* level = grouping_; level; level = level->outer) {
    if (!level->active || index >= level->end_table) continue;
    const auto key = std::ranges::find_if(
        level->keys, [&](const Grouping::Column& k) { return k.table == index && column_of(*k.expression) == name; });
    if (key == level->keys.end() && index < level->first_table) return outer_column(reference, *level);
    if (key == level->keys.end()) {
      throw Error("42803", "column \"" + t->alias + "." + std::string(name) +
                               "\" must appear in the GROUP BY clause or be used in an aggregate function")
          .at(location_of(reference));
    }
    ExpressionPtr e = make(ExprKind::kVariable, reference);
    e->name = key->variable;
    return done(std::move(e));
  }
  return nullptr;
}

// A column of a SELECT around the grouping one is the same for all of its rows: it may as well be a key.
ExpressionPtr Lowering::outer_column(const Tree& reference, Grouping& level) {
  if (level.keys.empty()) return nullptr;  // a key would take away the group of no rows
  ExpressionPtr e = make(ExprKind::kVariable, reference);
  e->name = "?outer " + std::to_string(level.projection.items.size() + 1) + "?";
  Grouping* const current = std::exchange(grouping_, level.outer);
  ExpressionPtr value = grouping_ ? grouped_column(reference) : nullptr;
  project(level.projection, value ? std::move(value) : column(reference), e->name);
  grouping_ = current;
  return done(std::move(e));
}

bool Lowering::same_column(const Tree& a, const Tree& b) const {
  return last_name(*find(a, "fields")) == last_name(*find(b, "fields")) && table_of(a) == table_of(b);
}

// The tree has no number for integers that are not positive.
bool Lowering::same_integer(const Tree& a, const Tree& b, bool& same) const {
  const Tree *left = as(a, "A_Const"), *right = as(b, "A_Const");
  if (!left || !right || !find(*left, "ival") || !find(*right, "ival")) return false;
  same = integer_of(*left) == integer_of(*right);
  return true;
}

bool Lowering::same_tree(const Tree& a, const Tree& b) const {
  bool same = false;
  if (same_integer(a, b, same)) return same;
  return same_node(a, b, [this](const Tree& x, const Tree& y) { return same_tree(x, y); });
}

// Columns are the same where they are of the same table, however they are written. Inside of subqueries,
// whose tables are not in scope here, the text decides.
bool Lowering::same_key(const Tree& a, const Tree& b) const {
  const Tree *left = as(a, "ColumnRef"), *right = as(b, "ColumnRef");
  if (left && right) return same_column(*left, *right);
  bool same = false;
  if (same_integer(a, b, same)) return same;
  if (as(a, "SubLink")) return same_tree(a, b);
  return same_node(a, b, [this](const Tree& x, const Tree& y) { return same_key(x, y); });
}

}  // namespace elegraph::query::sql
