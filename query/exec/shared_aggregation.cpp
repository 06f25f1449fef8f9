// SPDX-License-Identifier: Apache-2.0
#include "query/exec/shared_aggregation.h"

#include <algorithm>
#include <numeric>

namespace elegraph::query::exec {

namespace {

template <class T>
T cell_of(const Value& v) {
  if constexpr (std::is_integral_v<T>)
    return v.as_int();
  else
    return v.as_float();
}

// A comparison with one of the parameters that differ.
bool is_free(const plan::BoundExpression& e, std::span<const uint32_t> free, plan::ColumnComparison& out) {
  return plan::as_column_comparison(e, out) && std::binary_search(free.begin(), free.end(), out.parameter);
}

}  // namespace

struct SharedAggregation::Filter {
  Filter(State& state, std::span<const Value> parameters, const std::vector<const plan::BoundExpression*>& conditions)
      : context(state.context), own(context, state.plan) {
    context.parameters = parameters;
    BuildContext build{own, nullptr, {}};
    for (const plan::BoundExpression* e : conditions) predicates.push_back(make_evaluator(*e, build));
    restart_all(predicates);
  }
  uint32_t select(const Batch& in, Rows rows, uint16_t* out) {
    for (EvaluatorPtr& p : predicates) {
      rows = {out, p->select(in, rows, out)};
      if (rows.count == 0) break;
    }
    return rows.count;
  }

