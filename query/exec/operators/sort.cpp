// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <memory>
#include <vector>

#include "query/exec/evaluator.h"
#include "query/exec/operators/factories.h"
#include "query/exec/operators/limit.h"
#include "query/exec/operators/row_keys.h"
#include "query/functions/value_ops.h"

namespace elegraph::query::exec {

namespace {

template <class T>
int compare_cells(const Vector& a, uint32_t i, const Vector& b, uint32_t j) {
  T x = a.data<T>()[i], y = b.data<T>()[j];
  return x < y ? -1 : y < x ? 1 : 0;
}

}  // namespace

int RowOrder::compare_key(uint32_t key, uint32_t a, uint32_t b) const {
  const Vector& va = store_.column(a / RowStore::kBlockRows, key);
  const Vector& vb = store_.column(b / RowStore::kBlockRows, key);
  uint32_t i = a % RowStore::kBlockRows, j = b % RowStore::kBlockRows;
  bool null_a = !va.valid(i), null_b = !vb.valid(j);
  if (null_a || null_b) {
    if (null_a == null_b) return 0;
    return null_a == keys_[key].nulls_first ? -1 : 1;
  }
  int c;
  if (va.type() == vb.type() && (va.type() == Type::kInt || va.type() == Type::kDate))
    c = compare_cells<int64_t>(va, i, vb, j);
  else if (va.type() == vb.type() && va.type() == Type::kString)
    c = va.strings()[i].view().compare(vb.strings()[j].view());
  else
    c = order(va.value(i), vb.value(j));
  return keys_[key].descending ? -c : c;
}

int RowOrder::compare(uint32_t a, uint32_t b) const {
  for (uint32_t k = 0; k < keys_.size(); k++)
    if (int c = compare_key(k, a, b)) return c;
  return a < b ? -1 : a > b;  // stable
}

namespace {

uint64_t front_of(int64_t v) { return uint64_t(v) ^ (1ull << 63); }

// The order of ORDER BY: NaN is the greatest, and both zeros are equal.
uint64_t front_of(double v) {
  if (std::isnan(v)) return UINT64_MAX;
  const auto bits = std::bit_cast<uint64_t>(v == 0 ? 0.0 : v);
  return bits >> 63 ? ~bits : bits | (1ull << 63);
}

uint64_t front_of(std::string_view v) {
  uint64_t bytes = 0;
  std::memcpy(&bytes, v.data(), std::min(v.size(), sizeof bytes));
  return __builtin_bswap64(bytes);
}

// The type of the first column of all blocks where they agree on one that has fronts.
Type common_type(const RowStore& store) {
  Type type = Type::kNull;
  for (uint32_t b = 0; b < store.blocks(); b++) {
    const Type t = store.column(b, 0).type();
    if (b > 0 && t != type) return Type::kAny;
    type = t;
  }
  return type;
}

template <class Front>
std::vector<KeyedRow> with_fronts(const RowStore& store, const plan::SortKey& key, Front front) {
  std::vector<KeyedRow> out;
  out.reserve(store.size());
  const uint64_t of_null = key.nulls_first ? 0 : UINT64_MAX;
  for (uint32_t b = 0; b < store.blocks(); b++) {
    const Vector& column = store.column(b, 0);
    for (uint32_t i = 0; i < store.block_rows(b); i++) {
      const uint64_t f = !column.valid(i) ? of_null : key.descending ? ~front(column, i) : front(column, i);
      out.push_back({f, b * RowStore::kBlockRows + i});
    }
  }
  return out;
}

}  // namespace

std::vector<KeyedRow> keyed_rows(const RowStore& store, const plan::SortKey& key) {
  switch (common_type(store)) {
    case Type::kInt:
    case Type::kDate:
      return with_fronts(store, key, [](const Vector& c, uint32_t i) { return front_of(c.data<int64_t>()[i]); });
    case Type::kFloat:
      return with_fronts(store, key, [](const Vector& c, uint32_t i) { return front_of(c.data<double>()[i]); });
    case Type::kString:
      return with_fronts(store, key, [](const Vector& c, uint32_t i) { return front_of(c.strings()[i].view()); });
    default: return with_fronts(store, key, [](const Vector&, uint32_t) { return uint64_t(0); });
  }
}

namespace {

// ORDER BY; with a limit it keeps a few times the rows that are asked for and throws the others away (top-k).
class Sort : public Operator {
 public:
  Sort(const plan::PhysicalNode& node, BuildContext& build)
      : Operator(node, build),
        child_(make_operator(*node.left, build)),
        limit_(node.limit ? make_evaluator(*node.limit, build) : nullptr),
        store_(std::make_unique<RowStore>(state_, columns())),
        order_memory_(state_) {
    for (const plan::SortKey& k : node.sort) keys_.push_back(make_evaluator(*k.expression, build));
    for (uint32_t i = 0; i < live().size(); i++) out_columns_.push_back(std::make_unique<Vector>());
  }

  void restart() override {
    child_->restart();
    restart_all(keys_);
    if (limit_) limit_->restart();
    store_->clear();
    order_.clear();
    order_memory_.release();
    ready_ = false;
    next_ = 0;
    started_ = false;
    worst_ = Value();
  }

