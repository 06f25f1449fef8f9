// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>
#include <vector>

#include "query/exec/columns.h"
#include "query/exec/expressions/factories.h"
#include "query/exec/expressions/row_wise.h"
#include "query/exec/walk_log.h"

namespace elegraph::query::exec {

namespace {

// A path from the slots of a pattern: nodes at even places, relationships or lists of them at odd ones.
class PathBuilder : public Evaluator {
 public:
  PathBuilder(const plan::BoundExpression& bound, BuildContext& build) : Evaluator(bound), state_(build.state) {}

  const Vector& evaluate(const Batch& batch, Rows rows) override {
    ColumnWriter writer(out_);
    for_rows(rows, [&](uint32_t row) { writer.put(row, build(batch, row)); });
    writer.finish();
    return out_;
  }

 private:
  Value build(const Batch& batch, uint32_t row) {
    nodes_.clear(), rels_.clear();
    for (size_t i = 0; i < bound_.path_slots.size(); i++) {
      Value v = batch.column(bound_.path_slots[i]).value(row);
      if (v.is_null()) return {};
      if (i % 2 == 1)
        add_relationships(v);
      else if (i == 0)
        nodes_.push_back(v.as_node());
    }
    return Value::path(nodes_, rels_);
  }
  void add_relationships(const Value& v) {
    if (v.type() == Type::kRelationship) return step(v.as_relationship());
    for (const Value& r : v.as_list()) step(r.as_relationship());
  }
  // Each relationship leads from the last node to its other end.
  void step(RelId rel) {
    NodeId source = state_.reader.source(rel), target = state_.reader.target(rel);
    rels_.push_back(rel);
    nodes_.push_back(nodes_.back() == source ? target : source);
  }

  State& state_;
  std::vector<NodeId> nodes_;
  std::vector<RelId> rels_;
  Vector out_;
};

// The list of a walk's relationships, from the log of the operator that gave its number.
class WalkList : public Evaluator {
 public:
  WalkList(const plan::BoundExpression& bound, BuildContext& build)
      : Evaluator(bound), number_(bound.args[0]->slot), log_(*build.state.walks.at(number_)) {}

  const Vector& evaluate(const Batch& batch, Rows rows) override {
    ColumnWriter writer(out_);
    const Vector& numbers = batch.column(number_);
    for_rows(rows, [&](uint32_t row) { writer.put(row, list(numbers.value(row).as_int())); });
    writer.finish();
    return out_;
  }

 private:
  Value list(int64_t number) {
    log_.read(number, walk_);
    std::vector<Value> out;
    out.reserve(walk_.size());
    for (RelId rel : walk_) out.push_back(Value::relationship(rel));
    return Value::list(std::move(out));
  }

  plan::Slot number_;
  const WalkLog& log_;
  std::vector<RelId> walk_;
  Vector out_;
};

class RelationshipsDistinct : public RowWise {
 public:
  using RowWise::RowWise;

 protected:
  Value compute(std::span<const Value> v) override {
    std::vector<RelId> all;
    for (const Value& a : v) {
      if (a.is_null()) continue;
      if (a.type() == Type::kRelationship)
        all.push_back(a.as_relationship());
      else
        for (const Value& r : a.as_list())
          if (!r.is_null()) all.push_back(r.as_relationship());
    }
    std::sort(all.begin(), all.end());
    return Value::boolean(std::adjacent_find(all.begin(), all.end()) == all.end());
  }
};

}  // namespace

EvaluatorPtr make_path(const plan::BoundExpression& bound, BuildContext& build) {
  if (bound.kind == plan::BoundKind::kPath) return std::make_unique<PathBuilder>(bound, build);
  if (bound.kind == plan::BoundKind::kWalk) return std::make_unique<WalkList>(bound, build);
  return std::make_unique<RelationshipsDistinct>(bound, build);
}

}  // namespace elegraph::query::exec
