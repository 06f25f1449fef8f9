// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "query/plan/physical.h"

namespace elegraph::query::exec {

// Whether the ids that this scan finds are looked at by nobody: filters and an aggregate above it read properties of its
// slot and no more, and those can be read in place (Batch::chunk_slot). Such a scan need not write them down.
bool only_columns_read(const plan::Plan& plan, const plan::PhysicalNode& scan);

}  // namespace elegraph::query::exec
