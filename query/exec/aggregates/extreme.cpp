// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <vector>

#include "query/exec/aggregates/accumulator.h"
#include "query/functions/value_ops.h"

namespace elegraph::query::exec {

namespace {

// min() and max() by Cypher's total order. One group's batch of integers or strings is reduced before it meets the
// group's value; other cells are compared as such where the group's value is of their type, and become values only when
// they may be better.
class Extreme : public Accumulator {
 public:
  explicit Extreme(bool max) : max_(max) {}

  void resize(uint32_t groups) override { best_.resize(groups); }

  void update(const Vector* arg, const Vector*, Rows rows, const uint32_t* groups) override {
    if (arg->type() == Type::kNull || rows.count == 0) return;
    if (arg->type() == Type::kInt) return integers(*arg, rows, groups);
    if (arg->type() == Type::kString && !groups) return strings(*arg, rows);
    switch (arg->type()) {
      case Type::kFloat: return cells(*arg, rows, groups, [](const Value& v) { return v.as_float(); }, arg->data<double>());
      case Type::kDate:
      case Type::kLocalTime:
        return cells(*arg, rows, groups, [](const Value& v) { return v.as_int(); }, arg->data<int64_t>());
      case Type::kLocalDateTime:
      case Type::kDateTime:
        return cells(*arg, rows, groups, [&](const Value& v) { return instant(v); }, arg->data<int64_t>());
      case Type::kString: return strings_of_groups(*arg, rows, groups);
      default:
        for (uint32_t i = 0; i < rows.count; i++)
          if (arg->valid(rows[i])) take(groups ? groups[i] : 0, arg->value(rows[i]));
    }
  }

  void merge(Accumulator& other, const uint32_t* map, uint32_t count) override {
    auto& o = static_cast<Extreme&>(other);
    for (uint32_t g = 0; g < count; g++)
      if (!o.best_[g].is_null()) take(map[g], o.best_[g]);
  }
  Value finish(uint32_t group) override { return best_[group]; }
  void clear() override { best_.clear(); }
  uint64_t bytes() const override { return best_.size() * sizeof(Value); }

 private:
  void take(uint32_t group, const Value& v) {
    Value& best = best_[group];
    if (best.is_null() || (max_ ? order(v, best) > 0 : order(v, best) < 0)) best = v;
  }

  void integers(const Vector& v, Rows rows, const uint32_t* groups) {
    const auto* x = v.data<int64_t>();
    if (groups && !in_runs(groups, rows.count))
      return cells(v, rows, groups, [](const Value& best) { return best.as_int(); }, x);
    if (groups) return max_ ? integers_in_runs<true>(v, rows, groups) : integers_in_runs<false>(v, rows, groups);
    if (v.constant() || !v.all_valid()) {
      for_rows(rows, [&](uint32_t row) {
        if (v.valid(row)) take(0, Value::integer(x[v.at(row)]));
      });
      return;
    }
    int64_t best = x[rows[0]];
    if (max_)
      for_rows(rows, [&](uint32_t row) { best = std::max(best, x[row]); });
    else
      for_rows(rows, [&](uint32_t row) { best = std::min(best, x[row]); });
    take(0, Value::integer(best));
  }

  // Rows of one group that follow each other meet its value once.
  template <bool kMax>
  void integers_in_runs(const Vector& v, Rows rows, const uint32_t* groups) {
    const auto* x = v.data<int64_t>();
    const bool all = v.all_valid();
    const GroupsAhead ahead(best_, groups, rows.count);
    for (uint32_t i = 0; i < rows.count;) {
      const uint32_t group = groups[i];
      constexpr int64_t kNone = kMax ? INT64_MIN : INT64_MAX;  // nothing is worse
      int64_t best = kNone;
      bool any = false;
      for (; i < rows.count && groups[i] == group; i++) {
        ahead.at(i);
        const uint32_t row = rows[i];
        if (!all && !v.valid(row)) continue;
        const int64_t n = x[v.at(row)];
        best = kMax ? std::max(best, n) : std::min(best, n);
        any = true;
      }
      if (!any) continue;
      Value& known = best_[group];
      if (known.type() != Type::kInt)
        take(group, Value::integer(best));
      else if (kMax ? best > known.as_int() : best < known.as_int())
        known = Value::integer(best);
    }
  }

