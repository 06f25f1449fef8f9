// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string_view>

namespace elegraph::query {

// Whether a whole text matches, for many texts (value_ops.h has regex_match() for one). Valid until another pattern is used
// on this thread. Errors: 2201B.
std::function<bool(std::string_view)> regex_matcher(std::string_view pattern);

}  // namespace elegraph::query
