// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace elegraph::query {

// A password as SASLprep (RFC 4013) has it. As in PostgreSQL, one that SASLprep forbids or that is no UTF-8 is used as
// it is.
std::string saslprep(std::string_view password);

}  // namespace elegraph::query
