// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "query/exec/adjacency.h"
#include "query/exec/expressions/factories.h"
#include "query/exec/expressions/row_wise.h"

namespace elegraph::query::exec {

namespace {

// n:A:B and r:TYPE as predicates.
class HasLabels : public RowWise {
 public:
  HasLabels(const plan::BoundExpression& bound, BuildContext& build)
      : RowWise(bound, build), labels_(state_, bound.names) {}

  void restart() override {
    RowWise::restart();
    labels_.restart();
  }

  uint32_t select(const Batch& batch, Rows rows, uint16_t* out) override {
    if (rows.count == 0) return 0;
    const Vector& nodes = *operands(batch, rows)[0];
    if (nodes.type() != Type::kNode || nodes.constant() || !nodes.all_valid()) return select_true(combine(rows), rows, out);
    const auto* ids = nodes.data<NodeId>();
    const uint32_t kept = labels_.select(ids, rows, out);
    if (kept == rows.count && out != rows.rows) write_all(rows, out);
    return kept;
  }

 protected:
  bool pure() const override { return false; }

  bool kernel(std::span<const Vector* const> in, Rows rows) override {
    const Vector& nodes = *in[0];
    if (nodes.type() != Type::kNode) return false;
    out_.reset(Type::kBool);
    uint8_t* out = out_.mutable_data<uint8_t>();
    const auto* ids = nodes.data<NodeId>();
    for_rows(rows, [&](uint32_t row) {
      if (nodes.valid(row))
        out[row] = labels_.matches(ids[nodes.at(row)]);
      else
        out_.set_null(row);
    });
    return true;
  }

  Value compute(std::span<const Value> v) override {
    switch (v[0].type()) {
      case Type::kNull: return {};
      case Type::kNode: return Value::boolean(labels_.matches(v[0].as_node()));
      case Type::kRelationship: return Value::boolean(has_type(v[0].as_relationship()));
      default:
        throw Error(sqlstate::kInvalidParameterValue,
                    fmt::format("expected a node or a relationship, not {}", type_name(v[0].type())));
    }
  }

 private:
  static void write_all(Rows rows, uint16_t* out) {
    if (rows.rows)
      std::copy_n(rows.rows, rows.count, out);
    else
      std::iota(out, out + rows.count, uint16_t{0});
  }
  bool has_type(RelId rel) const {
    const auto& catalog = state_.context.graph->catalog();
    std::string_view type = catalog.name(state_.reader.type(rel));
    return std::all_of(bound_.names.begin(), bound_.names.end(), [&](auto& name) { return name == type; });
  }

  LabelFilter labels_;
};

}  // namespace

EvaluatorPtr make_has_labels(const plan::BoundExpression& bound, BuildContext& build) {
  return std::make_unique<HasLabels>(bound, build);
}

}  // namespace elegraph::query::exec
