// SPDX-License-Identifier: Apache-2.0
#include <ctime>

#include "query/functions/element_function.h"
#include "query/functions/families.h"
#include "query/functions/faults.h"
#include "query/functions/temporal/build.h"
#include "query/functions/temporal/components.h"
#include "query/functions/temporal/parse.h"
#include "query/functions/temporal/zone_rules.h"
#include "query/functions/vector_loops.h"

namespace elegraph::query {
namespace {

// The zone that a clock function is asked for: 'Europe/Stockholm' or {timezone: ...}.
uint16_t zone_argument(std::span<const Value> args, const FunctionContext& context) {
  if (args.empty()) return context.session_zone;
  if (args[0].type() == Type::kString) return temporal::parse_zone(args[0].as_string());
  if (args[0].type() != Type::kMap) wrong_argument("a clock function", args[0]);
  return temporal::Fields(args[0]).zone().value_or(context.session_zone);
}

// The transaction's start: every statement of a transaction sees one instant.
template <Type T>
Value statement_clock(std::span<const Value> args, const FunctionContext& context) {
  return temporal::at_instant(T, context.statement_seconds, context.statement_nanos, zone_argument(args, context));
}

template <Type T>
Value real_clock(std::span<const Value> args, const FunctionContext& context) {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  return temporal::at_instant(T, now.tv_sec, int32_t(now.tv_nsec / 1000 * 1000), zone_argument(args, context));
}

template <Type T>
Value make(std::span<const Value> args, const FunctionContext& context) {
  return args.empty() ? statement_clock<T>(args, context) : temporal::build(T, args[0], context);
}

template <Type T>
Value truncate(std::span<const Value> args, const FunctionContext& context) {
  if (args[0].type() != Type::kString) wrong_argument("a truncation", args[0]);
  Value now = args.size() > 1 ? Value() : statement_clock<T>({}, context);
  return temporal::truncate(T, args[0].as_string(), args.size() > 1 ? args[1] : now, args.size() > 2 ? &args[2] : nullptr,
                            context);
}

int64_t integer(std::string_view function, const Value& v) {
  if (v.type() != Type::kInt) wrong_argument(function, v);
  return v.as_int();
}

Value from_epoch(std::span<const Value> args, const FunctionContext&) {
  int64_t seconds = integer("datetime.fromEpoch()", args[0]), nanos = integer("datetime.fromEpoch()", args[1]);
  int64_t carry = temporal::floor_div(nanos, temporal::kNanosPerSecond);
  if (__builtin_add_overflow(seconds, carry, &seconds)) integer_overflow();
  return temporal::at_instant(Type::kDateTime, seconds, int32_t(temporal::floor_mod(nanos, temporal::kNanosPerSecond)), 0);
}

Value from_epoch_millis(std::span<const Value> args, const FunctionContext&) {
  int64_t millis = integer("datetime.fromEpochMillis()", args[0]);
  return temporal::at_instant(Type::kDateTime, temporal::floor_div(millis, 1000),
                              int32_t(temporal::floor_mod(millis, 1000) * 1'000'000), 0);
}

Value duration(std::span<const Value> args, const FunctionContext&) {
  switch (args[0].type()) {
    case Type::kDuration: return args[0];
    case Type::kString: return temporal::parse_duration(args[0].as_string());
    case Type::kMap: return temporal::build_duration(args[0]);
    default: wrong_argument("duration()", args[0]);
  }
}

template <temporal::Span span>
Value between(std::span<const Value> args, const FunctionContext&) {
  return temporal::between(args[0], args[1], span);
}

// Calls f(row, duration) with the time between two dates, for all rows that have both. False for other columns.
template <temporal::Span span, class F>
bool for_differences(std::span<const Vector* const> args, const uint16_t* rows, uint32_t count, Vector& out, Type result,
                     F&& f) {
  const Vector &from = *args[0], &to = *args[1];
  if (from.type() != Type::kDate || to.type() != Type::kDate) return false;
  out.reset(result);
  DurationObject d{};
  for_valid_pairs(from, to, rows, count, out, [&](uint32_t row) {
    temporal::between_dates(from.data<int64_t>()[from.at(row)], to.data<int64_t>()[to.at(row)], span, d);
    f(row, d);
  });
  return true;
}

template <temporal::Span span>
bool between_vector(std::span<const Vector* const> args, const uint16_t* rows, uint32_t count, Vector& out) {
  return for_differences<span>(args, rows, count, out, Type::kDuration, [&](uint32_t row, const DurationObject& d) {
    out.set(row, Value::duration(d.months, d.days, d.seconds, 0));
  });
}

template <temporal::Span span>
Value between_component(std::span<const Value> args, const FunctionContext& context) {
  return temporal::duration_component(between<span>(args.first(2), context).as_duration(), args[2].as_string());
}

template <temporal::Span span>
bool between_component_vector(std::span<const Vector* const> args, const uint16_t* rows, uint32_t count, Vector& out) {
  const temporal::WholeComponent of = temporal::whole_component(args[2]->strings()[0].view());
  return for_differences<span>(args, rows, count, out, Type::kInt,
                               [&](uint32_t row, const DurationObject& d) { out.mutable_data<int64_t>()[row] = of(d); });
}

bool date_vector(std::span<const Vector* const> args, const uint16_t* rows, uint32_t count, Vector& out) {
  return args.size() == 1 && temporal::dates_of(*args[0], rows, count, out);
}

bool truncate_date_vector(std::span<const Vector* const> args, const uint16_t* rows, uint32_t count, Vector& out) {
  return args.size() == 2 && is_constant_text(*args[0]) &&
         temporal::truncate_vector(args[0]->strings()[0].view(), *args[1], rows, count, out);
}

template <Type T>
StaticType made(types::Args args) {
  if (!args.empty() && !types::may_be(args[0], {Type::kString, Type::kMap, Type::kDate, Type::kLocalTime, Type::kTime,
                                                Type::kLocalDateTime, Type::kDateTime}))
    types::misfit(args[0]);
  return {T, Type::kAny};
}
constexpr auto kDifference =
    types::takes_all<Type::kDuration, Type::kDate, Type::kLocalTime, Type::kTime, Type::kLocalDateTime, Type::kDateTime>;

template <Type T>
constexpr FunctionDef maker(std::string_view name) {
  constexpr bool zoned = T == Type::kTime || T == Type::kDateTime;
  return {.name = name,
          .max_args = 1,
          .call = make<T>,
          .vector = T == Type::kDate ? date_vector : nullptr,
          .session_bound = true,
          .value_says_all = !zoned,
          .result = made<T>};
}
template <Type T>
constexpr FunctionDef statement_time(std::string_view name) {
  return {.name = name, .max_args = 1, .call = statement_clock<T>, .session_bound = true, .result = types::always<T>};
}
template <Type T>
constexpr FunctionDef real_time(std::string_view name) {
  return {.name = name,
          .max_args = 1,
          .call = real_clock<T>,
          .deterministic = false,
          .session_bound = true,
          .result = types::always<T>};
}
template <Type T>
constexpr FunctionDef truncation(std::string_view name) {
  return {.name = name,
          .min_args = 1,
          .max_args = 3,
          .call = truncate<T>,
          .vector = T == Type::kDate ? truncate_date_vector : nullptr,
          .session_bound = true,
          .result = types::always<T>};
}
template <temporal::Span span>
constexpr FunctionDef span_function(std::string_view name) {
  return {.name = name,
          .min_args = 2,
          .max_args = 2,
          .call = between<span>,
          .vector = between_vector<span>,
          .result = kDifference};
}
template <temporal::Span span>
constexpr FunctionDef kSpanComponent = {.name = "duration.between",
                                        .min_args = 3,
                                        .max_args = 3,
                                        .call = between_component<span>,
                                        .vector = between_component_vector<span>,
                                        .result = types::always<Type::kInt>};

constexpr FunctionDef kFunctions[] = {
    maker<Type::kDate>("date"),
    maker<Type::kTime>("time"),
    maker<Type::kLocalTime>("localtime"),
    maker<Type::kDateTime>("datetime"),
    maker<Type::kLocalDateTime>("localdatetime"),
    statement_time<Type::kDate>("date.transaction"),
    statement_time<Type::kTime>("time.transaction"),
    statement_time<Type::kLocalTime>("localtime.transaction"),
    statement_time<Type::kDateTime>("datetime.transaction"),
    statement_time<Type::kLocalDateTime>("localdatetime.transaction"),
    statement_time<Type::kDate>("date.statement"),
    statement_time<Type::kTime>("time.statement"),
    statement_time<Type::kLocalTime>("localtime.statement"),
    statement_time<Type::kDateTime>("datetime.statement"),
    statement_time<Type::kLocalDateTime>("localdatetime.statement"),
    real_time<Type::kDate>("date.realtime"),
    real_time<Type::kTime>("time.realtime"),
    real_time<Type::kLocalTime>("localtime.realtime"),
    real_time<Type::kDateTime>("datetime.realtime"),
    real_time<Type::kLocalDateTime>("localdatetime.realtime"),
    real_time<Type::kDateTime>("clock_timestamp"),
    statement_time<Type::kDate>("current_date"),
    truncation<Type::kDate>("date.truncate"),
    truncation<Type::kTime>("time.truncate"),
    truncation<Type::kLocalTime>("localtime.truncate"),
    truncation<Type::kDateTime>("datetime.truncate"),
    truncation<Type::kLocalDateTime>("localdatetime.truncate"),
    {.name = "datetime.fromepoch",
     .min_args = 2,
     .max_args = 2,
     .call = from_epoch,
     .result = types::always<Type::kDateTime>},
    {.name = "datetime.fromepochmillis",
     .min_args = 1,
     .max_args = 1,
     .call = from_epoch_millis,
     .result = types::always<Type::kDateTime>},
    {.name = "duration",
     .min_args = 1,
     .max_args = 1,
     .call = duration,
     .result = types::takes<Type::kDuration, Type::kString, Type::kMap, Type::kDuration>},
    span_function<temporal::Span::kAll>("duration.between"),
    span_function<temporal::Span::kMonths>("duration.inmonths"),
    span_function<temporal::Span::kDays>("duration.indays"),
    span_function<temporal::Span::kSeconds>("duration.inseconds"),
};

}  // namespace

const FunctionDef* component_function(const FunctionDef& makes_duration, std::string_view component) {
  using enum temporal::Span;
  if (!temporal::whole_component(component)) return nullptr;
  if (makes_duration.call == between<kAll>) return &kSpanComponent<kAll>;
  if (makes_duration.call == between<kMonths>) return &kSpanComponent<kMonths>;
  if (makes_duration.call == between<kDays>) return &kSpanComponent<kDays>;
  if (makes_duration.call == between<kSeconds>) return &kSpanComponent<kSeconds>;
  return nullptr;
}

std::span<const FunctionDef> families::temporal() { return kFunctions; }

}  // namespace elegraph::query
