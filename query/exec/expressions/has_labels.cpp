// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "query/exec/expressions/factories.h"
#include "query/exec/expressions/row_wise.h"

namespace elegraph::query::exec {

namespace {

// n:A:B and r:TYPE as predicates.
class HasLabels : public RowWise {
 public:
  HasLabels(const plan::BoundExpression& bound, BuildContext& build) : RowWise(bound, build), labels_(bound.label_ids) {
    labels_.resize(bound.names.size());
  }

 protected:
  bool pure() const override { return false; }

  bool kernel(std::span<const Vector* const> in, Rows rows) override {
    const Vector& nodes = *in[0];
    if (nodes.type() != Type::kNode) return false;
    bool known = find_labels();
    out_.reset(Type::kBool);
    uint8_t* out = out_.mutable_data<uint8_t>();
    const auto* ids = nodes.data<NodeId>();
    for_rows(rows, [&](uint32_t row) {
      if (nodes.valid(row))
        out[row] = known && has_all(ids[nodes.at(row)]);
      else
        out_.set_null(row);
    });
    return true;
  }

  Value compute(std::span<const Value> v) override {
    switch (v[0].type()) {
      case Type::kNull: return {};
      case Type::kNode: return Value::boolean(find_labels() && has_all(v[0].as_node()));
      case Type::kRelationship: return Value::boolean(has_type(v[0].as_relationship()));
      default:
        throw Error(sqlstate::kInvalidParameterValue,
                    fmt::format("expected a node or a relationship, not {}", type_name(v[0].type())));
    }
  }

 private:
  // Names may be new: made by this very statement.
  bool find_labels() {
    bool all = true;
    for (size_t i = 0; i < labels_.size(); i++) {
      if (labels_[i].valid()) continue;
      auto found = state_.context.graph->catalog().find_label(bound_.names[i]);
      if (found) labels_[i] = *found;
      all = all && found.has_value();
    }
    return all;
  }
  bool has_all(NodeId node) const {
    return std::all_of(labels_.begin(), labels_.end(), [&](LabelId label) { return state_.reader.has_label(node, label); });
  }
  bool has_type(RelId rel) const {
    const auto& catalog = state_.context.graph->catalog();
    std::string_view type = catalog.name(state_.reader.type(rel));
    return std::all_of(bound_.names.begin(), bound_.names.end(), [&](auto& name) { return name == type; });
  }

  std::vector<LabelId> labels_;
};

}  // namespace

EvaluatorPtr make_has_labels(const plan::BoundExpression& bound, BuildContext& build) {
  return std::make_unique<HasLabels>(bound, build);
}

}  // namespace elegraph::query::exec
