// SPDX-License-Identifier: Apache-2.0
#include "query/exec/expressions/factories.h"

namespace elegraph::query::exec {

EvaluatorPtr make_evaluator(const plan::BoundExpression& bound, BuildContext& build) {
  using enum plan::BoundKind;
  switch (bound.kind) {
    case kLiteral:
    case kParameter:
    case kSlot: return make_leaf(bound, build);
    case kProperty: return make_property(bound, build);
    case kHasLabels: return make_has_labels(bound, build);
    case kAnd:
    case kOr:
    case kXor:
    case kNot: return make_logic(bound, build);
    case kEqual:
    case kNotEqual:
    case kLess:
    case kLessEqual:
    case kGreater:
    case kGreaterEqual:
    case kSameNode: return make_comparison(bound, build);
    case kIn: return make_membership(bound, build);
    case kStartsWith:
    case kEndsWith:
    case kContains:
    case kRegexMatch: return make_string_predicate(bound, build);
    case kIsNull:
    case kIsNotNull: return make_null_test(bound, build);
    case kAdd:
    case kSubtract:
    case kMultiply:
    case kDivide:
    case kModulo:
    case kPower:
    case kConcat:
    case kNegate: return make_arithmetic(bound, build);
    case kIndex:
    case kSlice:
    case kList:
    case kMap:
    case kMapMerge: return make_container(bound, build);
    case kCase:
    case kSimpleCase: return make_case(bound, build);
    case kFunction:
    case kCast: return make_function(bound, build);
    case kListComprehension:
    case kAll:
    case kAny:
    case kNone:
    case kSingle:
    case kReduce: return make_comprehension(bound, build);
    case kPath:
    case kWalk:
    case kRelationshipsDistinct: return make_path(bound, build);
    case kExists:
    case kCount:
    case kCollect: return make_subplan(bound, build);
  }
  throw Error(sqlstate::kInternalError, "unknown kind of expression");
}

}  // namespace elegraph::query::exec
