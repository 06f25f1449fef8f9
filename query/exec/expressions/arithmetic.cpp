// SPDX-License-Identifier: Apache-2.0
#include "query/functions/temporal/arithmetic.h"

#include <cmath>
#include <functional>

#include "query/exec/expressions/factories.h"
#include "query/exec/expressions/kernels.h"
#include "query/exec/expressions/row_wise.h"
#include "query/functions/faults.h"
#include "query/functions/value_ops.h"

namespace elegraph::query::exec {

namespace {

using plan::BoundKind;

// +, -, *, /, %, ^, || and unary minus. Integers and floats have loops; an integer loop that overflows or divides by
// zero starts again row by row, where value_ops finds the row and throws.
class Arithmetic : public RowWise {
 public:
  using RowWise::RowWise;

 protected:
  Value compute(std::span<const Value> v) override {
    switch (bound_.kind) {
      case BoundKind::kAdd: return add(v[0], v[1]);
      case BoundKind::kSubtract: return subtract(v[0], v[1]);
      case BoundKind::kMultiply: return multiply(v[0], v[1]);
      case BoundKind::kDivide: return divide(v[0], v[1]);
      case BoundKind::kModulo: return modulo(v[0], v[1]);
      case BoundKind::kPower: return power(v[0], v[1]);
      case BoundKind::kNegate: return negate(v[0]);
      default: return concat(v[0], v[1]);
    }
  }

  bool kernel(std::span<const Vector* const> in, Rows rows) override {
    if (in.size() != 2) return negated(*in[0], rows);
    const Vector &a = *in[0], &b = *in[1];
    if (a.type() == Type::kNull || b.type() == Type::kNull) return out_.reset_null(), true;
    if (is_null_constant(a) || is_null_constant(b)) return false;
    if (a.type() == Type::kInt && b.type() == Type::kInt) return integers(a, b, rows);
    if (is_number(a) && is_number(b)) return floats(a, b, rows);
    if (a.type() == Type::kString && b.type() == Type::kString) return strings(a, b, rows);
    return dates(a, b, rows);
  }

 private:
  bool integers(const Vector& a, const Vector& b, Rows rows) {
    const auto *x = a.data<int64_t>(), *y = b.data<int64_t>();
    out_.reset(Type::kInt);
    auto* out = out_.mutable_data<int64_t>();
    bool failed = false;
    auto run = [&](auto op) {
      for_rows(rows, [&](uint32_t row) { failed |= op(x[a.at(row)], y[b.at(row)], &out[row]) && valid(a, b, row); });
    };
    // What overflows where there is no value is rare enough for the slower way.
    auto run_all = [&](auto op) {
      for_rows(rows, [&](uint32_t row) { failed |= op(x[a.at(row)], y[b.at(row)], &out[row]); });
    };
    switch (bound_.kind) {
      case BoundKind::kAdd:
        run_all([](int64_t p, int64_t q, int64_t* r) { return __builtin_add_overflow(p, q, r); });
        break;
      case BoundKind::kSubtract:
        run_all([](int64_t p, int64_t q, int64_t* r) { return __builtin_sub_overflow(p, q, r); });
        break;
      case BoundKind::kMultiply:
        run_all([](int64_t p, int64_t q, int64_t* r) { return __builtin_mul_overflow(p, q, r); });
        break;
      case BoundKind::kDivide:
        run([](int64_t p, int64_t q, int64_t* r) { return q == 0 || q == -1 || (*r = p / q, false); });
        break;
      case BoundKind::kModulo:
        run([](int64_t p, int64_t q, int64_t* r) { return q == 0 || q == -1 || (*r = p % q, false); });
        break;
      case BoundKind::kPower: return floats(a, b, rows);
      default: return false;
    }
    if (failed) return false;
    intersect_nulls(out_, a, b, rows);
    return true;
  }

  // Integers become floats beside one, and under a power.
  bool floats(const Vector& a, const Vector& b, Rows rows) {
    switch (bound_.kind) {
      case BoundKind::kAdd: return floats(a, b, rows, std::plus<>());
      case BoundKind::kSubtract: return floats(a, b, rows, std::minus<>());
      case BoundKind::kMultiply: return floats(a, b, rows, std::multiplies<>());
      case BoundKind::kDivide: return floats(a, b, rows, std::divides<>());
      case BoundKind::kModulo: return floats(a, b, rows, [](double p, double q) { return std::fmod(p, q); });
      case BoundKind::kPower: return floats(a, b, rows, [](double p, double q) { return std::pow(p, q); });
      default: return false;
    }
  }
  template <class Op>
  bool floats(const Vector& a, const Vector& b, Rows rows, Op op) {
    out_.reset(Type::kFloat);
    auto* out = out_.mutable_data<double>();
    const auto as_floats = [op](auto p, auto q) { return op(double(p), double(q)); };
    if (a.type() == Type::kInt && b.type() == Type::kInt)
      binary_cells<int64_t, int64_t>(out, a, b, rows, as_floats);
    else if (a.type() == Type::kInt)
      binary_cells<int64_t, double>(out, a, b, rows, as_floats);
    else if (b.type() == Type::kInt)
      binary_cells<double, int64_t>(out, a, b, rows, as_floats);
    else
      binary_cells<double, double>(out, a, b, rows, as_floats);
    intersect_nulls(out_, a, b, rows);
    return true;
  }

  bool negated(const Vector& a, Rows rows) {
    if (!is_number(a)) return false;
    out_.reset(a.type());
    bool failed = false;
    if (a.type() == Type::kFloat) {
      for_rows(rows, [&](uint32_t row) { out_.mutable_data<double>()[row] = -a.data<double>()[a.at(row)]; });
    } else {
      const auto* x = a.data<int64_t>();
      auto* out = out_.mutable_data<int64_t>();
      for_rows(rows, [&](uint32_t row) {
        failed |= __builtin_sub_overflow(int64_t{0}, x[a.at(row)], &out[row]) && a.valid(row);
      });
    }
    if (failed) return false;
    intersect_nulls(out_, a, a, rows);
    return true;
  }

  bool dates(const Vector& a, const Vector& b, Rows rows) {
    const bool adds = bound_.kind == BoundKind::kAdd;
    if (!adds && bound_.kind != BoundKind::kSubtract) return false;
    const bool duration_first = adds && a.constant();
    return temporal::add_vector(duration_first ? b : a, duration_first ? a : b, adds ? 1 : -1, rows.rows, rows.count, out_);
  }

  bool strings(const Vector& a, const Vector& b, Rows rows) {
    if (bound_.kind != BoundKind::kAdd && bound_.kind != BoundKind::kConcat) return false;
    out_.reset(Type::kString);
    auto* out = out_.mutable_data<StringRef>();
    std::string joined;
    for_rows(rows, [&](uint32_t row) {
      if (!valid(a, b, row)) return;
      joined.assign(a.strings()[a.at(row)].view());
      joined.append(b.strings()[b.at(row)].view());
      if (joined.size() > kMaxStringBytes) result_too_large("string");
      out[row] = out_.heap().add(joined);
    });
    intersect_nulls(out_, a, b, rows);
    return true;
  }

  static bool is_number(const Vector& v) { return v.type() == Type::kInt || v.type() == Type::kFloat; }
  static bool valid(const Vector& a, const Vector& b, uint32_t row) { return a.valid(row) && b.valid(row); }
};

}  // namespace

EvaluatorPtr make_arithmetic(const plan::BoundExpression& bound, BuildContext& build) {
  return std::make_unique<Arithmetic>(bound, build);
}

}  // namespace elegraph::query::exec
