// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>

namespace elegraph::query {

// Unpredictable bytes for secrets, at most 256 at once, straight from the system (getrandom). OpenSSL's generator takes
// milliseconds when it is first used, which a start and the first connection would pay. Thread-safe. Errors: XX000 where
// the system has none.
void random_bytes(std::span<std::byte> bytes);

}  // namespace elegraph::query
