// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <unordered_set>
#include <vector>

#include "query/exec/expressions/factories.h"
#include "query/exec/expressions/kernels.h"
#include "query/exec/expressions/row_wise.h"
#include "query/functions/value_ops.h"

namespace elegraph::query::exec {

namespace {

// x IN list. A column of integers against one list of integers is a search in a sorted copy.
class Membership : public RowWise {
 public:
  using RowWise::RowWise;

  void restart() override {
    RowWise::restart();
    prepared_ = seen_ = Value();
  }

 protected:
  Value compute(std::span<const Value> v) override {
    if (v[1].type() != Type::kList || v[1].as_list().size() < kWorthHashing || v[0].is_null()) return in_list(v[0], v[1]);
    if (!hash_list(v[1])) return in_list(v[0], v[1]);
    return Value::boolean(set_.contains(v[0]));
  }

  bool kernel(std::span<const Vector* const> in, Rows rows) override {
    const Vector &needles = *in[0], &list = *in[1];
    if (needles.type() != Type::kInt || !list.constant() || is_null_constant(list)) return false;
    if (!prepare(list.data<Value>()[0])) return false;
    out_.reset(Type::kBool);
    uint8_t* out = out_.mutable_data<uint8_t>();
    const auto* x = needles.data<int64_t>();
    for_rows(rows,
             [&](uint32_t row) { out[row] = std::binary_search(sorted_.begin(), sorted_.end(), x[needles.at(row)]); });
    intersect_nulls(out_, needles, list, rows);
    return true;
  }

 private:
  static constexpr size_t kWorthHashing = 8;
  struct Hash {
    size_t operator()(const Value& v) const { return query::hash(v); }
  };
  struct Same {
    bool operator()(const Value& a, const Value& b) const { return equivalent(a, b); }
  };

  // Whether set_ holds the list. It is made when the same list comes a second time, of values for which = and
  // equivalence agree.
  bool hash_list(const Value& list) {
    const auto& items = list.as_list();
    if (seen_.type() != Type::kList || &seen_.as_list() != &items) {
      seen_ = list;
      hashed_ = simple_ = false;
      return false;
    }
    if (hashed_) return simple_;
    hashed_ = true;
    simple_ = std::all_of(items.begin(), items.end(), [](const Value& v) {
      return v.type() == Type::kInt || v.type() == Type::kString || v.type() == Type::kNode ||
             v.type() == Type::kRelationship || v.type() == Type::kDate;
    });
    set_.clear();
    if (simple_) set_.insert(items.begin(), items.end());
    return simple_;
  }

  bool prepare(const Value& list) {
    if (list.type() != Type::kList) return false;
    const auto& items = list.as_list();
    if (prepared_.type() == Type::kList && &prepared_.as_list() == &items) return integers_;
    prepared_ = list;
    sorted_.clear();
    integers_ =
        !items.empty() && std::all_of(items.begin(), items.end(), [](const Value& v) { return v.type() == Type::kInt; });
    if (!integers_) return false;
    for (const Value& v : items) sorted_.push_back(v.as_int());
    std::sort(sorted_.begin(), sorted_.end());
    return true;
  }

  Value seen_;  // the list of the last row
  bool hashed_ = false, simple_ = false;
  std::unordered_set<Value, Hash, Same> set_;

  Value prepared_;  // the list that sorted_ was made from
  bool integers_ = false;
  std::vector<int64_t> sorted_;
};

}  // namespace

EvaluatorPtr make_membership(const plan::BoundExpression& bound, BuildContext& build) {
  return std::make_unique<Membership>(bound, build);
}

}  // namespace elegraph::query::exec
