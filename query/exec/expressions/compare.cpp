// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <functional>

#include "query/exec/expressions/equal_rows.h"
#include "query/exec/expressions/factories.h"
#include "query/exec/expressions/kernels.h"
#include "query/exec/expressions/row_wise.h"
#include "query/exec/expressions/string_cells.h"
#include "query/functions/value_ops.h"

namespace elegraph::query::exec {

namespace {

using plan::BoundKind;

Value ternary(Ternary t) { return t ? Value::boolean(*t) : Value(); }

Value negated(Ternary t) { return t ? Value::boolean(!*t) : Value(); }

bool is_order(BoundKind k) { return k != BoundKind::kEqual && k != BoundKind::kNotEqual; }

// Types whose cells compare as their values do.
bool comparable(Type t, BoundKind kind) {
  switch (t) {
    case Type::kInt:
    case Type::kFloat:
    case Type::kDate:
    case Type::kLocalTime:
    case Type::kLocalDateTime:
    case Type::kDateTime:
    case Type::kString:
    case Type::kBool: return true;
    case Type::kNode:
    case Type::kRelationship: return !is_order(kind);
    default: return false;
  }
}

// Calls f with the comparison as a function object.
template <class F>
auto with_operator(BoundKind kind, F&& f) {
  switch (kind) {
    case BoundKind::kEqual: return f(std::equal_to<>());
    case BoundKind::kNotEqual: return f(std::not_equal_to<>());
    case BoundKind::kLess: return f(std::less<>());
    case BoundKind::kLessEqual: return f(std::less_equal<>());
    case BoundKind::kGreater: return f(std::greater<>());
    default: return f(std::greater_equal<>());
  }
}

// The rows of a column of strings that are, or are not, the constant.
uint32_t select_strings(const Vector& v, const StringRef& c, bool wanted, Rows rows, uint16_t* out) {
  uint32_t n = 0;
  auto put = [&](uint32_t row, bool keep) {
    out[n] = uint16_t(row);
    n += keep;
  };
  with_string_constant(v, c, [&](auto same) {
    if (v.all_valid()) return for_rows(rows, [&](uint32_t row) { put(row, same(row) == wanted); });
    const uint64_t* mask = v.mask();
    for_rows(rows, [&](uint32_t row) { put(row, (same(row) == wanted) & bool(mask[row / 64] >> (row % 64) & 1)); });
  });
  return n;
}

template <class Op>
void compare_strings(uint8_t* out, const Vector& a, const Vector& b, Rows rows, Op op) {
  constexpr bool equality = std::is_same_v<Op, std::equal_to<>> || std::is_same_v<Op, std::not_equal_to<>>;
  const StringRef* x = a.strings();
  const StringRef* y = b.strings();
  if (equality && strings_against_constant(a, b)) {
    constexpr bool wanted = std::is_same_v<Op, std::equal_to<>>;
    return with_string_constant(a, y[0],
                                [&](auto same) { for_rows(rows, [&](uint32_t row) { out[row] = same(row) == wanted; }); });
  }
  for_rows(rows, [&](uint32_t row) {
    if (!a.valid(row) || !b.valid(row)) return;
    const StringRef &p = x[a.at(row)], &q = y[b.at(row)];
    if constexpr (equality)
      out[row] = op(p, q);
    else
      out[row] = op(p.view(), q.view());
  });
}

template <class Op>
void compare_cells(uint8_t* out, const Vector& a, const Vector& b, Rows rows, Op op) {
  switch (a.type()) {
    case Type::kFloat: return binary_cells<double, double>(out, a, b, rows, op);
    case Type::kBool: return binary_cells<uint8_t, uint8_t>(out, a, b, rows, op);
    case Type::kNode:
    case Type::kRelationship: return binary_cells<uint32_t, uint32_t>(out, a, b, rows, op);
    case Type::kString: return compare_strings(out, a, b, rows, op);
    default: return binary_cells<int64_t, int64_t>(out, a, b, rows, op);
  }
}

bool is_number(Type t) { return t == Type::kInt || t == Type::kFloat; }

// The constant as a double that orders integers as the constant itself does: below 2^53 every integer is a double of its
// own, and a larger one keeps its side when it is rounded.
bool exact_double(const Vector& v, double& out) {
  if (!v.constant()) return false;
  out = v.type() == Type::kInt ? double(v.data<int64_t>()[0]) : v.data<double>()[0];
  return std::abs(out) < 0x1p53;
}

// Whether all the rows' integers are below 2^53, as they mostly are. Those of rows without a value count, too.
bool exact_doubles(const Vector& v, Rows rows) {
  if (v.type() != Type::kInt) return false;
  const auto* x = v.data<int64_t>();
  constexpr int64_t kLimit = int64_t{1} << 53;
  bool exact = true;
  for_rows(rows, [&](uint32_t row) { exact &= x[v.at(row)] < kLimit && x[v.at(row)] > -kLimit; });
  return exact;
}

// Calls f with the cells of a column of numbers.
template <class F>
void with_cells(const Vector& v, F&& f) {
  if (v.type() == Type::kInt)
    f(v.data<int64_t>());
  else
    f(v.data<double>());
}

class Comparison : public RowWise {
 public:
  using RowWise::RowWise;

