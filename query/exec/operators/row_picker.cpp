// SPDX-License-Identifier: Apache-2.0
#include "query/exec/operators/row_picker.h"

#include <algorithm>

#include "query/exec/expressions/kernels.h"

namespace elegraph::query::exec {

template <class Front>
void RowPicker::fill(const Vector& key, Front front) {
  const uint64_t of_null = orders_[0].nulls_first ? 0 : UINT64_MAX;
  const bool descending = orders_[0].descending;
  for (uint32_t i = 0; i < rows_.count; i++) {
    const uint32_t row = rows_[i];
    all_[i].number = i;
    all_[i].front = !key.valid(row) ? of_null : descending ? ~front(key.at(row)) : front(key.at(row));
  }
}

void RowPicker::take(std::span<const Vector* const> keys, Rows rows) {
  keys_ = keys, rows_ = rows;
  all_.resize(rows.count);
  const Vector& first = *keys[0];
  exact_ = has_fronts(first.type()) && first.type() != Type::kString;
  if (!has_fronts(first.type())) return fill(first, [](uint32_t) { return uint64_t{0}; });
  if (first.type() == Type::kString)
    fill(first, [&](uint32_t at) { return front_of(first.strings()[at].view()); });
  else if (first.type() == Type::kFloat)
    fill(first, [&](uint32_t at) { return front_of(first.data<double>()[at]); });
  else
    fill(first, [&](uint32_t at) { return front_of(first.data<int64_t>()[at]); });
}

bool RowPicker::before(const Row& a, const Row& b) const {
  if (a.front != b.front) return a.front < b.front;
  // The least and the greatest number are those of nulls as well.
  const bool equal = exact_ && a.front != 0 && a.front != UINT64_MAX;
  for (size_t k = equal ? 1 : 0; k < keys_.size(); k++)
    if (const int c = compare_keys(*keys_[k], rows_[a.number], *keys_[k], rows_[b.number], orders_[k])) return c < 0;
  return a.number < b.number;
}

uint32_t RowPicker::pick(uint32_t begin, uint32_t end, uint64_t wanted, uint16_t* out) {
  const auto n = uint32_t(std::min<uint64_t>(wanted, end - begin));
  if (n == 0) return 0;
  const auto by = [&](const Row& a, const Row& b) { return before(a, b); };
  const auto first = all_.begin() + begin, last = all_.begin() + end;
  if (n == 1)
    std::iter_swap(first, std::min_element(first, last, by));
  else if (n < end - begin)
    std::partial_sort(first, first + n, last, by);
  else
    std::sort(first, last, by);
  for (uint32_t i = 0; i < n; i++) out[i] = uint16_t(rows_[first[i].number]);
  return n;
}

}  // namespace elegraph::query::exec
