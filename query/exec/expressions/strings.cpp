// SPDX-License-Identifier: Apache-2.0
#include "query/exec/expressions/factories.h"
#include "query/exec/expressions/kernels.h"
#include "query/exec/expressions/row_wise.h"
#include "query/exec/expressions/string_tests.h"
#include "query/functions/regex.h"
#include "query/functions/value_ops.h"

namespace elegraph::query::exec {

namespace {

using plan::BoundKind;

// STARTS WITH, ENDS WITH, CONTAINS: null where an operand is no string.
class StringPredicate : public RowWise {
 public:
  using RowWise::RowWise;

 protected:
  bool test(std::string_view text, std::string_view part) const {
    switch (bound_.kind) {
      case BoundKind::kStartsWith: return text.starts_with(part);
      case BoundKind::kEndsWith: return text.ends_with(part);
      default: return text.find(part) != std::string_view::npos;
    }
  }

  Value compute(std::span<const Value> v) override {
    if (v[0].type() != Type::kString || v[1].type() != Type::kString) return {};
    return Value::boolean(test(v[0].as_string(), v[1].as_string()));
  }

  bool kernel(std::span<const Vector* const> in, Rows rows) override {
    const Vector &a = *in[0], &b = *in[1];
    if (a.type() != Type::kString || b.type() != Type::kString) return false;
    if (is_null_constant(a) || is_null_constant(b)) return out_.reset_null(), true;
    out_.reset(Type::kBool);
    if (!b.constant() || a.constant())
      test_pairs(a, b, rows);
    else
      test_part(a, b.strings()[0], rows);
    intersect_nulls(out_, a, b, rows);
    return true;
  }

 private:
  void test_pairs(const Vector& a, const Vector& b, Rows rows) {
    uint8_t* out = out_.mutable_data<uint8_t>();
    for_rows(rows, [&](uint32_t row) {
      if (a.valid(row) && b.valid(row)) out[row] = test(a.strings()[a.at(row)].view(), b.strings()[b.at(row)].view());
    });
  }

  void test_part(const Vector& texts, const StringRef& part, Rows rows) {
    switch (bound_.kind) {
      case BoundKind::kStartsWith: return test_all(texts, StartsWith(part), rows);
      case BoundKind::kEndsWith: return test_all(texts, EndsWith(part), rows);
      default: return test_all(texts, Contains(part), rows);
    }
  }

  template <class Test>
  void test_all(const Vector& texts, const Test& test, Rows rows) {
    uint8_t* out = out_.mutable_data<uint8_t>();
    const StringRef* text = texts.strings();
    if (texts.all_valid()) return for_rows(rows, [&](uint32_t row) { out[row] = test(text[row]); });
    for_rows(rows, [&](uint32_t row) {
      if (texts.valid(row)) out[row] = test(text[row]);
    });
  }
};

// =~, over the whole text.
class RegexMatch : public RowWise {
 public:
  using RowWise::RowWise;

 protected:
  Value compute(std::span<const Value> v) override {
    Ternary t = regex_match(v[0], v[1]);
    return t ? Value::boolean(*t) : Value();
  }

  bool kernel(std::span<const Vector* const> in, Rows rows) override {
    const Vector &a = *in[0], &pattern = *in[1];
    if (a.type() != Type::kString || pattern.type() != Type::kString || !pattern.constant() || !pattern.valid(0))
      return false;
    const auto matches = regex_matcher(pattern.strings()[0].view());
    out_.reset(Type::kBool);
    uint8_t* out = out_.mutable_data<uint8_t>();
    for_rows(rows, [&](uint32_t row) {
      if (a.valid(row)) out[row] = matches(a.strings()[a.at(row)].view());
    });
    intersect_nulls(out_, a, pattern, rows);
    return true;
  }
};

}  // namespace

EvaluatorPtr make_string_predicate(const plan::BoundExpression& bound, BuildContext& build) {
  if (bound.kind == BoundKind::kRegexMatch) return std::make_unique<RegexMatch>(bound, build);
  return std::make_unique<StringPredicate>(bound, build);
}

}  // namespace elegraph::query::exec
