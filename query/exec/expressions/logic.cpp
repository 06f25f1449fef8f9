// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "query/exec/expressions/factories.h"
#include "query/exec/expressions/row_wise.h"

namespace elegraph::query::exec {

namespace {

using plan::BoundKind;

enum class Truth : uint8_t { kFalse, kTrue, kNull };

// The truth of each row of a boolean column. Errors: 22023 for other types.
void truths(const Vector& v, Rows rows, Truth* out, uint32_t position) {
  if (v.type() == Type::kNull) return for_rows(rows, [&](uint32_t row) { out[row] = Truth::kNull; });
  if (v.type() == Type::kBool) {
    const uint8_t* data = v.data<uint8_t>();
    return for_rows(rows, [&](uint32_t row) {
      out[row] = v.valid(row) ? (data[v.at(row)] ? Truth::kTrue : Truth::kFalse) : Truth::kNull;
    });
  }
  for_rows(rows, [&](uint32_t row) {
    Value value = v.value(row);
    if (!value.is_null() && value.type() != Type::kBool)
      throw Error(sqlstate::kInvalidParameterValue, fmt::format("expected a BOOLEAN, not {}", type_name(value.type())))
          .at(position);
    out[row] = value.is_null() ? Truth::kNull : value.as_bool() ? Truth::kTrue : Truth::kFalse;
  });
}

// AND and OR: operands are computed only for rows that those before them have not decided.
class Junction : public Evaluator {
 public:
  Junction(const plan::BoundExpression& bound, BuildContext& build)
      : Evaluator(bound),
        args_(make_evaluators(bound.args, build)),
        decides_(bound.kind == BoundKind::kAnd ? Truth::kFalse : Truth::kTrue) {}

  void restart() override { restart_all(args_); }

  const Vector& evaluate(const Batch& batch, Rows rows) override {
    Truth result[Vector::kCapacity];
    Truth next[Vector::kCapacity];
    uint16_t open[Vector::kCapacity];
    Rows left = rows;
    for (size_t i = 0; i < args_.size() && left.count; i++) {
      truths(args_[i]->evaluate(batch, left), left, i == 0 ? result : next, bound_.args[i]->position);
      if (i > 0) for_rows(left, [&](uint32_t row) { combine(result[row], next[row]); });
      uint32_t n = 0;
      for_rows(left, [&](uint32_t row) {
        open[n] = uint16_t(row);
        n += result[row] != decides_;
      });
      left = {open, n};
    }
    write(result, rows);
    return out_;
  }

  uint32_t select(const Batch& batch, Rows rows, uint16_t* out) override {
    if (bound_.kind != BoundKind::kAnd) return select_any(batch, rows, out);
    // A null may be dropped at once: as a filter it is as good as false.
    for (EvaluatorPtr& a : args_) {
      uint32_t n = a->select(batch, rows, out);
      rows = {out, n};
      if (n == 0) break;
    }
    return rows.count;
  }

 private:
  // What one operand takes is no longer open for the next.
  uint32_t select_any(const Batch& batch, Rows rows, uint16_t* out) {
    uint16_t open[Vector::kCapacity], taken[Vector::kCapacity];
    std::array<uint64_t, Vector::kWords> chosen{};
    Rows left = rows;
    for (EvaluatorPtr& a : args_) {
      const uint32_t n = a->select(batch, left, taken);
      for (uint32_t i = 0; i < n; i++) chosen[taken[i] / 64] |= uint64_t{1} << (taken[i] % 64);
      left = {open, keep_rows(chosen, false, left, open)};
      if (left.count == 0) break;
    }
    return keep_rows(chosen, true, rows, out);
  }
  // Those of `rows` that are chosen, or those that are not.
  static uint32_t keep_rows(const std::array<uint64_t, Vector::kWords>& chosen, bool wanted, Rows rows, uint16_t* out) {
    uint32_t n = 0;
    for_rows(rows, [&](uint32_t row) {
      out[n] = uint16_t(row);
      n += bool(chosen[row / 64] >> (row % 64) & 1) == wanted;
    });
    return n;
  }

