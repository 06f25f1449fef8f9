// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <limits>
#include <string>

#include "query/functions/compare.h"
#include "query/functions/families.h"
#include "query/functions/faults.h"
#include "query/functions/random.h"
#include "query/functions/unicode.h"
#include "query/functions/value_ops.h"

namespace elegraph::query {
namespace {

constexpr double kPi = 3.14159265358979323846, kE = 2.71828182845904523536;

double number(const Value& v) {
  if (!is_numeric(v.type())) wrong_argument("a mathematical function", v);
  Number n = number_of(v);
  return n.integral ? double(n.i) : n.d;
}

// A function of one number to a float.
template <double (*f)(double)>
Value float_of(std::span<const Value> args, const FunctionContext&) {
  return Value::floating(f(number(args[0])));
}
// The same over a vector of floats or integers.
template <double (*f)(double)>
bool float_vector(std::span<const Vector* const> args, const uint16_t* rows, uint32_t count, Vector& out) {
  const Vector& in = *args[0];
  if ((in.type() != Type::kFloat && in.type() != Type::kInt) || in.constant()) return false;
  out.reset(Type::kFloat);
  double* to = out.mutable_data<double>();
  for (uint32_t i = 0; i < count; i++) {
    uint32_t row = rows ? rows[i] : i;
    if (!in.valid(row))
      out.set_null(row);
    else
      to[row] = f(in.type() == Type::kInt ? double(in.data<int64_t>()[row]) : in.data<double>()[row]);
  }
  return true;
}

double square_root(double x) { return std::sqrt(x); }
double exponential(double x) { return std::exp(x); }
double logarithm(double x) { return std::log(x); }
double logarithm10(double x) { return std::log10(x); }
double sine(double x) { return std::sin(x); }
double cosine(double x) { return std::cos(x); }
double tangent(double x) { return std::tan(x); }
double cotangent(double x) { return 1 / std::tan(x); }
double arc_sine(double x) { return std::asin(x); }
double arc_cosine(double x) { return std::acos(x); }
double arc_tangent(double x) { return std::atan(x); }
double hyperbolic_sine(double x) { return std::sinh(x); }
double hyperbolic_cosine(double x) { return std::cosh(x); }
double hyperbolic_tangent(double x) { return std::tanh(x); }
double to_degrees(double x) { return x * 180 / kPi; }
double to_radians(double x) { return x * kPi / 180; }
double half_versine(double x) { return (1 - std::cos(x)) / 2; }
double ceiling(double x) { return std::ceil(x); }
double floor_of(double x) { return std::floor(x); }
double magnitude(double x) { return std::fabs(x); }
double truncated(double x) { return std::trunc(x); }

Value absolute(std::span<const Value> args, const FunctionContext&) {
  if (args[0].type() == Type::kInt) return args[0].as_int() < 0 ? negate(args[0]) : args[0];
  return Value::floating(std::fabs(number(args[0])));
}

bool absolute_vector(std::span<const Vector* const> args, const uint16_t* rows, uint32_t count, Vector& out) {
  const Vector& in = *args[0];
  if (in.type() != Type::kInt || in.constant()) return float_vector<magnitude>(args, rows, count, out);
  out.reset(Type::kInt);
  const int64_t* from = in.data<int64_t>();
  int64_t* to = out.mutable_data<int64_t>();
  for (uint32_t i = 0; i < count; i++) {
    uint32_t row = rows ? rows[i] : i;
    if (!in.valid(row)) {
      out.set_null(row);
      continue;
    }
    if (from[row] == std::numeric_limits<int64_t>::min()) integer_overflow();
    to[row] = from[row] < 0 ? -from[row] : from[row];
  }
  return true;
}

Value sign(std::span<const Value> args, const FunctionContext&) {
  double d = number(args[0]);
  return Value::integer(d > 0 ? 1 : d < 0 ? -1 : 0);
}

Value is_nan(std::span<const Value> args, const FunctionContext&) { return Value::boolean(std::isnan(number(args[0]))); }
Value arc_tangent2(std::span<const Value> args, const FunctionContext&) {
  return Value::floating(std::atan2(number(args[0]), number(args[1])));
}
Value to_power(std::span<const Value> args, const FunctionContext&) { return power(args[0], args[1]); }
Value remainder(std::span<const Value> args, const FunctionContext&) { return modulo(args[0], args[1]); }
Value pi(std::span<const Value>, const FunctionContext&) { return Value::floating(kPi); }
Value e(std::span<const Value>, const FunctionContext&) { return Value::floating(kE); }

void check_mode(std::string_view mode) {
  for (std::string_view known : {"UP", "DOWN", "CEILING", "FLOOR", "HALF_UP", "HALF_DOWN", "HALF_EVEN"})
    if (mode == known) return;
  invalid_value("rounding mode \"" + std::string(mode) + "\" is not known");
}

// What a tie between two neighbours does.
double round_ties(double x, std::string_view mode) {
  double low = std::floor(x), part = x - low;
  if (mode == "UP") return x < 0 ? low : std::ceil(x);
  if (mode == "DOWN") return std::trunc(x);
  if (mode == "CEILING") return std::ceil(x);
  if (mode == "FLOOR") return low;
  if (part != 0.5) return part < 0.5 ? low : low + 1;
  if (mode == "HALF_UP") return x < 0 ? low : low + 1;  // away from zero
  if (mode == "HALF_DOWN") return x < 0 ? low + 1 : low;
  return std::fmod(low, 2) == 0 ? low : low + 1;  // HALF_EVEN
}

// Without precision a tie goes up (towards positive infinity); with one, away from zero unless a mode says
// otherwise.
Value round(std::span<const Value> args, const FunctionContext&) {
  double x = number(args[0]);
  if (!std::isfinite(x)) return Value::floating(x);
  if (args.size() == 1) return Value::floating(std::floor(x) + (x - std::floor(x) >= 0.5 ? 1 : 0));
  if (args[1].type() != Type::kInt) wrong_argument("the precision of round()", args[1]);
  if (args.size() > 2 && args[2].type() != Type::kString) wrong_argument("the mode of round()", args[2]);
  std::string mode = args.size() > 2 ? to_upper(args[2].as_string()) : "HALF_UP";
  check_mode(mode);
  if (args[1].as_int() < 0) invalid_value("the precision of round() cannot be negative");
  if (args[1].as_int() > 17) return Value::floating(x);
  double unit = std::pow(10, double(args[1].as_int()));
  double scaled = x * unit;
  if (!std::isfinite(scaled)) return Value::floating(x);
  // 2.675 * 100 is 267.49999999999997: what prints as a tie is one.
  double nearby = std::round(scaled * 2) / 2;
  if (std::fabs(scaled - nearby) <= std::fabs(scaled) * 1e-15) scaled = nearby;
  return Value::floating(round_ties(scaled, mode) / unit);
}

Value rand(std::span<const Value>, const FunctionContext& context) { return Value::floating(random_double(context)); }

constexpr auto kNumber = types::takes_all<Type::kFloat, Type::kInt, Type::kFloat, Type::kNumeric>;
StaticType same_number(types::Args args) {
  kNumber(args);
  return args[0].type == Type::kInt || args[0].type == Type::kFloat ? args[0] : StaticType();
}
StaticType mixed_number(types::Args args) { return kNumber(args), args[0] == args[1] ? args[0] : StaticType(); }
StaticType boolean_of_number(types::Args args) { return kNumber(args), StaticType{Type::kBool, Type::kAny}; }
StaticType int_of_number(types::Args args) { return kNumber(args), StaticType{Type::kInt, Type::kAny}; }
StaticType rounded(types::Args args) { return kNumber(args.first(1)); }

template <double (*f)(double)>
constexpr FunctionDef unary(std::string_view name) {
  return {.name = name, .min_args = 1, .max_args = 1, .call = float_of<f>, .vector = float_vector<f>, .result = kNumber};
}

constexpr FunctionDef kFunctions[] = {
    {.name = "abs", .min_args = 1, .max_args = 1, .call = absolute, .vector = absolute_vector, .result = same_number},
    unary<ceiling>("ceil"),
    unary<ceiling>("ceiling"),
    unary<floor_of>("floor"),
    unary<truncated>("trunc"),
    {.name = "round", .min_args = 1, .max_args = 3, .call = round, .result = rounded},
    {.name = "sign", .min_args = 1, .max_args = 1, .call = sign, .result = int_of_number},
    {.name = "rand", .call = rand, .deterministic = false, .result = types::always<Type::kFloat>},
    {.name = "random", .call = rand, .deterministic = false, .result = types::always<Type::kFloat>},
    unary<square_root>("sqrt"),
    unary<exponential>("exp"),
    unary<logarithm>("log"),
    unary<logarithm>("ln"),
    unary<logarithm10>("log10"),
    {.name = "e", .call = e, .result = types::always<Type::kFloat>},
    {.name = "pi", .call = pi, .result = types::always<Type::kFloat>},
    {.name = "power", .min_args = 2, .max_args = 2, .call = to_power, .result = kNumber},
    {.name = "mod", .min_args = 2, .max_args = 2, .call = remainder, .result = mixed_number},
    unary<sine>("sin"),
    unary<cosine>("cos"),
    unary<tangent>("tan"),
    unary<cotangent>("cot"),
    unary<arc_sine>("asin"),
    unary<arc_cosine>("acos"),
    unary<arc_tangent>("atan"),
    {.name = "atan2", .min_args = 2, .max_args = 2, .call = arc_tangent2, .result = kNumber},
    unary<hyperbolic_sine>("sinh"),
    unary<hyperbolic_cosine>("cosh"),
    unary<hyperbolic_tangent>("tanh"),
    unary<to_degrees>("degrees"),
    unary<to_radians>("radians"),
    unary<half_versine>("haversin"),
    {.name = "isnan", .min_args = 1, .max_args = 1, .call = is_nan, .result = boolean_of_number},
};

}  // namespace

std::span<const FunctionDef> families::math() { return kFunctions; }

}  // namespace elegraph::query
