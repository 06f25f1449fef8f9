// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace elegraph::query {

// A name as SQL writes it: in double quotes where it is not plain.
std::string quote_identifier(std::string_view name);

}  // namespace elegraph::query
