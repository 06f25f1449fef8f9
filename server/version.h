// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace elegraph::server {

inline constexpr std::string_view kVersion = "0.1.0";

}  // namespace elegraph::server
