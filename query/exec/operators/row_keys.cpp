// SPDX-License-Identifier: Apache-2.0
#include "query/exec/operators/row_keys.h"

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

}  // namespace elegraph::query::exec
