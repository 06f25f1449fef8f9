// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "query/exec/rows.h"
#include "storage/vector.h"

namespace elegraph::query::exec {

// The rows in which both columns have a value and = is true of them, ascending, into `out` (room for rows.count).
uint32_t select_equal(const Vector& a, const Vector& b, Rows rows, uint16_t* out);

}  // namespace elegraph::query::exec
