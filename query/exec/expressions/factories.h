// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "query/exec/evaluator.h"

// One maker for each family of expressions; make_evaluator() chooses among them.
namespace elegraph::query::exec {

EvaluatorPtr make_leaf(const plan::BoundExpression&, BuildContext&);  // literals, parameters, slots
EvaluatorPtr make_property(const plan::BoundExpression&, BuildContext&);
EvaluatorPtr make_has_labels(const plan::BoundExpression&, BuildContext&);
EvaluatorPtr make_comparison(const plan::BoundExpression&, BuildContext&);
EvaluatorPtr make_logic(const plan::BoundExpression&, BuildContext&);  // AND, OR, XOR, NOT
EvaluatorPtr make_null_test(const plan::BoundExpression&, BuildContext&);
EvaluatorPtr make_membership(const plan::BoundExpression&, BuildContext&);  // IN
EvaluatorPtr make_string_predicate(const plan::BoundExpression&, BuildContext&);
EvaluatorPtr make_arithmetic(const plan::BoundExpression&, BuildContext&);
EvaluatorPtr make_container(const plan::BoundExpression&, BuildContext&);  // lists, maps, [..]
EvaluatorPtr make_case(const plan::BoundExpression&, BuildContext&);
EvaluatorPtr make_coalesce(const plan::BoundExpression&, BuildContext&);
EvaluatorPtr make_function(const plan::BoundExpression&, BuildContext&);  // and casts
EvaluatorPtr make_reduce(const plan::BoundExpression&, BuildContext&);
EvaluatorPtr make_comprehension(const plan::BoundExpression&, BuildContext&);  // and quantifiers
EvaluatorPtr make_path(const plan::BoundExpression&, BuildContext&);           // and kRelationshipsDistinct
EvaluatorPtr make_subplan(const plan::BoundExpression&, BuildContext&);

}  // namespace elegraph::query::exec
