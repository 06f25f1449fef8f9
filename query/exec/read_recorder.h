// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "query/exec/batch.h"
#include "query/plan/physical.h"
#include "storage/catalog.h"
#include "storage/read_set.h"

// What a statement of a SERIALIZABLE transaction reads. Three parts make it complete:
// - record_plan(): what a plan reads whatever the rows are, once per run: the extent of a label that is scanned; for
//   operators and functions that reach entities which never are in a row, everything.
// - record_rows(): the entities in each batch that an operator gives. Properties, labels and lists of neighbours are only
//   read of entities that came out of an operator, so this covers them, also those of rows that a filter drops.
// - IndexSeek records what it looked for: ExecutionContext::reads.
namespace elegraph::query::exec {

void record_plan(const plan::PhysicalNode& root, storage::Catalog& catalog, storage::ReadSet& reads);
void record_rows(const Batch& batch, storage::ReadSet& reads);

}  // namespace elegraph::query::exec
