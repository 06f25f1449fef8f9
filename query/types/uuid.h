// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace elegraph::query::types {

// 16 bytes from the canonical text (8-4-4-4-12 lower-case hex digits) and back. Errors: 22P02, 22P03.
void append_binary_uuid(std::string& out, std::string_view text);
std::string uuid_text(std::string_view bytes);

}  // namespace elegraph::query::types