  // Without microseconds, every cell may be better.
  int64_t instant(const Value& best) const { return best.microseconds().value_or(max_ ? INT64_MIN : INT64_MAX); }

  // NaN is never found to be no better: order() decides.
  template <class T, class Of>
  void cells(const Vector& v, Rows rows, const uint32_t* groups, Of&& of, const T* x) {
    for (uint32_t i = 0; i < rows.count; i++) {
      if (!v.valid(rows[i])) continue;
      const uint32_t group = groups ? groups[i] : 0;
      const Value& best = best_[group];
      const T cell = x[v.at(rows[i])];
      if (best.type() == v.type() && (max_ ? cell <= of(best) : cell >= of(best))) continue;
      take(group, v.value(rows[i]));
    }
  }

  void strings_of_groups(const Vector& v, Rows rows, const uint32_t* groups) {
    for (uint32_t i = 0; i < rows.count; i++) {
      if (!v.valid(rows[i])) continue;
      const Value& best = best_[groups[i]];
      const StringRef& s = v.strings()[v.at(rows[i])];
      if (best.type() == Type::kString && (max_ ? s.view() <= best.as_string() : s.view() >= best.as_string())) continue;
      take(groups[i], Value::string(s.view()));
    }
  }

  void strings(const Vector& v, Rows rows) {
    const StringRef* best = nullptr;
    for_rows(rows, [&](uint32_t row) {
      if (!v.valid(row)) return;
      const StringRef* s = &v.strings()[v.at(row)];
      if (!best || (max_ ? s->view() > best->view() : s->view() < best->view())) best = s;
    });
    if (best) take(0, Value::string(best->view()));
  }

  bool max_;
  std::vector<Value> best_;
};

// Aggregates that the registry keeps a state for: stdev, percentiles.
class States : public Accumulator {
 public:
  explicit States(const AggregateDef& def) : def_(def) {}

  void resize(uint32_t groups) override {
    while (groups_.size() < groups) groups_.push_back(def_.create());
  }
  void update(const Vector* arg, const Vector* arg2, Rows rows, const uint32_t* groups) override {
    constexpr uint32_t kAhead = 8;
    for (uint32_t i = 0; i < rows.count; i++) {
      uint32_t row = rows[i];
      if (groups && i + kAhead < rows.count) __builtin_prefetch(groups_[groups[i + kAhead]].get(), 1);
      if (arg->valid(row)) groups_[groups ? groups[i] : 0]->update(arg->value(row), arg2 ? arg2->value(row) : Value());
    }
    updated_ += rows.count;
  }
  void merge(Accumulator& other, const uint32_t* map, uint32_t count) override {
    auto& o = static_cast<States&>(other);
    for (uint32_t g = 0; g < count; g++) groups_[map[g]]->merge(*o.groups_[g]);
    updated_ += o.updated_;
  }
  Value finish(uint32_t group) override { return groups_[group]->finish(); }
  void clear() override {
    groups_.clear();
    updated_ = 0;
  }
  uint64_t bytes() const override { return groups_.size() * 64 + updated_ * sizeof(Value); }

 private:
  const AggregateDef& def_;
  std::vector<std::unique_ptr<AggregateState>> groups_;
  uint64_t updated_ = 0;  // values that the states may hold
};

}  // namespace

AccumulatorPtr make_extreme_accumulator(const plan::AggregateCall& call) {
  return std::make_unique<Extreme>(call.def->kind == AggregateKind::kMax);
}

AccumulatorPtr make_state_accumulator(const plan::AggregateCall& call) { return std::make_unique<States>(*call.def); }

}  // namespace elegraph::query::exec
