// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "query/types/pg_types.h"

namespace elegraph::query::types {

// A binary array of any number of dimensions (up to PostgreSQL's six) as nested lists. Lower bounds are
// dropped. Errors: 22P03, and those of the elements.
Value read_binary_array(std::string_view bytes, const EncodeContext& context);

}  // namespace elegraph::query::types
