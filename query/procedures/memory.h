// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "query/procedures/procedure.h"

namespace elegraph::query {

// The rows of db.memory(): (area, bytes). Walks all chunks.
Procedure::Rows memory_rows(GraphDatabase& database, std::span<const Value> arguments);

}  // namespace elegraph::query
