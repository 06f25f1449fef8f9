// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

namespace elegraph::storage {

// Runs `work(i)` for i in [0, count) on up to `threads` threads, the calling one among them. The
// first error stops them all and is thrown. For recovery, where there is no arena yet.
void run_parallel(uint32_t threads, size_t count, const std::function<void(size_t)>& work);

}  // namespace elegraph::storage
