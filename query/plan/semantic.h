// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "query/cypher/ast.h"
#include "query/plan/expression_tools.h"
#include "query/plan/pattern_graph.h"
#include "query/plan/scope.h"
#include "storage/error.h"

namespace elegraph::query::plan {

// The aggregate calls of one projection, each different one once.
struct AggregateCollector {
  std::vector<AggregateCall> calls;
  bool frozen = false;  // ORDER BY: only calls that the projection has
};

// Turns syntax into bound expressions: resolves names, checks and infers types, plans subqueries. Throws Error
// 42xxx with the position of the fault. One for each place of a statement (a scope and what is allowed there).
class Binder {
 public:
  Binder(StatementContext& context, const Scope& scope) : context_(context), scope_(scope) {}

  Binder& allow_aggregates(AggregateCollector* into) { return aggregates_ = into, *this; }
  // Where aggregates stand but may not: what the place is called in the message.
  Binder& place(std::string_view name) { return place_ = name, *this; }

  // `hint` types a parameter that stands here alone; kNull: none.
  BoundPtr bind(const cypher::Expression& e, StaticType hint = {Type::kNull});
  // A condition: patterns may stand as predicates, the type must be boolean.
  BoundPtr bind_condition(const cypher::Expression& e);
  // A|B, !A, % of a pattern's element in `slot`.
  BoundPtr bind_label_expression(const cypher::Expression& e, Slot slot);

  // The type that a property of this entity is known to have, and whether anything is known of it.
  StaticType property_type(const BoundExpression& base, std::string_view key, bool* seen = nullptr) const;

 private:
  friend class LocalVariables;

  BoundPtr bind_kind(const cypher::Expression& e, StaticType hint);
  BoundPtr bind_variable(const cypher::Expression& e);
  BoundPtr bind_parameter(const cypher::Expression& e, StaticType hint);
  BoundPtr bind_property(const cypher::Expression& e);
  BoundPtr bind_has_labels(const cypher::Expression& e);
  BoundPtr bind_junction(const cypher::Expression& e, BoundKind kind);
  BoundPtr bind_operand(const cypher::Expression& e);
  BoundPtr bind_not(const cypher::Expression& e);
  BoundPtr bind_comparison(const cypher::Expression& e, BoundKind kind);
  BoundPtr bind_text_predicate(const cypher::Expression& e, BoundKind kind);
  BoundPtr bind_in(const cypher::Expression& e);
  BoundPtr bind_null_test(const cypher::Expression& e, BoundKind kind);
  BoundPtr bind_arithmetic(const cypher::Expression& e, BoundKind kind, StaticType hint);
  BoundPtr bind_negate(const cypher::Expression& e);
  BoundPtr bind_index(const cypher::Expression& e);
  BoundPtr bind_slice(const cypher::Expression& e);
  BoundPtr bind_list(const cypher::Expression& e);
  BoundPtr bind_map(const cypher::Expression& e);
  BoundPtr bind_temporal_fields(const cypher::Expression& e, bool duration);
  BoundPtr bind_map_projection(const cypher::Expression& e);
  BoundPtr bind_case(const cypher::Expression& e);
  BoundPtr bind_function(const cypher::Expression& e);
  BoundPtr bind_aggregate(const cypher::Expression& e, const AggregateDef& def);
  BoundPtr bind_exists_function(const cypher::Expression& e);
  BoundPtr bind_cast(const cypher::Expression& e);
  BoundPtr bind_comprehension(const cypher::Expression& e);
  BoundPtr bind_quantifier(const cypher::Expression& e, BoundKind kind);
  BoundPtr bind_each_of(const cypher::Expression& e, BoundKind kind, const BoundExpression& list);
  BoundPtr bind_reduce(const cypher::Expression& e);
  BoundPtr bind_pattern_comprehension(const cypher::Expression& e);
  BoundPtr bind_pattern_predicate(const cypher::Expression& e);
  BoundPtr bind_subquery(const cypher::Expression& e);
  BoundPtr bind_shortest_path(const cypher::Expression& e);

  BoundPtr condition(const cypher::Expression& e);  // bind() with patterns allowed, then checks the type
  // Binds the two operands of `kind`, which give hints to each other where a parameter stands against something known.
  // `whole` is the hint of what arithmetic makes of them.
  std::pair<BoundPtr, BoundPtr> bind_pair(const cypher::Expression& a, const cypher::Expression& b, BoundKind kind,
                                          StaticType whole = {Type::kNull});
  bool is_open_parameter(const cypher::Expression& e) const;  // nothing is known of its type
  StaticType hint_of(const BoundExpression& e) const;
  BoundPtr fold(std::shared_ptr<BoundExpression> e) const;
  [[noreturn]] void undefined(const cypher::Expression& e) const;
  Slot open_local(const std::string& name, StaticType type);
  void close_local() { locals_.pop_back(); }
  Scope inner_scope() const;  // with the local variables: what a subquery sees

  StatementContext& context_;
  const Scope& scope_;
  std::vector<Variable> locals_;
  AggregateCollector* aggregates_ = nullptr;
  std::string_view place_ = "this place";
  bool in_aggregate_ = false;
  bool patterns_allowed_ = false;
};

[[noreturn]] void type_error(uint32_t position, std::string_view expected, StaticType actual);
void require_boolean(const BoundExpression& e);

}  // namespace elegraph::query::plan
