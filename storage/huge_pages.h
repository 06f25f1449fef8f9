// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace elegraph::storage {

inline constexpr size_t kHugePage = 2 << 20;  // bytes

inline constexpr size_t whole_huge_pages(size_t bytes) { return (bytes + kHugePage - 1) / kHugePage * kHugePage; }

// Memory from the system, zeroed, that asks for huge pages: where it begins and ends is a multiple of kHugePage, so that
// none of it comes in small ones. Virtual machines make the first touch of a page dear: 10 us were measured for a small
// one, as much as a whole short statement, and 0.1 to 3 ms for a huge one, which has 512 times as much.
//
// `bytes` is a multiple of kHugePage. Goes back by munmap, whole. Thread-safe. Throws std::bad_alloc.
void* map_huge_pages(size_t bytes);

}  // namespace elegraph::storage
