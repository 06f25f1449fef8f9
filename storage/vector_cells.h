// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "storage/cell.h"
#include "storage/vector.h"

namespace elegraph::storage {

// Puts the cell's value (kNone: null) into row `row` of a vector that is owned and flat. One of another type widens the
// vector.
void set_cell(Vector& out, uint32_t row, const Cell& cell);

}  // namespace elegraph::storage
