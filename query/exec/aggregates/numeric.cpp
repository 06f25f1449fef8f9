// SPDX-License-Identifier: Apache-2.0
#include <vector>

#include "query/exec/aggregates/accumulator.h"
#include "query/exec/weights.h"
#include "query/functions/value_ops.h"
#include "storage/error.h"

namespace elegraph::query::exec {

namespace {

// sum() and avg(). Integers are summed exactly in 128 bits; floats apart, so that a group of integers gives an
// integer. Durations go to the registry's own state.
class Numeric : public Accumulator {
 public:
  explicit Numeric(const AggregateDef& def) : def_(def) {}

  void resize(uint32_t groups) override { groups_.resize(groups); }

  void update(const Vector* arg, const Vector*, Rows rows, const uint32_t* groups) override {
    switch (arg->type()) {
      case Type::kNull: return;
      case Type::kInt: return arg->constant() ? values(*arg, rows, groups) : integers(*arg, rows, groups);
      case Type::kFloat: return arg->constant() ? values(*arg, rows, groups) : floats(*arg, rows, groups);
      default: return values(*arg, rows, groups);
    }
  }

  void update_weighted(const Vector* arg, Rows rows, const uint32_t* groups, const uint64_t* weights) override {
    if (arg->type() == Type::kNull) return;
    each_valid(*arg, rows, groups, [&](Group& g, uint32_t row) { add(g, arg->value(row), weights[row]); });
  }

  void merge(Accumulator& other, const uint32_t* map, uint32_t count) override {
    auto& o = static_cast<Numeric&>(other);
    for (uint32_t g = 0; g < count; g++) {
      Group &to = groups_[map[g]], &from = o.groups_[g];
      to.integers += from.integers;
      to.integer_sum += from.integer_sum;
      to.floats += from.floats;
      to.float_sum += from.float_sum;
      if (!from.other) continue;
      if (to.other)
        to.other->merge(*from.other);
      else
        to.other = std::move(from.other);
    }
  }

  Value finish(uint32_t group) override {
    Group& g = groups_[group];
    int64_t count = g.integers + g.floats;
    if (g.other) {
      if (count) throw Error(sqlstate::kInvalidParameterValue, "cannot sum numbers and durations together");
      return g.other->finish();
    }
    if (def_.kind == AggregateKind::kAvg)
      return count ? Value::floating((double(g.integer_sum) + g.float_sum) / double(count)) : Value();
    if (g.floats) return Value::floating(double(g.integer_sum) + g.float_sum);
    if (g.integer_sum > INT64_MAX || g.integer_sum < INT64_MIN)
      throw Error(sqlstate::kNumericOutOfRange, "integer out of range");
    return Value::integer(int64_t(g.integer_sum));
  }

  void clear() override { groups_.clear(); }

  uint64_t bytes() const override { return groups_.size() * sizeof(Group); }

 private:
  __extension__ using Wide = __int128;
  struct Group {
    Wide integer_sum = 0;
    double float_sum = 0;
    int64_t integers = 0, floats = 0;
    std::unique_ptr<AggregateState> other;
  };

  void integers(const Vector& v, Rows rows, const uint32_t* groups) {
    const auto* x = v.data<int64_t>();
    if (groups && in_runs(groups, rows.count))
      return sum_in_runs<int64_t>(v, rows, groups, &Group::integer_sum, &Group::integers);
    if (groups || !v.all_valid())
      return each_valid(v, rows, groups, [&](Group& g, uint32_t row) {
        g.integer_sum += x[row];
        g.integers++;
      });
    Wide sum = 0;
    for_rows(rows, [&](uint32_t row) { sum += x[row]; });
    groups_[0].integer_sum += sum;
    groups_[0].integers += rows.count;
  }
  // Added one by one in the rows' order, so that a sum does not depend on how batches are cut.
  void floats(const Vector& v, Rows rows, const uint32_t* groups) {
    const auto* x = v.data<double>();
    if (groups && in_runs(groups, rows.count))
      return sum_in_runs<double>(v, rows, groups, &Group::float_sum, &Group::floats);
    if (groups || !v.all_valid())
      return each_valid(v, rows, groups, [&](Group& g, uint32_t row) {
        g.float_sum += x[row];
        g.floats++;
      });
    double sum = groups_[0].float_sum;
    for_rows(rows, [&](uint32_t row) { sum += x[row]; });
    groups_[0].float_sum = sum;
    groups_[0].floats += rows.count;
  }
  // Rows of one group that follow each other meet its sum once.
  template <class T, class Sum>
  void sum_in_runs(const Vector& v, Rows rows, const uint32_t* groups, Sum Group::* sum_of, int64_t Group::* count_of) {
    const T* x = v.data<T>();
    const bool all = v.all_valid();
    const GroupsAhead ahead(groups_, groups, rows.count);
    for (uint32_t i = 0; i < rows.count;) {
      const uint32_t group = groups[i];
      Sum sum = groups_[group].*sum_of;
      int64_t count = 0;
      for (; i < rows.count && groups[i] == group; i++) {
        ahead.at(i);
        const uint32_t row = rows[i];
        if (!all && !v.valid(row)) continue;
        sum += x[row];
        count++;
      }
      groups_[group].*sum_of = sum;
      groups_[group].*count_of += count;
    }
  }
  template <class F>
  void each_valid(const Vector& v, Rows rows, const uint32_t* groups, F&& f) {
    const GroupsAhead ahead(groups_, groups, rows.count);
    for (uint32_t i = 0; i < rows.count; i++) {
      ahead.at(i);
      if (v.valid(rows[i])) f(groups_[groups ? groups[i] : 0], rows[i]);
    }
  }
  void values(const Vector& v, Rows rows, const uint32_t* groups) {
    each_valid(v, rows, groups, [&](Group& g, uint32_t row) { add(g, v.value(row), 1); });
  }
  void add(Group& g, const Value& value, uint64_t times) {
    if (value.type() == Type::kInt) {
      g.integer_sum += Wide(value.as_int()) * Wide(times);
      g.integers = int64_t(plus(uint64_t(g.integers), times));
    } else if (value.type() == Type::kFloat) {
      g.float_sum += value.as_float() * double(times);
      g.floats = int64_t(plus(uint64_t(g.floats), times));
    } else {
      if (!g.other) g.other = def_.create();
      times == 1 ? g.other->update(value, Value()) : add_often(*g.other, value, times);
    }
  }
  // In as many steps as the number has bits.
  void add_often(AggregateState& to, const Value& value, uint64_t times) {
    auto some = def_.create();
    some->update(value, Value());
    for (;;) {
      if (times & 1) to.merge(*some);
      if ((times >>= 1) == 0) return;
      auto twice = def_.create();
      twice->merge(*some), twice->merge(*some);
      some = std::move(twice);
    }
  }

  const AggregateDef& def_;
  std::vector<Group> groups_;
};

}  // namespace

AccumulatorPtr make_numeric_accumulator(const plan::AggregateCall& call) { return std::make_unique<Numeric>(*call.def); }

}  // namespace elegraph::query::exec
