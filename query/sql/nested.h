// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace elegraph::query::sql {

// Where the text of another statement lies inside of PREPARE ... AS, DECLARE ... FOR and COPY (...). It may be in
// either language, so PostgreSQL's parser cannot be asked.
struct NestedText {
  size_t begin;
  size_t end;
};
std::optional<NestedText> find_nested(std::string_view text);

}  // namespace elegraph::query::sql
