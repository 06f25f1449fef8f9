// SPDX-License-Identifier: Apache-2.0
#include "query/random_bytes.h"

#include <unistd.h>

#include "storage/error.h"

namespace elegraph::query {

void random_bytes(std::span<std::byte> bytes) {
  if (::getentropy(bytes.data(), bytes.size()) != 0)
    throw Error(sqlstate::kInternalError, "the system has no random numbers");
}

}  // namespace elegraph::query
