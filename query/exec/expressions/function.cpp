// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string_view>
#include <vector>

#include "query/exec/columns.h"
#include "query/exec/expressions/factories.h"
#include "query/exec/expressions/row_wise.h"
#include "query/functions/value_ops.h"

namespace elegraph::query::exec {

namespace {

class FunctionCall : public RowWise {
 public:
  using RowWise::RowWise;

 protected:
  const FunctionDef& def() const { return *bound_.function; }

  bool pure() const override { return def().deterministic; }

  bool kernel(std::span<const Vector* const> in, Rows rows) override {
    return def().vector && def().vector(in, rows.rows, rows.count, out_);
  }

  Value compute(std::span<const Value> v) override {
    if (def().null_on_null && std::any_of(v.begin(), v.end(), [](const Value& a) { return a.is_null(); })) return {};
    return def().call(v, state_.functions);
  }
};

// labels() of a column of nodes: a list is made once for each set of labels.
class Labels : public FunctionCall {
 public:
  using FunctionCall::FunctionCall;
  void restart() override {
    FunctionCall::restart();
    by_set_.clear();
  }

 protected:
  bool kernel(std::span<const Vector* const> in, Rows rows) override {
    const Vector& nodes = *in[0];
    if (nodes.type() != Type::kNode || state_.deleted) return false;
    ColumnWriter writer(out_);
    for_rows(rows,
             [&](uint32_t row) { writer.put(row, nodes.valid(row) ? of(nodes.data<NodeId>()[nodes.at(row)]) : Value()); });
    writer.finish();
    return true;
  }

 private:
  Value of(NodeId node) {
    const LabelSetId id = state_.reader.label_set(node);
    if (!id.valid()) return call(node);
    const uint32_t set = id.value;
    if (set >= by_set_.size()) by_set_.resize(set + 1);
    if (by_set_[set].is_null()) by_set_[set] = call(node);
    return by_set_[set];
  }
  Value call(NodeId node) {
    const Value value = Value::node(node);
    return compute({&value, 1});
  }

  std::vector<Value> by_set_;
};

// type() of a column of relationships: the catalog's own strings.
class TypeName : public FunctionCall {
 public:
  using FunctionCall::FunctionCall;

 protected:
  bool kernel(std::span<const Vector* const> in, Rows rows) override {
    const Vector& rels = *in[0];
    if (rels.type() != Type::kRelationship) return false;
    out_.reset(Type::kString);
    auto* out = out_.mutable_data<StringRef>();
    for_rows(rows, [&](uint32_t row) {
      if (rels.valid(row))
        out[row] = of(rels.data<RelId>()[rels.at(row)]);
      else
        out_.set_null(row);
    });
    return true;
  }

 private:
  StringRef of(RelId rel) {
    const RelTypeId type = state_.reader.type(rel);
    if (type.value >= names_.size()) names_.resize(type.value + 1);
    StringRef& name = names_[type.value];
    if (name.size == 0) {
      const std::string_view text = state_.context.graph->catalog().name(type);
      name = {text.data(), uint32_t(text.size())};
    }
    return name;
  }

  std::vector<StringRef> names_;
};

class Cast : public RowWise {
 public:
  using RowWise::RowWise;

 protected:
  Value compute(std::span<const Value> v) override { return cast(v[0], bound_.name, state_.functions); }
};

}  // namespace

EvaluatorPtr make_function(const plan::BoundExpression& bound, BuildContext& build) {
  if (bound.kind == plan::BoundKind::kCast) return std::make_unique<Cast>(bound, build);
  if (bound.name == "coalesce") return make_coalesce(bound, build);
  if (bound.name == "labels") return std::make_unique<Labels>(bound, build);
  if (bound.name == "type") return std::make_unique<TypeName>(bound, build);
  return std::make_unique<FunctionCall>(bound, build);
}

}  // namespace elegraph::query::exec
