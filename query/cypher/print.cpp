// SPDX-License-Identifier: Apache-2.0
#include "query/cypher/print.h"

#include <fmt/format.h>

#include <array>
#include <string_view>

namespace elegraph::query::cypher {
namespace {

constexpr std::array kExpressionNames = std::to_array<std::string_view>({"literal",
                                                                         "parameter",
                                                                         "variable",
                                                                         "property",
                                                                         "labels",
                                                                         "or",
                                                                         "xor",
                                                                         "and",
                                                                         "not",
                                                                         "=",
                                                                         "<>",
                                                                         "<",
                                                                         "<=",
                                                                         ">",
                                                                         ">=",
                                                                         "in",
                                                                         "starts",
                                                                         "ends",
                                                                         "contains",
                                                                         "=~",
                                                                         "null?",
                                                                         "not-null?",
                                                                         "+",
                                                                         "-",
                                                                         "*",
                                                                         "/",
                                                                         "%",
                                                                         "^",
                                                                         "||",
                                                                         "negate",
                                                                         "plus",
                                                                         "index",
                                                                         "slice",
                                                                         "list",
                                                                         "map",
                                                                         "map-projection",
                                                                         "case",
                                                                         "call",
                                                                         "cast",
                                                                         "for",
                                                                         "all",
                                                                         "any",
                                                                         "none",
                                                                         "single",
                                                                         "reduce",
                                                                         "pattern-list",
                                                                         "pattern",
                                                                         "exists",
                                                                         "count",
                                                                         "collect",
                                                                         "shortest-path"});
static_assert(kExpressionNames.size() == size_t(ExprKind::kShortestPath) + 1);

constexpr std::array kClauseNames =
    std::to_array<std::string_view>({"match", "with", "return", "unwind", "create", "merge", "set", "remove", "delete",
                                     "call", "subquery", "foreach", "finish"});
static_assert(kClauseNames.size() == size_t(ClauseKind::kFinish) + 1);

void put(std::string& out, const Expression& e);
void put(std::string& out, const Query& q);

void put(std::string& out, const ExpressionPtr& e) {
  out += ' ';
  if (e)
    put(out, *e);
  else
    out += '_';
}

void put_if(std::string& out, std::string_view name, const ExpressionPtr& e) {
  if (!e) return;
  out += fmt::format(" ({}", name);
  put(out, e);
  out += ')';
}

void put_names(std::string& out, std::string_view before, const std::vector<std::string>& names) {
  for (const std::string& name : names) out += fmt::format(" {}{}", before, name);
}

void put_literal(std::string& out, const Value& v) {
  switch (v.type()) {
    case Type::kNull: out += "null"; break;
    case Type::kBool: out += v.as_bool() ? "true" : "false"; break;
    case Type::kInt: out += std::to_string(v.as_int()); break;
    case Type::kFloat: out += fmt::format("{:#}", v.as_float()); break;
    default: out += fmt::format("'{}'", v.as_string());
  }
}

void put(std::string& out, const NodePattern& n) {
  out += "(node";
  if (!n.variable.empty()) out += ' ' + n.variable;
  put_names(out, ":", n.labels);
  put_if(out, "labels", n.label_expression);
  put_if(out, "properties", n.properties);
  put_if(out, "where", n.where);
  out += ')';
}

void put(std::string& out, const RelationshipPattern& r) {
  out += r.direction == Direction::kOut ? "(out" : r.direction == Direction::kIn ? "(in" : "(both";
  if (!r.variable.empty()) out += ' ' + r.variable;
  put_names(out, ":", r.types);
  put_if(out, "types", r.type_expression);
  if (r.variable_length) {
    out += " *" + (r.min_hops ? std::to_string(*r.min_hops) : "") + ".." + (r.max_hops ? std::to_string(*r.max_hops) : "");
  }
  put_if(out, "properties", r.properties);
  put_if(out, "where", r.where);
  if (r.group) {
    out += " of ";
    put(out, r.group->first);
    out += ' ';
    put(out, r.group->last);
    put_if(out, "where", r.group->where);
  }
  out += ')';
}

void put(std::string& out, const PathPattern& p) {
  out += p.kind == PathKind::kPlain ? "(path" : p.kind == PathKind::kShortest ? "(shortest" : "(all-shortest";
  if (!p.variable.empty()) out += ' ' + p.variable;
  for (size_t i = 0; i < p.nodes.size(); ++i) {
    out += ' ';
    put(out, p.nodes[i]);
    if (i >= p.relationships.size()) continue;
    out += ' ';
    put(out, p.relationships[i]);
  }
  out += ')';
}

void put_projection_items(std::string& out, const Expression& e) {
  for (const MapProjectionItem& item : e.projection) {
    switch (item.kind) {
      case MapProjectionItem::Kind::kAll: out += " .*"; break;
      case MapProjectionItem::Kind::kProperty: out += " ." + item.name; break;
      default: out += fmt::format(" {}:", item.name); put(out, item.value);
    }
  }
}

void put(std::string& out, const Expression& e) {
  switch (e.kind) {
    case ExprKind::kLiteral: return put_literal(out, e.literal);
    case ExprKind::kVariable: out += e.name; return;
    case ExprKind::kParameter: out += e.name.empty() ? fmt::format("?{}", e.index) : fmt::format("${}", e.name); return;
    default: break;
  }
  out += fmt::format("({}", kExpressionNames[size_t(e.kind)]);
  if (e.distinct) out += " distinct";
  if (!e.name.empty()) out += ' ' + e.name;
  if (e.star) out += " *";
  if (e.kind == ExprKind::kMap) {
    for (size_t i = 0; i < e.args.size(); ++i) {
      out += fmt::format(" {}:", e.names[i]);
      put(out, e.args[i]);
    }
  } else {
    put_names(out, e.kind == ExprKind::kHasLabels ? ":" : "", e.names);
    for (const ExpressionPtr& arg : e.args) put(out, arg);
  }
  put_projection_items(out, e);
  if (e.pattern) out += ' ', put(out, *e.pattern);
  if (e.subquery) out += ' ', put(out, *e.subquery);
  out += ')';
}

void put(std::string& out, const Projection& p) {
  if (p.distinct) out += " distinct";
  if (p.star) out += " *";
  for (const ProjectionItem& item : p.items) {
    put(out, item.expression);
    if (item.has_alias) out += " as " + item.alias;
  }
  for (const SortItem& item : p.order) {
    put_if(out, item.descending ? "desc" : "asc", item.expression);
    if (item.nulls_first) out += *item.nulls_first ? " nulls-first" : " nulls-last";
  }
  put_if(out, "skip", p.skip);
  put_if(out, "limit", p.limit);
  put_if(out, "where", p.where);
}

void put(std::string& out, const std::vector<SetItem>& items) {
  static constexpr std::string_view kNames[] = {"=", "replace", "merge", "add"};
  for (const SetItem& item : items) {
    out += fmt::format(" ({}", kNames[size_t(item.kind)]);
    put(out, item.target);
    put_names(out, ":", item.labels);
    if (item.value) put(out, item.value);
    out += ')';
  }
}

void put(std::string& out, const Clause& c) {
  out += c.optional ? "(optional-" : c.detach ? "(detach-" : "(";
  out += kClauseNames[size_t(c.kind)];
  if (!c.procedure.empty()) out += ' ' + c.procedure;
  if (!c.variable.empty()) out += ' ' + c.variable;
  if (c.expression) put(out, c.expression);
  for (const PathPattern& p : c.patterns) out += ' ', put(out, p);
  put_if(out, "where", c.where);
  put(out, c.projection);
  put(out, c.set_items);
  if (!c.on_match.empty()) out += " on-match", put(out, c.on_match);
  for (const RemoveItem& item : c.remove_items) {
    put(out, item.target);
    put_names(out, ":", item.labels);
  }
  for (const ExpressionPtr& e : c.expressions) put(out, e);
  if (c.yield_star) out += " yield *";
  for (const Clause::Yield& y : c.yields) out += fmt::format(" yield {} as {}", y.field, y.alias);
  put_if(out, "where", c.yield_where);
  if (c.imports_all) out += " import *";
  put_names(out, "import ", c.imports);
  if (c.subquery) out += ' ', put(out, *c.subquery);
  for (const auto& update : c.updates) out += ' ', put(out, *update);
  out += ')';
}

void put(std::string& out, const Query& q) {
  out += "(query";
  for (size_t i = 0; i < q.parts.size(); ++i) {
    if (i > 0) out += q.union_all[i - 1] ? " union-all" : " union";
    for (const auto& clause : q.parts[i].clauses) out += ' ', put(out, *clause);
  }
  out += ')';
}

void put_arguments(std::string& out, const std::vector<Statement::Argument>& all) {
  out += " (";
  for (const Statement::Argument& a : all) out += fmt::format("{}{} {}", &a == all.data() ? "" : ", ", a.name, a.type);
  out += ')';
}

void put_definition(std::string& out, const index::IndexDefinition& d) {
  static constexpr std::string_view kKinds[] = {"index", "unique", "exists", "key"};
  out +=
      fmt::format(" {} {} {} :{}", kKinds[size_t(d.constraint)],
                  d.entity == index::EntityKind::kNode ? "node" : "relationship", d.name.empty() ? "_" : d.name, d.label);
  put_names(out, ".", d.keys);
  if (d.if_not_exists) out += " if-not-exists";
}

}  // namespace

std::string print(const Expression& e) {
  std::string out;
  put(out, e);
  return out;
}

std::string print(const PathPattern& p) {
  std::string out;
  put(out, p);
  return out;
}

std::string print(const Query& q) {
  std::string out;
  put(out, q);
  return out;
}

std::string print(const Statement& s) {
  static constexpr std::string_view kNames[] = {
      "query", "create", "drop", "show-indexes", "show-constraints", "create-procedure", "drop-procedure"};
  std::string out;
  if (s.explain != ExplainMode::kNone) out += s.explain == ExplainMode::kExplain ? "explain " : "analyze ";
  if (s.explain_json) out += "json ";
  if (s.query) return out += print(*s.query);
  out += fmt::format("({}", kNames[size_t(s.kind)]);
  if (s.or_replace) out += " or-replace";
  if (s.constraint) out += " constraint";
  if (s.kind == StatementKind::kCreateIndex) put_definition(out, s.definition);
  if (!s.name.empty()) out += ' ' + s.name;
  if (s.if_exists) out += " if-exists";
  if (s.kind == StatementKind::kCreateProcedure) {
    put_arguments(out, s.inputs);
    put_arguments(out, s.outputs);
    out += fmt::format(" '{}'", s.body);
  }
  return out += ')';
}

}  // namespace elegraph::query::cypher
