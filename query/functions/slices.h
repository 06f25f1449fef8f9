// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>

namespace elegraph::query {

// A slice bound counted from the end if negative, and cut to a list of that size.
inline int64_t slice_bound(int64_t n, int64_t size) {
  return std::clamp<int64_t>(n < 0 ? std::max<int64_t>(n, -size) + size : n, 0, size);
}

}  // namespace elegraph::query
