// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace elegraph::query::sql {

enum class Language : uint8_t { kCypher, kSql };

// Which language a statement is in, from its first words (docs/wire.md has the table). Blanks and comments of both
// languages are skipped; never throws; a few dozen nanoseconds.
Language classify(std::string_view text);

}  // namespace elegraph::query::sql