  uint32_t select(const Batch& batch, Rows rows, uint16_t* out) override;
  uint32_t count(const Batch& batch, Rows rows) override;

 protected:
  Value compute(std::span<const Value> v) override;
  bool kernel(std::span<const Vector* const> in, Rows rows) override;

 private:
  template <class F>
  bool with_number_against_constant(const Vector& a, const Vector& b, F&& f);
  template <class F>
  bool with_numbers(const Vector& a, const Vector& b, F&& f);
  bool compare_mixed(const Vector& a, const Vector& b, Rows rows);
  bool compare_values(const Vector& a, const Vector& b, Rows rows);
};

Value Comparison::compute(std::span<const Value> v) {
  switch (bound_.kind) {
    case BoundKind::kEqual: return ternary(equals(v[0], v[1]));
    case BoundKind::kNotEqual: return negated(equals(v[0], v[1]));
    case BoundKind::kLess: return ternary(less(v[0], v[1]));
    case BoundKind::kLessEqual: return ternary(less_equal(v[0], v[1]));
    case BoundKind::kGreater: return ternary(less(v[1], v[0]));
    default: return ternary(less_equal(v[1], v[0]));
  }
}

bool Comparison::kernel(std::span<const Vector* const> in, Rows rows) {
  const Vector &a = *in[0], &b = *in[1];
  if (a.type() == Type::kNull || b.type() == Type::kNull) return out_.reset_null(), true;
  if (a.type() != b.type()) return compare_mixed(a, b, rows) || compare_values(a, b, rows);
  if (!comparable(a.type(), bound_.kind)) return false;
  if (is_null_constant(a) || is_null_constant(b)) return out_.reset_null(), true;
  out_.reset(Type::kBool);
  uint8_t* out = out_.mutable_data<uint8_t>();
  with_operator(bound_.kind, [&](auto op) { compare_cells(out, a, b, rows, op); });
  intersect_nulls(out_, a, b, rows);
  return true;
}

// Integers against a float or floats against an integer.
bool Comparison::compare_mixed(const Vector& a, const Vector& b, Rows rows) {
  double constant;
  if (!is_number(a.type()) || !is_number(b.type()) || is_null_constant(a) || is_null_constant(b)) return false;
  if (!exact_double(a, constant) && !exact_double(b, constant) && !exact_doubles(a, rows) && !exact_doubles(b, rows))
    return false;
  out_.reset(Type::kBool);
  uint8_t* out = out_.mutable_data<uint8_t>();
  with_operator(bound_.kind, [&](auto op) {
    with_cells(a, [&](auto* x) {
      with_cells(b, [&](auto* y) {
        for_rows(rows, [&](uint32_t row) { out[row] = op(double(x[a.at(row)]), double(y[b.at(row)])); });
      });
    });
  });
  intersect_nulls(out_, a, b, rows);
  return true;
}

// A column of numbers of both kinds, and of whatever else, against a number.
bool Comparison::compare_values(const Vector& a, const Vector& b, Rows rows) {
  double constant;
  if (a.type() != Type::kAny || a.constant() || !is_number(b.type()) || is_null_constant(b) || !exact_double(b, constant))
    return false;
  const Value* values = a.data<Value>();
  Value pair[2] = {{}, b.value(0)};
  out_.reset(Type::kBool);
  uint8_t* out = out_.mutable_data<uint8_t>();
  uint64_t* mask = out_.mutable_mask();
  with_operator(bound_.kind, [&](auto op) {
    for_rows(rows, [&](uint32_t row) {
      const Value& v = values[row];
      const bool valid = a.valid(row);
      if (valid && v.type() == Type::kFloat) return void(out[row] = op(v.as_float(), constant));
      if (valid && v.type() == Type::kInt) return void(out[row] = op(double(v.as_int()), constant));
      pair[0] = valid ? v : Value();
      const Value result = compute(pair);
      if (result.is_null())
        mask[row / 64] &= ~(uint64_t{1} << row % 64);
      else
        out[row] = result.as_bool();
    });
  });
  return true;
}

// The shape of most filters: a column of numbers or dates without nulls, and a constant.
template <class F>
bool Comparison::with_number_against_constant(const Vector& a, const Vector& b, F&& f) {
  if (a.constant() || !b.constant() || !a.all_valid() || is_null_constant(b)) return false;
  if (a.type() != b.type()) {
    double c;
    if (!is_number(a.type()) || !is_number(b.type()) || !exact_double(b, c)) return false;
    return with_cells(a, [&](auto* x) { f(x, c); }), true;
  }
  if (orders_as_words(a.type())) return f(a.data<int64_t>(), b.data<int64_t>()[0]), true;
  if (a.type() == Type::kFloat) return f(a.data<double>(), b.data<double>()[0]), true;
  return false;
}

// Two columns of them, say of both ends of relationships.
template <class F>
bool Comparison::with_numbers(const Vector& a, const Vector& b, F&& f) {
  if (a.constant() || b.constant() || a.type() != b.type() || !a.all_valid() || !b.all_valid()) return false;
  if (orders_as_words(a.type())) return f(a.data<int64_t>(), b.data<int64_t>()), true;
  if (a.type() == Type::kFloat) return f(a.data<double>(), b.data<double>()), true;
  return false;
}

uint32_t Comparison::select(const Batch& batch, Rows rows, uint16_t* out) {
  if (rows.count == 0) return 0;
  auto in = operands(batch, rows);
  const Vector &a = *in[0], &b = *in[1];
  uint32_t n = 0;
  if (!is_order(bound_.kind) && strings_against_constant(a, b))
    return select_strings(a, b.strings()[0], bound_.kind == BoundKind::kEqual, rows, out);
  bool done = with_number_against_constant(a, b, [&](auto* x, auto c) {
    n = with_operator(bound_.kind, [&](auto op) { return select_cells(x, c, rows, out, op); });
  });
  if (done) return n;
  done = with_numbers(a, b, [&](auto* x, auto* y) {
    n = with_operator(bound_.kind, [&](auto op) { return select_pairs(x, y, rows, out, op); });
  });
  return done ? n : select_true(combine(rows), rows, out);
}

uint32_t Comparison::count(const Batch& batch, Rows rows) {
  if (rows.rows || rows.count == 0) return Evaluator::count(batch, rows);
  auto in = operands(batch, rows);
  const Vector &a = *in[0], &b = *in[1];
  uint32_t n = 0;
  uint16_t kept[Vector::kCapacity];
  if (!is_order(bound_.kind) && strings_against_constant(a, b))
    return select_strings(a, b.strings()[0], bound_.kind == BoundKind::kEqual, rows, kept);
  bool done = with_number_against_constant(a, b, [&](auto* x, auto c) {
    n = with_operator(bound_.kind, [&](auto op) { return count_cells(x, c, rows.count, op); });
  });
  if (done) return n;
  done = with_numbers(a, b, [&](auto* x, auto* y) {
    n = with_operator(bound_.kind, [&](auto op) { return count_pairs(x, y, rows.count, op); });
  });
  return done ? n : select_true(combine(rows), rows, kept);
}

class SameNode : public RowWise {
 public:
  using RowWise::RowWise;

