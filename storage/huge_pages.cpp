// SPDX-License-Identifier: Apache-2.0
#include "storage/huge_pages.h"

#include <sys/mman.h>

#include <cstdint>
#include <new>

namespace elegraph::storage {

// Mappings are mostly laid side by side, so that where one is aligned the next one is as a rule.
void* map_huge_pages(size_t bytes) {
  const auto map = [](size_t size) {
    void* at = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED) throw std::bad_alloc();
    return static_cast<char*>(at);
  };
  char* at = map(bytes);
  if (reinterpret_cast<uintptr_t>(at) % kHugePage != 0) {
    ::munmap(at, bytes);
    char* const wide = map(bytes + kHugePage);
    at = wide + (kHugePage - reinterpret_cast<uintptr_t>(wide) % kHugePage) % kHugePage;
    if (at != wide) ::munmap(wide, size_t(at - wide));
    if (at != wide + kHugePage) ::munmap(at + bytes, size_t(wide + kHugePage - at));
  }
  ::madvise(at, bytes, MADV_HUGEPAGE);
  return at;
}

}  // namespace elegraph::storage