 protected:
  Step produce(const Batch*& out) override {
    if (!started_) {
      rows_wanted_ = limit_ ? row_limit(*limit_, state_, "LIMIT") : UINT64_MAX;
      started_ = true;
    }
    if (!ready_) {
      Step s = take_input();
      if (s != Step::kDone) return s;
      finish_input();
    }
    return emit(out);
  }

 private:
  uint32_t columns() const { return uint32_t(node_.sort.size() + live().size()); }

  // Sink
  Step take_input() {
    const Batch* in = nullptr;
    Step s;
    while ((s = child_->next(in)) == Step::kBatch) {
      state_.check_interrupt();
      if (rows_wanted_ == 0) continue;
      // Most rows of a top-k fall by their first key; the others are not computed for them.
      std::vector<const Vector*> columns{&keys_[0]->evaluate(*in, Rows::of(*in))};
      Rows rows = promising(*columns[0], Rows::of(*in));
      if (rows.count == 0) continue;
      for (size_t k = 1; k < keys_.size(); k++) columns.push_back(&keys_[k]->evaluate(*in, rows));
      for (plan::Slot slot : live()) columns.push_back(in->columns[slot]);
      store_->append(columns, rows);
      if (rows_wanted_ <= store_->size() / 4 && store_->size() > 2 * RowStore::kBlockRows) prune();
    }
    return s;
  }

  // The rows whose first key is not behind that of the worst row kept: of integers and strings, once there was a prune().
  Rows promising(const Vector& key, Rows rows) {
    if (worst_.is_null() || key.type() != worst_.type() || !key.all_valid() || key.constant()) return rows;
    switch (key.type()) {
      case Type::kInt: return not_behind(rows, worst_.as_int(), [&](uint32_t row) { return key.data<int64_t>()[row]; });
      case Type::kString:
        return not_behind(rows, worst_.as_string(), [&](uint32_t row) { return key.strings()[row].view(); });
      default: return rows;
    }
  }

  template <class Bound, class Cell>
  Rows not_behind(Rows rows, const Bound& bound, Cell cell) {
    uint32_t n = 0;
    const bool descending = node_.sort[0].descending;
    for_rows(rows, [&](uint32_t row) {
      promising_[n] = uint16_t(row);
      n += descending ? cell(row) >= bound : cell(row) <= bound;
    });
    return {promising_, n};
  }

  void sort_rows() {
    order_memory_.set(store_->size() * (sizeof(KeyedRow) + sizeof(uint32_t)));
    std::vector<KeyedRow> rows = keyed_rows(*store_, node_.sort[0]);
    RowOrder full(*store_, node_.sort);
    auto by = [&full](const KeyedRow& a, const KeyedRow& b) {
      return a.front != b.front ? a.front < b.front : full(a.row, b.row);
    };
    if (rows_wanted_ < rows.size()) {
      std::partial_sort(rows.begin(), rows.begin() + ptrdiff_t(rows_wanted_), rows.end(), by);
      rows.resize(rows_wanted_);
    } else {
      std::sort(rows.begin(), rows.end(), by);
    }
    order_.clear();
    for (const KeyedRow& r : rows) order_.push_back(r.row);
  }

  // Keeps the best rows only.
  void prune() {
    sort_rows();
    auto best = std::make_unique<RowStore>(state_, columns());
    std::vector<const Vector*> columns(this->columns());
    for (uint32_t row : order_) {
      for (uint32_t c = 0; c < columns.size(); c++) columns[c] = &store_->column(row / RowStore::kBlockRows, c);
      uint16_t only = uint16_t(row % RowStore::kBlockRows);
      best->append(columns, {&only, 1});
    }
    store_ = std::move(best);
    uint64_t last = store_->size() - 1;
    worst_ = store_->column(uint32_t(last / RowStore::kBlockRows), 0).value(last % RowStore::kBlockRows);
  }

  void finish_input() {
    sort_rows();
    ready_ = true;
  }

  // Source
  Step emit(const Batch*& out) {
    if (next_ >= order_.size()) return Step::kDone;
    uint32_t n = uint32_t(std::min<size_t>(order_.size() - next_, Vector::kCapacity));
    clear(out_);
    for (uint32_t c = 0; c < live().size(); c++) {
      store_->gather(uint32_t(node_.sort.size()) + c, order_.data() + next_, n, *out_columns_[c]);
      out_.columns[live()[c]] = out_columns_[c].get();
    }
    out_.count = n;
    next_ += n;
    return out = &out_, Step::kBatch;
  }
  OperatorPtr child_;
  EvaluatorPtr limit_;
  std::vector<EvaluatorPtr> keys_;
  std::unique_ptr<RowStore> store_;  // the keys, then the live slots
  MemoryAccount order_memory_;
  std::vector<uint32_t> order_;
  uint64_t rows_wanted_ = UINT64_MAX;
  Value worst_;  // the first key of the last row kept by prune()
  uint16_t promising_[Vector::kCapacity];
  bool started_ = false;
  bool ready_ = false;
  size_t next_ = 0;
  Batch out_;
  std::vector<std::unique_ptr<Vector>> out_columns_;
};

}  // namespace

OperatorPtr make_sort(const plan::PhysicalNode& node, BuildContext& build) { return std::make_unique<Sort>(node, build); }

}  // namespace elegraph::query::exec
