// SPDX-License-Identifier: Apache-2.0
#include "storage/parallel.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace elegraph::storage {

void run_parallel(uint32_t threads, size_t count, const std::function<void(size_t)>& work) {
  std::atomic<size_t> next{0};
  std::mutex mutex;
  std::exception_ptr error;
  const auto loop = [&] {
    try {
      for (size_t i; (i = next.fetch_add(1, std::memory_order_relaxed)) < count;) work(i);
    } catch (...) {
      std::lock_guard lock(mutex);
      if (!error) error = std::current_exception();
      next.store(count, std::memory_order_relaxed);
    }
  };
  std::vector<std::jthread> others;
  for (size_t t = 1; t < std::min<size_t>(threads, count); ++t) others.emplace_back(loop);
  loop();
  others.clear();  // joins
  if (error) std::rethrow_exception(error);
}

}  // namespace elegraph::storage
