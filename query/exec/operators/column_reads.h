// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "query/plan/physical.h"

namespace elegraph::query::exec {

// Whether the ids that this scan finds are looked at by nobody: filters and an aggregate above it read properties of its
// slot and no more, and those can be read in place (Batch::chunk_slot). Such a scan need not write them down.
bool only_columns_read(const plan::Plan& plan, const plan::PhysicalNode& scan);

// The properties of `entity`, which the scan finds, that its rows have to lack: a filter right above lets no others
// through.
std::vector<KeyId> missing_keys(const plan::Plan& plan, const plan::PhysicalNode& scan, plan::Slot entity);

}  // namespace elegraph::query::exec
