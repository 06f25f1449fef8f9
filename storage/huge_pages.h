// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace elegraph::storage {

inline constexpr size_t kHugePage = 2 << 20;  // bytes

inline constexpr size_t whole_huge_pages(size_t bytes) { return (bytes + kHugePage - 1) / kHugePage * kHugePage; }

// Memory from the system, zeroed, that asks for huge pages: where it begins and ends is a multiple of kHugePage, so that
// none of it comes in small ones. A page's first touch costs about the same whatever its size, and virtual machines
// make it dear: 10 us were measured, as much as a whole short statement.
//
// `bytes` is a multiple of kHugePage. Goes back by munmap, whole. Thread-safe. Throws std::bad_alloc.
void* map_huge_pages(size_t bytes);

}  // namespace elegraph::storage
