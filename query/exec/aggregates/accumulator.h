// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "query/exec/rows.h"
#include "query/exec/state.h"
#include "query/plan/physical.h"

namespace elegraph::query::exec {

// The states of one aggregate call over all groups of a query, group by number. Takes whole columns.
// Thread-safety: one thread; workers have accumulators of their own that are merged at the end.
class Accumulator {
 public:
  virtual ~Accumulator() = default;
  // States for groups 0 .. groups-1; new ones are empty.
  virtual void resize(uint32_t groups) = 0;
  // Row rows[i] goes to group groups[i], all to group 0 where `groups` is null. `arg` is null for count(*).
  virtual void update(const Vector* arg, const Vector* arg2, Rows rows, const uint32_t* groups) = 0;
  // As update(), where the row at i of the vectors stands for weights[i] rows. Only aggregates that weighable() tells of.
  virtual void update_weighted(const Vector* arg, Rows rows, const uint32_t* groups, const uint64_t* /*weights*/) {
    update(arg, nullptr, rows, groups);
  }
  // Group g of `other` is group map[g] here. `other` is of the same class, and is used up.
  virtual void merge(Accumulator& other, const uint32_t* map, uint32_t count) = 0;
  virtual Value finish(uint32_t group) = 0;
  // finish() of groups first .. first+count-1 as a column.
  virtual void results(uint32_t first, uint32_t count, Vector& out);
  // Back to no groups; the memory is kept for more of them.
  virtual void clear() = 0;
  virtual uint64_t bytes() const = 0;
};
using AccumulatorPtr = std::unique_ptr<Accumulator>;

// The states of many groups lie beyond the nearer caches: they are asked for some rows before their turn.
template <class State>
class GroupsAhead {
 public:
  GroupsAhead(const std::vector<State>& states, const uint32_t* groups, uint32_t rows)
      : states_(states.data()),
        groups_(groups),
        end_(groups && states.size() > kCached && rows > kAhead ? rows - kAhead : 0) {}
  // Before row i.
  void at(uint32_t i) const {
    if (i < end_) __builtin_prefetch(&states_[groups_[i + kAhead]], 1);
  }

 private:
  static constexpr size_t kCached = 2048;
  static constexpr uint32_t kAhead = 16;

  const State* states_;
  const uint32_t* groups_;
  uint32_t end_;
};

// Whether rows of one group mostly follow each other, so that it pays to meet the group's state once for all of them. Where
// they do not, nobody foresees where a run ends.
inline bool in_runs(const uint32_t* groups, uint32_t rows) {
  constexpr uint32_t kWorthwhile = 4;
  uint32_t ends = 0;
  for (uint32_t i = 1; i < rows; i++) ends += groups[i] != groups[i - 1];
  return ends * kWorthwhile <= rows;
}

// Whether the result does not depend on the order of the rows, but for the rounding of floats.
bool in_any_order(const plan::AggregateCall& call);
// Whether equal rows may be told as one with a weight.
bool weighable(const plan::AggregateCall& call);
AccumulatorPtr make_accumulator(const plan::AggregateCall& call, State& state);
// One for each family; make_accumulator() chooses, and puts the DISTINCT one before another where asked for.
AccumulatorPtr make_numeric_accumulator(const plan::AggregateCall& call);
AccumulatorPtr make_extreme_accumulator(const plan::AggregateCall& call);
AccumulatorPtr make_collect_accumulator(uint32_t first);
AccumulatorPtr make_state_accumulator(const plan::AggregateCall& call);
AccumulatorPtr make_distinct_accumulator(AccumulatorPtr inner);

}  // namespace elegraph::query::exec
