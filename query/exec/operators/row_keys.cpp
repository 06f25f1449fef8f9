// SPDX-License-Identifier: Apache-2.0
#include "query/exec/operators/row_keys.h"

#include <algorithm>
#include <array>
#include <utility>

#include "query/exec/expressions/kernels.h"
#include "query/functions/value_ops.h"

namespace elegraph::query::exec {

namespace {

template <class T>
int compare_cells(const Vector& a, uint32_t i, const Vector& b, uint32_t j) {
  T x = a.data<T>()[a.at(i)], y = b.data<T>()[b.at(j)];
  return x < y ? -1 : y < x ? 1 : 0;
}

}  // namespace

bool has_fronts(Type type) { return orders_as_words(type) || type == Type::kFloat || type == Type::kString; }

int compare_keys(const Vector& a, uint32_t i, const Vector& b, uint32_t j, KeyOrder order) {
  const bool null_a = !a.valid(i), null_b = !b.valid(j);
  if (null_a || null_b) {
    if (null_a == null_b) return 0;
    return null_a == order.nulls_first ? -1 : 1;
  }
  int c;
  if (a.type() == b.type() && orders_as_words(a.type()))
    c = compare_cells<int64_t>(a, i, b, j);
  else if (a.type() == b.type() && a.type() == Type::kString)
    c = a.strings()[a.at(i)].view().compare(b.strings()[b.at(j)].view());
  else
    c = query::order(a.value(i), b.value(j));
  return order.descending ? -c : c;
}

RowSorter::RowSorter(const State& state, const RowStore& store, std::span<const KeyOrder> keys)
    : state_(state), store_(store), keys_(keys) {
  for (uint32_t k = 0; k < keys.size(); k++) types_.push_back(common_type(k));
}

void RowSorter::went_through(size_t rows) {
  constexpr size_t kLong = 1 << 16;  // a millisecond, or a few
  unchecked_ += rows;
  if (unchecked_ < kLong) return;
  unchecked_ = 0;
  state_.check_interrupt();
}

// The type of the column in all blocks where they agree on one that has fronts.
Type RowSorter::common_type(uint32_t key) const {
  Type type = Type::kNull;
  for (uint32_t b = 0; b < store_.blocks(); b++) {
    const Type t = store_.column(b, key).type();
    if (b > 0 && t != type) return Type::kAny;
    type = t;
  }
  return has_fronts(type) ? type : Type::kAny;
}

int RowSorter::compare_key(uint32_t key, uint32_t a, uint32_t b) const {
  constexpr uint32_t kBlock = RowStore::kBlockRows;
  return compare_keys(store_.column(a / kBlock, key), a % kBlock, store_.column(b / kBlock, key), b % kBlock, keys_[key]);
}

// By the keys from `key` on.
bool RowSorter::before(uint32_t key, uint32_t a, uint32_t b) const {
  for (; key < keys_.size(); key++)
    if (int c = compare_key(key, a, b)) return c < 0;
  return a < b;
}

template <class Front>
void RowSorter::fill(Rows rows, uint32_t key, Front front) const {
  const uint64_t of_null = keys_[key].nulls_first ? 0 : UINT64_MAX;
  const bool descending = keys_[key].descending;
  for (KeyedRow& r : rows) {
    const Vector& column = store_.column(r.row / RowStore::kBlockRows, key);
    const uint32_t i = r.row % RowStore::kBlockRows;
    r.front = !column.valid(i) ? of_null : descending ? ~front(column, i) : front(column, i);
  }
}

void RowSorter::fill_fronts(Rows rows, uint32_t key, uint32_t offset) const {
  switch (types_[key]) {
    case Type::kInt:
    case Type::kDate:
    case Type::kLocalDateTime:
    case Type::kDateTime:
      return fill(rows, key, [](const Vector& c, uint32_t i) { return front_of(c.data<int64_t>()[i]); });
    case Type::kFloat: return fill(rows, key, [](const Vector& c, uint32_t i) { return front_of(c.data<double>()[i]); });
    case Type::kString:
      return fill(rows, key, [offset](const Vector& c, uint32_t i) {
        const std::string_view all = c.strings()[i].view();
        return front_of(all.substr(std::min<size_t>(offset, all.size())));
      });
    default:
      for (KeyedRow& r : rows) r.front = 0;
  }
}

RowSorter::Tie RowSorter::tie_of(Rows rows, uint32_t key, uint32_t offset) const {
  constexpr uint32_t kFarEnough = 24;
  const Type type = types_[key];
  const uint64_t front = rows[0].front;
  // The least and the greatest number are those of nulls as well.
  if (type == Type::kAny || front == 0 || front == UINT64_MAX) return Tie::kUnknown;
  if (type != Type::kString) return Tie::kEqual;
  uint32_t least = UINT32_MAX, most = 0;
  for (const KeyedRow& r : rows) {
    const uint32_t size = store_.column(r.row / RowStore::kBlockRows, key).strings()[r.row % RowStore::kBlockRows].size;
    least = std::min(least, size), most = std::max(most, size);
  }
  if (most > offset + sizeof front) return offset < kFarEnough ? Tie::kLater : Tie::kUnknown;
  return least == most ? Tie::kEqual : Tie::kUnknown;  // the longer one may end with zeros
}

// Stable, byte by byte from the least one; bytes that are the same in all rows take no pass.
void RowSorter::sort_by_front(Rows rows) {
  constexpr size_t kFew = 256;
  if (rows.size() <= kFew) {
    std::ranges::sort(rows, [](auto& a, auto& b) { return a.front != b.front ? a.front < b.front : a.row < b.row; });
    return;
  }
  std::array<std::array<uint32_t, 256>, 8> counts{};
  for (const KeyedRow& r : rows)
    for (uint32_t byte = 0; byte < 8; byte++) counts[byte][r.front >> 8 * byte & 255]++;
  spare_.resize(std::max(spare_.size(), rows.size()));
  KeyedRow *from = rows.data(), *to = spare_.data();
  for (uint32_t byte = 0; byte < 8; byte++) {
    auto& count = counts[byte];
    if (count[from[0].front >> 8 * byte & 255] == rows.size()) continue;
    went_through(rows.size());
    uint32_t at = 0;
    for (uint32_t& c : count) at += std::exchange(c, at);
    for (size_t i = 0; i < rows.size(); i++) to[count[from[i].front >> 8 * byte & 255]++] = from[i];
    std::swap(from, to);
  }
  if (from != rows.data()) std::copy_n(from, rows.size(), rows.data());
}

// The rows that can be among the first `wanted` by their fronts, in their order.
RowSorter::Rows RowSorter::keep_first(Rows rows, uint64_t wanted) {
  if (wanted >= rows.size() / 2) return rows;
  std::vector<uint64_t> fronts;
  fronts.reserve(rows.size());
  for (const KeyedRow& r : rows) fronts.push_back(r.front);
  std::ranges::nth_element(fronts, fronts.begin() + ptrdiff_t(wanted - 1));
  const uint64_t last = fronts[wanted - 1];
  size_t n = 0;
  for (const KeyedRow& r : rows)
    if (r.front <= last) rows[n++] = r;
  return rows.first(n);
}

// Rows come in the order of their numbers.
void RowSorter::sort(Rows rows, uint32_t key, uint64_t wanted, uint32_t offset) {
  went_through(rows.size());
  fill_fronts(rows, key, offset);
  went_through(rows.size());
  rows = keep_first(rows, wanted);
  sort_by_front(rows);
  for (size_t first = 0; first < rows.size() && first < wanted;) {
    size_t end = first + 1;
    while (end < rows.size() && rows[end].front == rows[first].front) end++;
    if (end - first > 1) sort_ties(rows.subspan(first, end - first), key, wanted - first, offset);
    first = end;
  }
}

void RowSorter::sort_ties(Rows rows, uint32_t key, uint64_t wanted, uint32_t offset) {
  const Tie tie = tie_of(rows, key, offset);
  if (tie == Tie::kLater) return sort(rows, key, wanted, offset + uint32_t(sizeof(uint64_t)));
  if (tie == Tie::kEqual) {
    if (key + 1 < keys_.size()) sort(rows, key + 1, wanted);
    return;
  }
  auto by = [&](const KeyedRow& a, const KeyedRow& b) {
    went_through(1);
    return before(key, a.row, b.row);
  };
  if (wanted < rows.size())
    std::partial_sort(rows.begin(), rows.begin() + ptrdiff_t(wanted), rows.end(), by);
  else
    std::sort(rows.begin(), rows.end(), by);
}

std::vector<uint32_t> RowSorter::sorted(uint64_t wanted, uint32_t same) {
  std::vector<KeyedRow> rows(store_.size());
  for (uint32_t i = 0; i < rows.size(); i++) rows[i].row = i;
  wanted = std::min<uint64_t>(wanted, rows.size());
  if (wanted > 0) sort(rows, same, wanted);
  std::vector<uint32_t> out(wanted);
  for (size_t i = 0; i < wanted; i++) out[i] = rows[i].row;
  return out;
}

}  // namespace elegraph::query::exec
