// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

// UTF-8 texts seen as code points. Pure functions; bytes that are no UTF-8 count as characters of their own.
namespace elegraph::query {

bool is_ascii(std::string_view s);
size_t count_code_points(std::string_view s);
// The byte where code point `n` starts; s.size() if there are fewer.
size_t byte_of_code_point(std::string_view s, size_t n);
std::string reversed(std::string_view s);
std::string to_upper(std::string_view s);  // full Unicode mapping, root locale
std::string to_lower(std::string_view s);

// Sides of `s` without the characters in `set`; an empty set means white space.
std::string_view trimmed(std::string_view s, std::string_view set, bool left, bool right);

}  // namespace elegraph::query