 protected:
  Value compute(std::span<const Value> v) override { return ternary(equals(v[0], v[1])); }
  bool kernel(std::span<const Vector* const> in, Rows rows) override {
    const Vector &a = *in[0], &b = *in[1];
    if (a.type() != b.type() || (a.type() != Type::kNode && a.type() != Type::kRelationship)) return false;
    out_.reset(Type::kBool);
    binary_cells<uint32_t, uint32_t>(out_.mutable_data<uint8_t>(), a, b, rows, std::equal_to<>());
    intersect_nulls(out_, a, b, rows);
    return true;
  }
};

}  // namespace

uint32_t select_equal(const Vector& a, const Vector& b, Rows rows, uint16_t* out) {
  if (a.type() == Type::kNull || b.type() == Type::kNull) return 0;
  if (strings_against_constant(a, b)) return select_strings(a, b.strings()[0], true, rows, out);
  uint32_t n = 0;
  auto put_where = [&](auto same) {
    for_rows(rows, [&](uint32_t row) {
      if (a.valid(row) && b.valid(row) && same(row)) out[n++] = uint16_t(row);
    });
    return n;
  };
  auto same_cells = [&]<class T>(const T* x, const T* y) {
    return put_where([&, x, y](uint32_t row) { return x[a.at(row)] == y[b.at(row)]; });
  };
  if (a.type() != b.type() || !comparable(a.type(), BoundKind::kEqual))
    return put_where([&](uint32_t row) { return equals(a.value(row), b.value(row)).value_or(false); });
  switch (a.type()) {
    case Type::kString: return same_cells(a.strings(), b.strings());
    case Type::kFloat: return same_cells(a.data<double>(), b.data<double>());
    case Type::kBool: return same_cells(a.data<uint8_t>(), b.data<uint8_t>());
    case Type::kNode:
    case Type::kRelationship: return same_cells(a.data<uint32_t>(), b.data<uint32_t>());
    default: return same_cells(a.data<int64_t>(), b.data<int64_t>());
  }
}

EvaluatorPtr make_comparison(const plan::BoundExpression& bound, BuildContext& build) {
  if (bound.kind == BoundKind::kSameNode) return std::make_unique<SameNode>(bound, build);
  return std::make_unique<Comparison>(bound, build);
}

}  // namespace elegraph::query::exec
