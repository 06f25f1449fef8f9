// SPDX-License-Identifier: Apache-2.0
#include "query/exec/operators/limit.h"

#include <fmt/format.h>

#include <algorithm>

#include "query/exec/operators/factories.h"

namespace elegraph::query::exec {

uint64_t row_limit(Evaluator& e, const State& state, std::string_view clause) {
  Batch row = empty_row(state);
  Value v = evaluate_one(e, row);
  if (v.type() != Type::kInt)
    throw Error(sqlstate::kInvalidParameterValue, fmt::format("{} needs an INTEGER, not {}", clause, type_name(v.type())))
        .at(e.bound().position);
  if (v.as_int() < 0)
    throw Error(sqlstate::kInvalidParameterValue, fmt::format("{} must not be negative", clause)).at(e.bound().position);
  return uint64_t(v.as_int());
}

bool has_updates(const plan::PhysicalNode& node) {
  using enum plan::NodeKind;
  switch (node.kind) {
    case kCreate:
    case kMerge:
    case kSet:
    case kDelete:
    case kForeach: return true;
    case kProcedure:
      if (node.writes) return true;
      [[fallthrough]];
    default: return (node.left && has_updates(*node.left)) || (node.right && has_updates(*node.right));
  }
}

namespace {

// SKIP and LIMIT. When the limit is reached above a plan that writes, the rest of it still runs.
class SkipLimit : public Operator {
 public:
  SkipLimit(const plan::PhysicalNode& node, BuildContext& build)
      : Operator(node, build),
        child_(make_operator(*node.left, build)),
        amount_(make_evaluator(*node.expressions[0], build)),
        skip_(node.kind == plan::NodeKind::kSkip),
        drains_(!skip_ && has_updates(*node.left)) {}

  void rewind() override {
    child_->restart();
    amount_->restart();
    ready_ = false;
  }

  // Operator
 protected:
  Step produce(const Batch*& out) override {
    if (!ready_) left_ = row_limit(*amount_, state_, skip_ ? "SKIP" : "LIMIT"), ready_ = true;
    return skip_ ? produce_skip(out) : produce_limit(out);
  }

 private:
  Step produce_skip(const Batch*& out) {
    for (;;) {
      const Batch* in = nullptr;
      Step s = child_->next(in);
      if (s != Step::kBatch) return s;
      if (left_ >= in->count) {
        left_ -= in->count;
        continue;
      }
      if (left_ == 0) return out = in, s;
      uint32_t from = uint32_t(left_);
      left_ = 0;
      for (uint32_t i = from; i < in->count; i++) rows_[i - from] = uint16_t(in->row(i));
      out_ = *in;
      out_.selection = rows_;
      out_.count = in->count - from;
      return out = &out_, s;
    }
  }

  Step produce_limit(const Batch*& out) {
    while (left_ || drains_) {
      const Batch* in = nullptr;
      Step s = child_->next(in);
      if (s != Step::kBatch) return s;
      if (left_ == 0) continue;
      out_ = *in;
      out_.count = uint32_t(std::min<uint64_t>(left_, in->count));
      left_ -= out_.count;
      return out = &out_, s;
    }
    return Step::kDone;
  }

  OperatorPtr child_;
  EvaluatorPtr amount_;
  bool skip_;
  bool drains_;
  bool ready_ = false;
  uint64_t left_ = 0;
  Batch out_;
  uint16_t rows_[Vector::kCapacity];
};

// SKIP and LIMIT in a subplan that runs for many outer rows at once: of the rows of each outer one, which come together.
class RowSkipLimit : public Operator {
 public:
  RowSkipLimit(const plan::PhysicalNode& node, BuildContext& build)
      : Operator(node, build),
        argument_(*build.argument),
        amount_(make_evaluator(*node.expressions[0], build)),
        skip_(node.kind == plan::NodeKind::kSkip) {
    BuildContext below = build;
    if (!skip_) below.wanted_from = &wanted_from_;
    child_ = make_operator(*node.left, below);
  }

  void rewind() override {
    child_->restart();
    amount_->restart();
    ready_ = false;
    of_ = -1;
    wanted_from_ = 0;
  }

 protected:
  Step produce(const Batch*& out) override {
    if (!ready_) most_ = row_limit(*amount_, state_, skip_ ? "SKIP" : "LIMIT"), ready_ = true;
    if (!skip_ && most_ == 0) return Step::kDone;
    for (;;) {
      const Batch* in = nullptr;
      const Step s = child_->next(in);
      if (s != Step::kBatch) return s;
      out_ = *in;
      out_.count = select(*in);
      out_.selection = rows_;
      if (!skip_ && left_ == 0) wanted_from_ = uint32_t(of_) + 1;
      if (out_.count > 0) return out = &out_, s;
    }
  }

 private:
  uint32_t select(const Batch& in) {
    const Vector& numbers = in.column(argument_.row_slot);
    const auto* of = numbers.data<int64_t>();
    uint32_t n = 0;
    for_rows(Rows::of(in), [&](uint32_t row) {
      if (of[numbers.at(row)] != of_) of_ = of[numbers.at(row)], left_ = most_;
      rows_[n] = uint16_t(row);
      n += (left_ > 0) != skip_;
      left_ -= left_ > 0;
    });
    return n;
  }

  const Argument& argument_;
  OperatorPtr child_;
  EvaluatorPtr amount_;
  bool skip_;
  bool ready_ = false;
  uint64_t most_ = 0;
  int64_t of_ = -1;    // the outer row whose rows have come last
  uint64_t left_ = 0;  // of its amount
  uint32_t wanted_from_ = 0;
  Batch out_;
  uint16_t rows_[Vector::kCapacity];
};

}  // namespace

OperatorPtr make_limit(const plan::PhysicalNode& node, BuildContext& build) {
  if (runs_for_many(build)) return std::make_unique<RowSkipLimit>(node, build);
  return std::make_unique<SkipLimit>(node, build);
}

}  // namespace elegraph::query::exec
