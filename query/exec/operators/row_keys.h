// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <string_view>

#include "storage/vector.h"

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

}  // namespace elegraph::query::exec
