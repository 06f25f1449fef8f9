// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "query/version.h"

namespace elegraph::server {

using query::kVersion;

}  // namespace elegraph::server
