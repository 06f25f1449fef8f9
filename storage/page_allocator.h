// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <new>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "storage/huge_pages.h"

namespace elegraph::storage {

// For large arrays of short life: from half a mebibyte on they are mapped from the system, in whole huge pages, and go
// straight back to it when they are freed, on whatever thread. Smaller ones come from the general allocator. Thread-safe.
template <class T>
struct PageAllocator {
  using value_type = T;
  static constexpr size_t kLeastMapped = 512 << 10;

  PageAllocator() = default;
  template <class U>
  explicit(false) PageAllocator(const PageAllocator<U>&) {}

  T* allocate(size_t count) {
    const size_t bytes = count * sizeof(T);
    if (bytes < kLeastMapped) return static_cast<T*>(::operator new(bytes));
    return static_cast<T*>(map_huge_pages(whole_huge_pages(bytes)));
  }
  void deallocate(T* at, size_t count) {
    const size_t bytes = count * sizeof(T);
    bytes < kLeastMapped ? ::operator delete(at) : void(::munmap(at, whole_huge_pages(bytes)));
  }
  bool operator==(const PageAllocator&) const = default;
};

template <class T>
using PageVector = std::vector<T, PageAllocator<T>>;

// An array whose elements are as they come.
template <class T>
  requires std::is_trivially_copyable_v<T>
class PageArray {
 public:
  PageArray() = default;
  explicit PageArray(size_t size) : data_(PageAllocator<T>().allocate(size)), size_(size) {}
  ~PageArray() {
    if (data_) PageAllocator<T>().deallocate(data_, size_);
  }
  PageArray(PageArray&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  PageArray& operator=(PageArray&& other) noexcept {
    std::swap(data_, other.data_), std::swap(size_, other.size_);
    return *this;
  }

  // Whether the system gave it, in huge pages, which release() leaves to the caller.
  bool mapped() const { return size_ * sizeof(T) >= PageAllocator<T>::kLeastMapped; }
  T* release() { return size_ = 0, std::exchange(data_, nullptr); }

  T* data() const { return data_; }
  size_t size() const { return size_; }
  std::span<T> span() const { return {data_, size_}; }

 private:
  T* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace elegraph::storage
