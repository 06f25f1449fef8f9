// SPDX-License-Identifier: Apache-2.0
#include "query/plan/range_estimate.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "query/functions/value_ops.h"
#include "query/plan/expression_tools.h"

namespace elegraph::query::plan {

namespace {

// For what is not known. Between two bounds lies little as a rule, those that another row gives above all; a prefix is two
// bounds.
constexpr double kBound = 0.3, kBounds = 0.005;
constexpr double kPrefix = kBounds;

double unknown_share(const RangeEstimate& range) {
  if (range.prefix) return kPrefix;
  return range.lower && range.upper ? kBounds : kBound;
}

// Whether value_of() may know it.
bool is_constant(const BoundExpression& e) {
  switch (e.kind) {
    case BoundKind::kLiteral:
    case BoundKind::kParameter: return true;
    case BoundKind::kFunction:
      // Not what makes lists or strings: nobody waits for that in a plan, or counts its memory.
      if (!e.function || !e.function->call || !e.function->deterministic || reads_session(e)) return false;
      if (!is_fixed_size(e.type.type)) return false;
      [[fallthrough]];
    case BoundKind::kNegate:
    case BoundKind::kAdd:
    case BoundKind::kSubtract:
    case BoundKind::kMultiply: return std::ranges::all_of(e.args, [](const BoundPtr& a) { return a && is_constant(*a); });
    default: return false;
  }
}

Value value_of(const BoundExpression& e, std::span<const Value> values);

Value value_of_call(const BoundExpression& e, std::span<const Value> values) {
  std::vector<Value> args;
  for (const BoundPtr& a : e.args) args.push_back(value_of(*a, values));
  if (std::ranges::any_of(args, [](const Value& v) { return v.is_null(); })) return {};
  switch (e.kind) {
    case BoundKind::kNegate: return negate(args[0]);
    case BoundKind::kAdd: return add(args[0], args[1]);
    case BoundKind::kSubtract: return subtract(args[0], args[1]);
    case BoundKind::kMultiply: return multiply(args[0], args[1]);
    default: return e.function->call(args, FunctionContext());
  }
}

// Null: not known, or an error, which is for the execution to tell.
Value value_of(const BoundExpression& e, std::span<const Value> values) {
  if (e.kind == BoundKind::kLiteral) return e.literal;
  if (e.kind == BoundKind::kParameter) return e.parameter < values.size() ? values[e.parameter] : Value();
  if (!is_constant(e)) return {};
  try {
    return value_of_call(e, values);
  } catch (const Error&) {
    return {};
  }
}

std::optional<index::Bound> bound_of(const std::optional<IndexBound>& bound, std::span<const Value> values) {
  if (!bound) return std::nullopt;
  return index::Bound{value_of(*bound->value, values), bound->inclusive};
}

double share_of(const RangeEstimate& range, std::span<const Value> values, const index::PropertyIndex& index,
                bool thorough) {
  if (range.prefix) {
    const Value prefix = value_of(*range.prefix, values);
    return prefix.type() == Type::kString ? index.prefix_share(prefix.as_string(), thorough) : kPrefix;
  }
  const auto lower = bound_of(range.lower, values), upper = bound_of(range.upper, values);
  for (const auto& bound : {lower, upper})
    if (bound && bound->value.is_null()) return unknown_share(range);
  return index.range_share(lower, upper, thorough);
}

// Never nothing: that would make all that follows look free.
double share_of(const RangeEstimate& range, std::span<const Value> values, const index::IndexSet& indexes, bool thorough) {
  const index::PropertyIndex* index = indexes.get(range.index);
  if (!index || index->entries() == 0) return range.share;
  return std::max(share_of(range, values, *index, thorough), 0.5 / double(index->entries()));
}

// Plans differ by orders of magnitude. Whatever is wide is scanned.
char magnitude(double share) {
  constexpr double kWide = 0.05, kStep = 8;
  if (share >= kWide) return 'a';
  return char('b' + std::min(6.0, std::log(kWide / std::max(share, 1e-9)) / std::log(kStep)));
}

bool same_bound(const std::optional<IndexBound>& a, const std::optional<IndexBound>& b) {
  if (!a || !b) return !a && !b;
  return a->inclusive == b->inclusive && same_expression(*a->value, *b->value);
}

bool same_range(const RangeEstimate& a, const RangeEstimate& b) {
  if (a.index != b.index || !a.prefix != !b.prefix) return false;
  if (a.prefix) return same_expression(*a.prefix, *b.prefix);
  return same_bound(a.lower, b.lower) && same_bound(a.upper, b.upper);
}

}  // namespace

double range_share(const StatementContext& context, RangeEstimate range) {
  for (const auto* bound : {&range.lower, &range.upper})
    if (*bound && !is_constant(*(*bound)->value)) return unknown_share(range);
  if (range.prefix && !is_constant(*range.prefix)) return kPrefix;
  for (const RangeEstimate& known : context.ranges)
    if (same_range(known, range)) return known.share;
  range.share = unknown_share(range);
  const auto share = [&](bool thorough) {
    return share_of(range, context.planning.values, *context.planning.indexes, thorough);
  };
  const double first_sight = share(false);
  range.share = share(true), range.magnitude = magnitude(first_sight);
  context.ranges.push_back(std::move(range));
  return context.ranges.back().share;
}

std::string other_ranges(const Plan& plan, std::span<const Value> values, const index::IndexSet& indexes) {
  std::string now, then;
  for (const RangeEstimate& range : plan.ranges) {
    now.push_back(magnitude(share_of(range, values, indexes, false)));
    then.push_back(range.magnitude);
  }
  return now == then ? std::string() : now;
}

Value known_value(const BoundExpression& e, std::span<const Value> values) { return value_of(e, values); }

std::optional<double> range_length(const BoundExpression& call, std::span<const Value> values) {
  double numbers[3] = {0, 0, 1};
  for (size_t i = 0; i < call.args.size(); ++i) {
    const Value v = value_of(*call.args[i], values);
    if (v.type() != Type::kInt) return std::nullopt;
    numbers[i] = double(v.as_int());
  }
  const auto [from, to, step] = numbers;
  if (step == 0) return std::nullopt;
  return std::clamp(std::floor((to - from) / step) + 1, 0.0, 1e12);
}

double longest_range_made(const Plan& plan, std::span<const Value> values) {
  double most = 0;
  for (const BoundPtr& call : plan.ranges_made) most = std::max(most, range_length(*call, values).value_or(0));
  return most;
}

}  // namespace elegraph::query::plan
