// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <utility>
#include <vector>

#include "query/exec/entity_maps.h"
#include "query/exec/expressions/factories.h"
#include "query/exec/expressions/row_wise.h"
#include "query/functions/value_ops.h"

namespace elegraph::query::exec {

namespace {

using plan::BoundKind;

class ListLiteral : public RowWise {
 public:
  using RowWise::RowWise;

 protected:
  Value compute(std::span<const Value> v) override { return Value::list({v.begin(), v.end()}); }
};

class MapLiteral : public RowWise {
 public:
  using RowWise::RowWise;

 protected:
  Value compute(std::span<const Value> v) override {
    std::vector<std::pair<std::string, Value>> entries;
    for (size_t i = 0; i < v.size(); i++) put_entry(entries, bound_.names[i], v[i]);
    return Value::map(std::move(entries));
  }
};

class MapMerge : public RowWise {
 public:
  using RowWise::RowWise;

 protected:
  bool pure() const override { return false; }  // reads entities
  Value compute(std::span<const Value> v) override {
    if (v[0].is_null()) return {};
    auto entries = entries_of(v[0], state_);
    for (size_t i = 1; i < v.size(); i++) put_entry(entries, bound_.names[i - 1], v[i]);
    return Value::map(std::move(entries));
  }
};

class Index : public RowWise {
 public:
  using RowWise::RowWise;

 protected:
  bool pure() const override { return false; }
  Value compute(std::span<const Value> v) override { return index_value(v[0], v[1], state_.functions); }
};

class Slice : public RowWise {
 public:
  using RowWise::RowWise;

 protected:
  Value compute(std::span<const Value> v) override {
    const Value* from = bound_.args.size() > 1 && bound_.args[1] ? &v[1] : nullptr;
    const Value* to = bound_.args.size() > 2 && bound_.args[2] ? &v[2] : nullptr;
    return slice(v[0], from, to);
  }
};

}  // namespace

EvaluatorPtr make_container(const plan::BoundExpression& bound, BuildContext& build) {
  switch (bound.kind) {
    case BoundKind::kIndex: return std::make_unique<Index>(bound, build);
    case BoundKind::kSlice: return std::make_unique<Slice>(bound, build);
    case BoundKind::kList: return std::make_unique<ListLiteral>(bound, build);
    case BoundKind::kMap: return std::make_unique<MapLiteral>(bound, build);
    default: return std::make_unique<MapMerge>(bound, build);
  }
}

}  // namespace elegraph::query::exec
