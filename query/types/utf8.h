// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

// UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing past U+10FFFF.
namespace elegraph::query::types {

// The offset of the first byte that is no part of valid UTF-8 or is a NUL; npos where all is well.
size_t find_invalid_text(std::string_view bytes);

// Throws Error 22021 for invalid UTF-8 and for NUL bytes, with the bytes in the message as PostgreSQL has it.
void require_text(std::string_view bytes);

// The number of characters before byte `offset`.
size_t count_characters(std::string_view text, size_t offset);

}  // namespace elegraph::query::types
