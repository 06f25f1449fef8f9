// SPDX-License-Identifier: Apache-2.0
#include "query/exec/operators/sort_input.h"

#include <algorithm>

namespace elegraph::query::exec {

SortInput::SortInput(const plan::PhysicalNode& node, const std::vector<plan::Slot>& slots, BuildContext& build)
    : node_(node), slots_(slots), state_(build.state), child_(make_operator(*node.left, build)), order_memory_(state_) {
  for (const plan::SortKey& k : node.sort) {
    keys_.push_back(make_evaluator(*k.expression, build));
    orders_.push_back({k.descending, k.nulls_first});
  }
  store_ = std::make_unique<RowStore>(state_, columns());
}

void SortInput::restart() {
  child_->restart();
  restart_all(keys_);
  store_->clear();
  morsels_.clear();
  order_.clear();
  order_memory_.release();
  runs_.restart();
  worst_ = Value();
}

Step SortInput::run() {
  Step s = Step::kBatch;
  while (s == Step::kBatch) s = step();
  return s;
}

Step SortInput::step() {
  if (has_all_wanted()) return Step::kDone;
  const Batch* in = nullptr;
  Step s = child_->next(in);
  if (s == Step::kBatch) take(*in);
  return s;
}

void SortInput::append(SortInput& other) {
  state_.check_interrupt();
  if (other.store_->size() > rows_wanted_) other.prune();
  morsels_.append(other.morsels_, store_->take_blocks(*other.store_));
  other.morsels_.clear();
}

void SortInput::take(const Batch& in) {
  state_.check_interrupt();
  if (rows_wanted_ == 0) return;
  // Most rows of a top-k fall by their first key that is not in order; those behind it are not computed for them.
  std::vector<const Vector*> columns;
  for (size_t k = 0; k <= node_.presorted && k < keys_.size(); k++)
    columns.push_back(&keys_[k]->evaluate(in, Rows::of(in)));
  if (node_.presorted && !in_order()) runs_.take(std::span(columns).first(node_.presorted), Rows::of(in));
  Rows rows = in_order() ? Rows::of(in) : promising(*columns.back(), Rows::of(in));
  if (rows.count == 0) return;
  for (size_t k = columns.size(); k < keys_.size(); k++) columns.push_back(&keys_[k]->evaluate(in, rows));
  for (plan::Slot slot : slots_) columns.push_back(in.columns[slot]);
  store_->append(columns, rows);
  morsels_.add(state_.morsel, rows.count);
  if (!in_order() && rows_wanted_ <= store_->size() / 4 && store_->size() > 2 * RowStore::kBlockRows) prune();
}

// The rows whose key is not behind that of the worst row kept: of integers, times and strings, once there was a prune().
// That row is of the run that may go on; rows of later runs do not matter, as enough came before them.
Rows SortInput::promising(const Vector& key, Rows rows) {
  if (worst_.is_null() || key.type() != worst_.type() || !key.all_valid() || key.constant()) return rows;
  switch (key.type()) {
    case Type::kInt:
    case Type::kDate: return not_behind(rows, worst_.as_int(), [&](uint32_t row) { return key.data<int64_t>()[row]; });
    case Type::kLocalDateTime:
    case Type::kDateTime:
      if (const auto worst = worst_.microseconds())
        return not_behind(rows, *worst, [&](uint32_t row) { return key.data<int64_t>()[row]; });
      return rows;
    case Type::kString:
      return not_behind(rows, worst_.as_string(), [&](uint32_t row) { return key.strings()[row].view(); });
    default: return rows;
  }
}

template <class Bound, class Cell>
Rows SortInput::not_behind(Rows rows, const Bound& bound, Cell cell) {
  uint32_t n = 0;
  const bool descending = node_.sort[node_.presorted].descending;
  for_rows(rows, [&](uint32_t row) {
    promising_[n] = uint16_t(row);
    n += descending ? cell(row) >= bound : cell(row) <= bound;
  });
  return {promising_, n};
}

void SortInput::sort_rows() {
  order_memory_.set(RowSorter::bytes(store_->size()));
  const uint32_t same = !in_order() && runs_.ended() == 0 ? node_.presorted : 0;
  order_ = RowSorter(state_, *store_, orders_).sorted(rows_wanted_, same, morsels_.in_order());
}

// Keeps the best rows only.
void SortInput::prune() {
  sort_rows();
  auto best = std::make_unique<RowStore>(state_, columns());
  MorselRuns morsels;
  std::vector<const Vector*> columns(this->columns());
  for (uint32_t row : order_) {
    for (uint32_t c = 0; c < columns.size(); c++) columns[c] = &store_->column(row / RowStore::kBlockRows, c);
    uint16_t only = uint16_t(row % RowStore::kBlockRows);
    best->append(columns, {&only, 1});
    morsels.add(morsels_.morsel_of(row), 1);
    if (only == 0) state_.check_interrupt();  // a deep SKIP keeps millions
  }
  store_ = std::move(best);
  morsels_ = std::move(morsels);
  uint64_t last = store_->size() - 1;
  worst_ = store_->column(uint32_t(last / RowStore::kBlockRows), node_.presorted).value(last % RowStore::kBlockRows);
}

SortOutput::SortOutput(State& state, const std::vector<plan::Slot>& slots) : state_(state), slots_(slots) {
  for (uint32_t i = 0; i < slots.size(); i++) columns_.push_back(std::make_unique<Vector>());
}

Step SortOutput::next(const SortInput& rows, const Batch*& out) {
  if (next_ >= rows.rows()) return Step::kDone;
  const auto n = uint32_t(std::min<uint64_t>(rows.rows() - next_, Vector::kCapacity));
  out_.columns.assign(state_.columns, nullptr);
  for (uint32_t c = 0; c < slots_.size(); c++) {
    rows.gather(c, next_, n, *columns_[c]);
    out_.columns[slots_[c]] = columns_[c].get();
  }
  out_.count = n;
  next_ += n;
  return out = &out_, Step::kBatch;
}

}  // namespace elegraph::query::exec
