// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

#include "query/exec/row_store.h"

namespace elegraph::query::exec {

// How ORDER BY has a key.
struct KeyOrder {
  bool descending = false;
  bool nulls_first = false;
};

// As ORDER BY has them: less than 0 where row i of `a` comes before row j of `b`.
int compare_keys(const Vector& a, uint32_t i, const Vector& b, uint32_t j, KeyOrder order);

// A key's front is a number: of two rows with different numbers the lesser one comes first.
bool has_fronts(Type type);
inline uint64_t front_of(int64_t v) { return uint64_t(v) ^ (1ull << 63); }
// The order of ORDER BY: NaN is the greatest, and both zeros are equal.
inline uint64_t front_of(double v) {
  if (std::isnan(v)) return UINT64_MAX;
  const auto bits = std::bit_cast<uint64_t>(v == 0 ? 0.0 : v);
  return bits >> 63 ? ~bits : bits | (1ull << 63);
}
inline uint64_t front_of(std::string_view v) {
  uint64_t bytes = 0;
  std::memcpy(&bytes, v.data(), std::min(v.size(), sizeof bytes));
  return __builtin_bswap64(bytes);
}

// Puts the rows of a store in the order of its first columns, as ORDER BY has it; equal rows stay as they came.
//
// Rows are sorted by the fronts of the first key, without a look at the rows; those with one front by the next key's fronts
// where a front says all of its key, by the next eight bytes of a string, or by comparing keys.
class RowSorter {
 public:
  // Throws what interrupts the statement, also while it sorts.
  RowSorter(const State& state, const RowStore& store, std::span<const KeyOrder> keys);
  // The first `wanted` rows, or all. `same`: so many of the first keys are the same in all rows.
  std::vector<uint32_t> sorted(uint64_t wanted, uint32_t same = 0);
  static uint64_t bytes(uint64_t rows) { return rows * (2 * sizeof(KeyedRow) + sizeof(uint32_t)); }

 private:
  struct KeyedRow {
    uint64_t front;
    uint32_t row;
  };
  using Rows = std::span<KeyedRow>;

  // `offset`: how many bytes of strings are known to be the same.
  void sort(Rows rows, uint32_t key, uint64_t wanted, uint32_t offset = 0);
  void sort_ties(Rows rows, uint32_t key, uint64_t wanted, uint32_t offset);
  void sort_by_front(Rows rows);
  static Rows keep_first(Rows rows, uint64_t wanted);
  void fill_fronts(Rows rows, uint32_t key, uint32_t offset) const;
  template <class Front>
  void fill(Rows rows, uint32_t key, Front front) const;
  // Whether rows with one front have one key, differ from `offset` + 8 on, or perhaps earlier.
  enum class Tie : uint8_t { kEqual, kLater, kUnknown };
  Tie tie_of(Rows rows, uint32_t key, uint32_t offset) const;
  Type common_type(uint32_t key) const;
  int compare_key(uint32_t key, uint32_t a, uint32_t b) const;
  bool before(uint32_t key, uint32_t a, uint32_t b) const;
  void went_through(size_t rows);

  const State& state_;
  const RowStore& store_;
  std::span<const KeyOrder> keys_;
  std::vector<Type> types_;      // of the keys' columns, kAny where they have no fronts
  std::vector<KeyedRow> spare_;  // for sort_by_front()
  size_t unchecked_ = 0;         // rows gone through since the last look at the interrupt
};

}  // namespace elegraph::query::exec
