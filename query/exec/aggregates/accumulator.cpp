// SPDX-License-Identifier: Apache-2.0
#include "query/exec/aggregates/accumulator.h"

#include <algorithm>
#include <vector>

#include "query/exec/columns.h"
#include "query/exec/weights.h"

namespace elegraph::query::exec {

namespace {

class Count : public Accumulator {
 public:
  void resize(uint32_t groups) override { counts_.resize(groups); }

  void update(const Vector* arg, const Vector*, Rows rows, const uint32_t* groups) override {
    bool all = !arg || (arg->type() != Type::kNull && arg->all_valid());
    if (!all && arg->type() == Type::kNull) return;
    if (!groups) {
      counts_[0] += all ? rows.count : valid_rows(*arg, rows);
    } else if (all && counts_.size() <= kFewGroups && rows.count >= kManyRows) {
      count_few(groups, rows.count);
    } else if (all) {
      const GroupsAhead ahead(counts_, groups, rows.count);
      for (uint32_t i = 0; i < rows.count; i++) {
        ahead.at(i);
        counts_[groups[i]]++;
      }
    } else {
      for (uint32_t i = 0; i < rows.count; i++) counts_[groups[i]] += arg->valid(rows[i]);
    }
  }

  void update_weighted(const Vector* arg, Rows rows, const uint32_t* groups, const uint64_t* weights) override {
    for (uint32_t i = 0; i < rows.count; i++)
      if (!arg || arg->valid(rows[i])) add(counts_[groups ? groups[i] : 0], weights[rows[i]]);
  }

  void merge(Accumulator& other, const uint32_t* map, uint32_t count) override {
    auto& o = static_cast<Count&>(other);
    for (uint32_t g = 0; g < count; g++) add(counts_[map[g]], uint64_t(o.counts_[g]));
  }
  Value finish(uint32_t group) override { return Value::integer(counts_[group]); }
  void results(uint32_t first, uint32_t count, Vector& out) override {
    out.reset(Type::kInt);
    std::copy_n(counts_.data() + first, count, out.mutable_data<int64_t>());
  }
  void clear() override { counts_.clear(); }
  uint64_t bytes() const override { return counts_.size() * sizeof(int64_t); }

 private:
  static void add(int64_t& count, uint64_t weight) { count = int64_t(plus(uint64_t(count), weight)); }
  static uint32_t valid_rows(const Vector& v, Rows rows) {
    uint32_t n = 0;
    for_rows(rows, [&](uint32_t row) { n += v.valid(row); });
    return n;
  }

  static constexpr uint32_t kFewGroups = 256, kManyRows = 1024;
  // Four tables in turn, so that a group that comes again soon does not wait for its counter.
  void count_few(const uint32_t* groups, uint32_t rows) {
    constexpr uint32_t kTables = 4;
    uint16_t tables[kTables][kFewGroups] = {};
    static_assert(Vector::kCapacity < 65536);
    uint32_t i = 0;
    for (; i + kTables <= rows; i += kTables)
      for (uint32_t t = 0; t < kTables; t++) tables[t][groups[i + t]]++;
    for (; i < rows; i++) tables[0][groups[i]]++;
    for (size_t g = 0; g < counts_.size(); g++) counts_[g] += tables[0][g] + tables[1][g] + tables[2][g] + tables[3][g];
  }

  std::vector<int64_t> counts_;
};

}  // namespace

void Accumulator::results(uint32_t first, uint32_t count, Vector& out) {
  ColumnWriter writer(out);
  for (uint32_t i = 0; i < count; i++) writer.put(i, finish(first + i));
  writer.finish();
}

bool in_any_order(const plan::AggregateCall& c) {
  switch (c.def->kind) {
    case AggregateKind::kCountStar:
    case AggregateKind::kCount:
    case AggregateKind::kSum:
    case AggregateKind::kAvg:
    case AggregateKind::kMin:
    case AggregateKind::kMax: return true;
    default: return false;
  }
}

bool weighable(const plan::AggregateCall& call) { return in_any_order(call) || (call.distinct && call.arg && !call.arg2); }

AccumulatorPtr make_accumulator(const plan::AggregateCall& call, State&) {
  AccumulatorPtr inner;
  switch (call.def->kind) {
    case AggregateKind::kCountStar:
    case AggregateKind::kCount: inner = std::make_unique<Count>(); break;
    case AggregateKind::kSum:
    case AggregateKind::kAvg: inner = make_numeric_accumulator(call); break;
    case AggregateKind::kMin:
    case AggregateKind::kMax: inner = make_extreme_accumulator(call); break;
    case AggregateKind::kCollect: inner = make_collect_accumulator(call.first); break;
    default: inner = make_state_accumulator(call);
  }
  if (call.distinct && call.arg) return make_distinct_accumulator(std::move(inner));
  return inner;
}

}  // namespace elegraph::query::exec
