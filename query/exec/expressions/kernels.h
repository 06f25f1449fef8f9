// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "query/exec/rows.h"
#include "storage/vector.h"

// Loops over the cells of vectors. Written so that compilers vectorise them: no branches in the body, one
// induction variable, distinct result memory.
namespace elegraph::query::exec {

// Types whose cells are 64 bits that order as their values do.
inline bool orders_as_words(Type t) { return t == Type::kInt || t == Type::kDate || Vector::is_instant(t); }

inline bool is_null_constant(const Vector& v) { return v.type() == Type::kNull || (v.constant() && !v.valid(0)); }

template <class A, class B, class Out, class Op>
void binary_loop(Out* __restrict out, const A* a, const B* b, uint32_t n, Op op) {
  for (uint32_t i = 0; i < n; i++) out[i] = Out(op(a[i], b[i]));
}
template <class A, class B, class Out, class Op>
void binary_loop_constant(Out* __restrict out, const A* a, B c, uint32_t n, Op op) {
  for (uint32_t i = 0; i < n; i++) out[i] = Out(op(a[i], c));
}

// out[row] = op(a[row], b[row]); computes rows outside the list too where that is cheaper, so op must not fail.
template <class A, class B, class Out, class Op>
void binary_cells(Out* out, const Vector& a, const Vector& b, Rows rows, Op op) {
  const A* x = a.data<A>();
  const B* y = b.data<B>();
  if (rows.dense() && !a.constant() && b.constant()) return binary_loop_constant(out, x, y[0], rows.extent(), op);
  if (rows.dense() && !a.constant()) return binary_loop(out, x, y, rows.extent(), op);
  for_rows(rows, [&](uint32_t row) { out[row] = Out(op(x[a.at(row)], y[b.at(row)])); });
}

// `c` may be of a wider type than the cells, which are compared as that one.
template <class T, class C, class Op>
uint32_t select_cells(const T* x, C c, Rows rows, uint16_t* out, Op op) {
  uint32_t n = 0;
  for_rows(rows, [&](uint32_t row) {
    out[n] = uint16_t(row);
    n += uint32_t(op(C(x[row]), c));
  });
  return n;
}

template <class T, class C, class Op>
uint32_t count_cells(const T* x, C c, uint32_t count, Op op) {
  uint64_t n = 0;
  for (uint32_t i = 0; i < count; i++) n += uint64_t(op(C(x[i]), c));
  return uint32_t(n);
}

// The same for two columns.
template <class T, class Op>
uint32_t select_pairs(const T* x, const T* y, Rows rows, uint16_t* out, Op op) {
  uint32_t n = 0;
  for_rows(rows, [&](uint32_t row) {
    out[n] = uint16_t(row);
    n += uint32_t(op(x[row], y[row]));
  });
  return n;
}

template <class T, class Op>
uint32_t count_pairs(const T* x, const T* y, uint32_t count, Op op) {
  uint64_t n = 0;
  for (uint32_t i = 0; i < count; i++) n += uint64_t(op(x[i], y[i]));
  return uint32_t(n);
}

// Gives `out` the nulls of both operands (types other than kNull).
inline void intersect_nulls(Vector& out, const Vector& a, const Vector& b, Rows rows) {
  if (a.all_valid() && b.all_valid()) return;
  if ((a.constant() && a.all_valid()) || (b.constant() && b.all_valid()) || (!a.constant() && !b.constant())) {
    const uint64_t* x = a.all_valid() ? nullptr : a.mask();
    const uint64_t* y = b.all_valid() ? nullptr : b.mask();
    uint64_t* mask = out.mutable_mask();
    uint32_t words = (rows.extent() + 63) / 64;
    for (uint32_t i = 0; i < words; i++) mask[i] = (x ? x[i] : ~0ull) & (y ? y[i] : ~0ull);
    return;
  }
  for_rows(rows, [&](uint32_t row) {
    if (!a.valid(row) || !b.valid(row)) out.set_null(row);
  });
}

}  // namespace elegraph::query::exec
