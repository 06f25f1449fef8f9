// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <re2/re2.h>

#include <memory>
#include <string>

#include "query/exec/expressions/factories.h"
#include "query/exec/expressions/kernels.h"
#include "query/exec/expressions/row_wise.h"

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
    uint8_t* out = out_.mutable_data<uint8_t>();
    for_rows(rows, [&](uint32_t row) {
      if (a.valid(row) && b.valid(row)) out[row] = test(a.strings()[a.at(row)].view(), b.strings()[b.at(row)].view());
    });
    intersect_nulls(out_, a, b, rows);
    return true;
  }
};

// =~ with RE2 (linear time, whatever the pattern). The last pattern stays compiled.
class RegexMatch : public RowWise {
 public:
  using RowWise::RowWise;

 protected:
  Value compute(std::span<const Value> v) override {
    if (v[0].type() != Type::kString || v[1].type() != Type::kString) return {};
    compile(v[1].as_string());
    std::string_view text = v[0].as_string();
    return Value::boolean(RE2::FullMatch(re2::StringPiece(text.data(), text.size()), *regex_));
  }

 private:
  void compile(std::string_view pattern) {
    if (regex_ && pattern == pattern_) return;
    pattern_ = pattern;
    RE2::Options options;
    options.set_log_errors(false);
    regex_ = std::make_unique<RE2>(re2::StringPiece(pattern_.data(), pattern_.size()), options);
    if (!regex_->ok())
      throw Error(sqlstate::kInvalidParameterValue, fmt::format("invalid regular expression: {}", regex_->error()));
  }

  std::string pattern_;
  std::unique_ptr<RE2> regex_;
};

}  // namespace

EvaluatorPtr make_string_predicate(const plan::BoundExpression& bound, BuildContext& build) {
  if (bound.kind == BoundKind::kRegexMatch) return std::make_unique<RegexMatch>(bound, build);
  return std::make_unique<StringPredicate>(bound, build);
}

}  // namespace elegraph::query::exec
