// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "query/exec/expressions/factories.h"
#include "query/exec/expressions/kernels.h"
#include "query/exec/expressions/row_wise.h"
#include "query/functions/value_ops.h"

namespace elegraph::query::exec {

namespace {

// x IN list. A column of integers against one list of integers is a search in a sorted copy; one of strings against a list
// of strings is compared with each, or looked up where they are many.
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
    if (needles.type() != Type::kInt && needles.type() != Type::kString) return false;
    if (!list.constant() || is_null_constant(list) || !prepare(list.data<Value>()[0], needles.type())) return false;
    out_.reset(Type::kBool);
    uint8_t* out = out_.mutable_data<uint8_t>();
    if (needles.type() == Type::kInt)
      find_integers(needles, rows, out);
    else
      find_strings(needles, rows, out);
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

  // Whether all of the list is of the needles' type and ready to be searched.
  bool prepare(const Value& list, Type needles) {
    if (list.type() != Type::kList) return false;
    const auto& items = list.as_list();
    if (prepared_.type() == Type::kList && &prepared_.as_list() == &items) return prepared_type_ == needles;
    prepared_ = list;
    prepared_type_ = items.empty() ? Type::kNull : items[0].type();
    for (const Value& v : items)
      if (v.type() != prepared_type_) prepared_type_ = Type::kNull;
    if (prepared_type_ == Type::kInt)
      sort_integers(items);
    else if (prepared_type_ == Type::kString)
      keep_strings(items);
    return prepared_type_ == needles;
  }

  void sort_integers(const std::vector<Value>& items) {
    sorted_.clear();
    for (const Value& v : items) sorted_.push_back(v.as_int());
    std::sort(sorted_.begin(), sorted_.end());
  }

  void keep_strings(const std::vector<Value>& items) {
    few_strings_.clear(), many_strings_.clear();
    for (const Value& v : items)
      if (items.size() < kWorthHashing)
        few_strings_.push_back({v.as_string().data(), uint32_t(v.as_string().size())});
      else
        many_strings_.insert(v.as_string());
  }

  void find_integers(const Vector& needles, Rows rows, uint8_t* out) const {
    const auto* x = needles.data<int64_t>();
    for_rows(rows,
             [&](uint32_t row) { out[row] = std::binary_search(sorted_.begin(), sorted_.end(), x[needles.at(row)]); });
  }

  // Cells of nulls hold anything, so no pointer of theirs is followed.
  void find_strings(const Vector& needles, Rows rows, uint8_t* out) const {
    const StringRef* x = needles.strings();
    for_rows(rows, [&](uint32_t row) {
      if (!needles.valid(row)) return;
      const StringRef& s = x[needles.at(row)];
      out[row] = many_strings_.empty() ? std::find(few_strings_.begin(), few_strings_.end(), s) != few_strings_.end()
                                       : many_strings_.contains(s.view());
    });
  }

  Value seen_;  // the list of the last row
  bool hashed_ = false, simple_ = false;
  std::unordered_set<Value, Hash, Same> set_;

  Value prepared_;  // the list that these were made from, and that owns the strings
  Type prepared_type_ = Type::kNull;
  std::vector<int64_t> sorted_;
  std::vector<StringRef> few_strings_;
  std::unordered_set<std::string_view> many_strings_;
};

}  // namespace

EvaluatorPtr make_membership(const plan::BoundExpression& bound, BuildContext& build) {
  return std::make_unique<Membership>(bound, build);
}

}  // namespace elegraph::query::exec