  ExecutionContext context;
  State own;
  std::vector<EvaluatorPtr> predicates;
};

SharedAggregation::SharedAggregation(const plan::PhysicalNode& aggregate, BuildContext& build)
    : node_(aggregate), state_(build.state), child_(make_operator(*aggregate.left->left, build)), memory_(build.state) {
  const plan::Sharing sharing = plan::sharing_of(state_.plan);
  plan::ColumnComparison c;
  for (const plan::BoundPtr& e : aggregate.left->expressions) {
    if (is_free(*e, sharing.free, c)) {
      conditions_.push_back(e.get());
      comparisons_.push_back(c);
    } else {
      common_.push_back(make_evaluator(*e, build));
    }
  }
  column_ = make_evaluator(*comparisons_.at(0).column, build);
  for (const plan::AggregateCall& a : aggregate.aggregates)
    args_.push_back(a.arg ? make_evaluator(*a.arg, build) : nullptr);
  auto& calls = aggregate.aggregates;
  only_counts_ = std::all_of(calls.begin(), calls.end(), [](auto& a) { return !a.arg; });
  any_order_ = std::all_of(calls.begin(), calls.end(), in_any_order);
}

SharedAggregation::~SharedAggregation() = default;

void SharedAggregation::restart(const ParameterSets& sets) {
  sets_ = &sets;
  child_->restart();
  restart_all(common_), restart_all(args_);
  column_->restart();
  memory_.release();
  uint32_t n = uint32_t(sets.sets.size());
  all_sets_.resize(n);
  std::iota(all_sets_.begin(), all_sets_.end(), 0u);
  counts_.assign(n, 0);
  by_set_.clear();
  filters_.clear();
  filters_.resize(n);
  for (const plan::AggregateCall& c : node_.aggregates) {
    by_set_.push_back(make_accumulator(c, state_));
    by_set_.back()->resize(n + 1);
  }
  if (integers_) integers_->ready = false;
  if (dates_) dates_->ready = false;
  if (floats_) floats_->ready = false;
}

Step SharedAggregation::run() {
  Step s = Step::kBatch;
  while (s == Step::kBatch) s = step();
  return s;
}

Step SharedAggregation::step() {
  const Batch* in = nullptr;
  Step s = child_->next(in);
  if (s == Step::kBatch) take(*in);
  return s;
}

void SharedAggregation::take(const Batch& in) {
  Rows rows = Rows::of(in);
  for (EvaluatorPtr& p : common_) {
    rows = {kept_, p->select(in, rows, kept_)};
    if (rows.count == 0) return;
  }
  const Vector& column = column_->evaluate(in, rows);
  if (!only_counts_) evaluate_arguments(in, rows);
  bool kernel = !column.constant() && (only_counts_ || arguments_have_ranks());
  if (kernel && column.type() == Type::kInt) {
    if (!integers_) integers_ = std::make_unique<Lane<int64_t>>();
    take_lane(*integers_, Type::kInt, in, rows, column);
  } else if (kernel && column.type() == Type::kDate) {
    if (!dates_) dates_ = std::make_unique<Lane<int64_t>>();
    take_lane(*dates_, Type::kDate, in, rows, column);
  } else if (kernel && column.type() == Type::kFloat) {
    if (!floats_) floats_ = std::make_unique<Lane<double>>();
    take_lane(*floats_, Type::kFloat, in, rows, column);
  } else if (column.type() != Type::kNull) {
    take_each(in, rows, all_sets_);
  }
  if (!only_counts_) account();
}

// Aggregates by rank merge later in another order than the rows came in, which must not show: exact sums, and extremes of
// one type.
bool SharedAggregation::arguments_have_ranks() const {
  return any_order_ && std::all_of(arguments_.begin(), arguments_.end(), [](const Vector* v) {
           return !v || v->type() == Type::kNull || v->type() == Type::kInt || v->type() == Type::kDate ||
                  v->type() == Type::kNode || v->type() == Type::kRelationship;
         });
}

void SharedAggregation::evaluate_arguments(const Batch& in, Rows rows) {
  arguments_.clear();
  for (EvaluatorPtr& a : args_) arguments_.push_back(a ? &a->evaluate(in, rows) : nullptr);
}

// A null is in no range.
Rows SharedAggregation::valid_rows(const Vector& column, Rows rows) {
  if (column.all_valid()) return rows;
  uint32_t n = 0;
  for_rows(rows, [&](uint32_t row) {
    valid_[n] = uint16_t(row);
    n += column.valid(row);
  });
  return {valid_, n};
}

template <class T>
void SharedAggregation::take_lane(Lane<T>& lane, Type type, const Batch& in, Rows rows, const Vector& column) {
  if (!lane.ready) prepare(lane, type);
  const Rows all = rows;
  rows = valid_rows(column, rows);
  const T* cells = column.data<T>();
  if (rows.rows && rows.count) {
    for (uint32_t i = 0; i < rows.count; i++) lane.cells[i] = cells[rows.rows[i]];
    cells = lane.cells;
  }
  if (only_counts_) {
    lane.thresholds.count(cells, rows.count, lane.counts.data());
  } else if (rows.count) {
    groups_.resize(Vector::kCapacity);
    lane.thresholds.rank(cells, rows.count, groups_.data());
    for (size_t a = 0; a < lane.by_rank.size(); a++) lane.by_rank[a]->update(arguments_[a], nullptr, rows, groups_.data());
  }
  if (!lane.others.empty()) take_each(in, all, lane.others);
}

template <class T>
void SharedAggregation::prepare(Lane<T>& lane, Type type) {
  std::vector<Range<T>> ranges;
  lane.others.clear();
  for (uint32_t s = 0; s < sets_->sets.size(); s++) {
    std::optional<Range<T>> range = range_of<T>(sets_->sets[s], type);
    if (!range) lane.others.push_back(s);
    Range<T> none;
    none.empty = true;
    ranges.push_back(range.value_or(none));
  }
  lane.thresholds = Thresholds<T>(ranges);
  lane.counts.assign(lane.thresholds.size() + 1, 0);
  lane.by_rank.clear();
  for (const plan::AggregateCall& c : node_.aggregates) {
    lane.by_rank.push_back(make_accumulator(c, state_));
    lane.by_rank.back()->resize(lane.thresholds.size() + 1);
  }
  lane.ready = true;
}

// What the set's comparisons leave of a column of this type; nothing where a constant is of another type.
template <class T>
std::optional<Range<T>> SharedAggregation::range_of(std::span<const Value> set, Type type) const {
  Range<T> range;
  for (const plan::ColumnComparison& c : comparisons_) {
    const Value& v = set[c.parameter];
    if (v.is_null())
      range.empty = true;
    else if (v.type() == type)
      range.narrow(c.kind, cell_of<T>(v));
    else
      return std::nullopt;
  }
  return range;
}

void SharedAggregation::take_each(const Batch& in, Rows rows, std::span<const uint32_t> sets) {
  for (uint32_t s : sets) {
    if (!filters_[s]) filters_[s] = std::make_unique<Filter>(state_, sets_->sets[s], conditions_);
    Rows chosen = {chosen_, filters_[s]->select(in, rows, chosen_)};
    if (chosen.count == 0) continue;
    if (only_counts_) {
      counts_[s] += chosen.count;
      continue;
    }
    groups_.assign(Vector::kCapacity, s);
    for (size_t a = 0; a < by_set_.size(); a++) by_set_[a]->update(arguments_[a], nullptr, chosen, groups_.data());
  }
}

template <class T>
void SharedAggregation::merge_lane(Lane<T>& to, Lane<T>& from) {
  from.thresholds.flush(from.counts.data());
  for (size_t e = 0; e < to.counts.size(); e++) to.counts[e] += from.counts[e];
  std::vector<uint32_t> same(to.counts.size());
  std::iota(same.begin(), same.end(), 0u);
  for (size_t a = 0; a < to.by_rank.size(); a++) to.by_rank[a]->merge(*from.by_rank[a], same.data(), uint32_t(same.size()));
}

void SharedAggregation::merge(SharedAggregation& other) {
  auto lane = [&](auto& to, auto& from, Type type) {
    if (!from || !from->ready) return;
    if (!to) to = std::make_unique<typename std::decay_t<decltype(to)>::element_type>();
    if (!to->ready) prepare(*to, type);
    merge_lane(*to, *from);
  };
  lane(integers_, other.integers_, Type::kInt);
  lane(dates_, other.dates_, Type::kDate);
  lane(floats_, other.floats_, Type::kFloat);
  for (size_t s = 0; s < counts_.size(); s++) counts_[s] += other.counts_[s];
  std::vector<uint32_t> same(counts_.size() + 1);
  std::iota(same.begin(), same.end(), 0u);
  for (size_t a = 0; a < by_set_.size(); a++) by_set_[a]->merge(*other.by_set_[a], same.data(), uint32_t(same.size()));
}

template <class T>
void SharedAggregation::finish_lane(Lane<T>& lane) {
  lane.thresholds.flush(lane.counts.data());
  uint32_t n = uint32_t(sets_->sets.size()), ends = lane.thresholds.size();
  std::vector<uint32_t> map(ends + 1);
  for (uint32_t s = 0; s < n; s++) {
    auto [first, last] = lane.thresholds.ranks(s);
    if (first >= last) continue;
    // Rank r: at or above end r - 1, below end r.
    counts_[s] += lane.counts[first - 1] - (last <= ends ? lane.counts[last - 1] : 0);
    for (uint32_t r = 0; r <= ends; r++) map[r] = r >= first && r < last ? s : n;
    for (size_t a = 0; a < by_set_.size(); a++) by_set_[a]->merge(*lane.by_rank[a], map.data(), ends + 1);
  }
}

void SharedAggregation::finish() {
  if (integers_ && integers_->ready) finish_lane(*integers_);
  if (dates_ && dates_->ready) finish_lane(*dates_);
  if (floats_ && floats_->ready) finish_lane(*floats_);
  filters_.clear();  // they refer to the sets
}

Value SharedAggregation::result(uint32_t set, uint32_t aggregate) {
  if (only_counts_) return Value::integer(int64_t(counts_[set]));
  return by_set_[aggregate]->finish(set);
}

void SharedAggregation::account() {
  uint64_t bytes = 0;
  for (AccumulatorPtr& a : by_set_) bytes += a->bytes();
  memory_.set(bytes);
}

}  // namespace elegraph::query::exec