  void combine(Truth& result, Truth next) const {
    if (next == decides_ || (next == Truth::kNull && result != decides_)) result = next;
  }
  void write(const Truth* result, Rows rows) {
    out_.reset(Type::kBool);
    uint8_t* out = out_.mutable_data<uint8_t>();
    for_rows(rows, [&](uint32_t row) {
      out[row] = result[row] == Truth::kTrue;
      if (result[row] == Truth::kNull) out_.set_null(row);
    });
  }

  std::vector<EvaluatorPtr> args_;
  Truth decides_;
  Vector out_;
};

class Xor : public Evaluator {
 public:
  Xor(const plan::BoundExpression& bound, BuildContext& build)
      : Evaluator(bound), args_(make_evaluators(bound.args, build)) {}

  void restart() override { restart_all(args_); }

  const Vector& evaluate(const Batch& batch, Rows rows) override {
    Truth result[Vector::kCapacity];
    Truth next[Vector::kCapacity];
    for (size_t i = 0; i < args_.size(); i++) {
      truths(args_[i]->evaluate(batch, rows), rows, i == 0 ? result : next, bound_.args[i]->position);
      if (i == 0) continue;
      for_rows(rows, [&](uint32_t row) {
        if (result[row] == Truth::kNull || next[row] == Truth::kNull)
          result[row] = Truth::kNull;
        else
          result[row] = result[row] != next[row] ? Truth::kTrue : Truth::kFalse;
      });
    }
    out_.reset(Type::kBool);
    for_rows(rows, [&](uint32_t row) {
      out_.mutable_data<uint8_t>()[row] = result[row] == Truth::kTrue;
      if (result[row] == Truth::kNull) out_.set_null(row);
    });
    return out_;
  }

 private:
  std::vector<EvaluatorPtr> args_;
  Vector out_;
};

class Not : public Evaluator {
 public:
  Not(const plan::BoundExpression& bound, BuildContext& build)
      : Evaluator(bound), arg_(make_evaluator(*bound.args[0], build)) {}

  void restart() override { arg_->restart(); }

  const Vector& evaluate(const Batch& batch, Rows rows) override {
    Truth t[Vector::kCapacity];
    truths(arg_->evaluate(batch, rows), rows, t, bound_.position);
    out_.reset(Type::kBool);
    uint8_t* out = out_.mutable_data<uint8_t>();
    for_rows(rows, [&](uint32_t row) {
      out[row] = t[row] == Truth::kFalse;
      if (t[row] == Truth::kNull) out_.set_null(row);
    });
    return out_;
  }

 private:
  EvaluatorPtr arg_;
  Vector out_;
};

class NullTest : public Evaluator {
 public:
  NullTest(const plan::BoundExpression& bound, BuildContext& build)
      : Evaluator(bound), arg_(make_evaluator(*bound.args[0], build)), wanted_(bound.kind == BoundKind::kIsNotNull) {}

  void restart() override { arg_->restart(); }

  const Vector& evaluate(const Batch& batch, Rows rows) override {
    const Vector& v = arg_->evaluate(batch, rows);
    if (v.type() == Type::kNull || v.all_valid() || v.constant()) {
      bool valid = v.type() != Type::kNull && v.valid(0);
      out_.set_constant(Value::boolean(valid == wanted_));
      return out_;
    }
    out_.reset(Type::kBool);
    uint8_t* out = out_.mutable_data<uint8_t>();
    const uint64_t* mask = v.mask();
    for_rows(rows, [&](uint32_t row) { out[row] = bool(mask[row / 64] >> (row % 64) & 1) == wanted_; });
    return out_;
  }

 private:
  EvaluatorPtr arg_;
  bool wanted_;
  Vector out_;
};

}  // namespace

EvaluatorPtr make_logic(const plan::BoundExpression& bound, BuildContext& build) {
  switch (bound.kind) {
    case BoundKind::kXor: return std::make_unique<Xor>(bound, build);
    case BoundKind::kNot: return std::make_unique<Not>(bound, build);
    default: return std::make_unique<Junction>(bound, build);
  }
}

EvaluatorPtr make_null_test(const plan::BoundExpression& bound, BuildContext& build) {
  return std::make_unique<NullTest>(bound, build);
}

}  // namespace elegraph::query::exec
