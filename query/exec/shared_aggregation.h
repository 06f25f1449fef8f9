// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "query/exec/aggregates/accumulator.h"
#include "query/exec/evaluator.h"
#include "query/exec/execution.h"
#include "query/exec/thresholds.h"
#include "query/plan/sharing.h"

namespace elegraph::query::exec {

// Aggregates without groups over a filter, for many sets of parameters in one pass over the filter's input: the sharing of
// a scan among queries with different constants (Unterbrunner et al., PVLDB 2009; Giannikis et al., PVLDB 2012).
//
// A batch is read and narrowed by the conditions that all sets have in common once. A column of integers, dates
// or floats is then compared with the sorted constants of all sets while it is in cache: counts come from the differences,
// other aggregates from one accumulation by the rank of each cell. What has no such kernel (other types, mixed
// columns, aggregates that depend on the order of rows) runs each set's own conditions over the batch.
//
// Thread-safety: one thread. Workers have parts of their own that are merged.
class SharedAggregation {
 public:
  // REQUIRES: plan::sharing_of() names this aggregate.
  SharedAggregation(const plan::PhysicalNode& aggregate, BuildContext& build);
  ~SharedAggregation();

  void restart(const ParameterSets& sets);
  Step run();   // kDone: all input is in; kYield: call again
  Step step();  // one batch of it
  void merge(SharedAggregation& other);
  void finish();  // after the last merge
  Value result(uint32_t set, uint32_t aggregate);

 private:
  // The ranges of all sets over columns of one type.
  template <class T>
  struct Lane {
    bool ready = false;
    Thresholds<T> thresholds;
    std::vector<uint32_t> others;         // sets whose constants are of other types
    std::vector<uint64_t> counts;         // by end: cells at or above it
    std::vector<AccumulatorPtr> by_rank;  // an accumulator for each aggregate, groups are ranks
    alignas(64) T cells[kChunkRows];
  };
  // One set's conditions, for what has no kernel.
  struct Filter;

  void take(const Batch& in);
  template <class T>
  void take_lane(Lane<T>& lane, Type type, const Batch& in, Rows rows, const Vector& column);
  template <class T>
  void prepare(Lane<T>& lane, Type type);
  template <class T>
  std::optional<Range<T>> range_of(std::span<const Value> set, Type type) const;
  template <class T>
  void finish_lane(Lane<T>& lane);
  template <class T>
  static void merge_lane(Lane<T>& to, Lane<T>& from);
  void take_each(const Batch& in, Rows rows, std::span<const uint32_t> sets);
  void evaluate_arguments(const Batch& in, Rows rows);
  bool arguments_have_ranks() const;
  Rows valid_rows(const Vector& column, Rows rows);
  void account();

  const plan::PhysicalNode& node_;
  State& state_;
  OperatorPtr child_;
  std::vector<const plan::BoundExpression*> conditions_;  // those that read free parameters
  std::vector<plan::ColumnComparison> comparisons_;       // the same
  std::vector<EvaluatorPtr> common_;                      // the others
  EvaluatorPtr column_;
  std::vector<EvaluatorPtr> args_;
  bool only_counts_;
  bool any_order_;  // all aggregates give the same in any order of rows
  MemoryAccount memory_;

  const ParameterSets* sets_ = nullptr;
  std::vector<uint32_t> all_sets_;
  std::vector<uint64_t> counts_;        // by set, where there are only counts
  std::vector<AccumulatorPtr> by_set_;  // by aggregate otherwise; one more group takes what is in no set
  std::vector<std::unique_ptr<Filter>> filters_;
  std::unique_ptr<Lane<int64_t>> integers_, dates_;
  std::unique_ptr<Lane<double>> floats_;
  std::vector<const Vector*> arguments_;
  std::vector<uint32_t> groups_;
  uint16_t kept_[Vector::kCapacity], valid_[Vector::kCapacity], chosen_[Vector::kCapacity];
};

}  // namespace elegraph::query::exec
