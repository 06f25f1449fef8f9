// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>

#ifdef __AVX512F__
#include <immintrin.h>
#endif

namespace elegraph::query::exec {

// memcpy() for adjacency lists. Most have a few entries, a different number each time, so that memcpy()'s branches
// on the length cost more than its copying: masks need none.
template <class IdT>
inline void copy_ids(IdT* to, const IdT* from, uint32_t count) {
  static_assert(sizeof(IdT) == sizeof(uint32_t));
#ifdef __AVX512F__
  for (uint32_t i = 0; i < count; i += 16) {
    const auto mask = __mmask16((1u << std::min(count - i, 16u)) - 1);
    _mm512_mask_storeu_epi32(to + i, mask, _mm512_maskz_loadu_epi32(mask, from + i));
  }
#else
  if (count) std::memcpy(to, from, count * sizeof(IdT));
#endif
}

}  // namespace elegraph::query::exec
