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

  void restart() override {
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

}  // namespace

OperatorPtr make_limit(const plan::PhysicalNode& node, BuildContext& build) {
  return std::make_unique<SkipLimit>(node, build);
}

}  // namespace elegraph::query::exec
