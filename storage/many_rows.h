// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

#include "storage/transaction.h"

// What a statement does to many rows at once: the same changes as Transaction's, one by one, but they cost less. For the
// transaction's thread, like those.
namespace elegraph::storage {

// As many as `out` has room for, up to 2048; the properties of out[i] are the columns' values in row i, nulls are absent.
// No key is in two columns.
void create_nodes(Transaction& transaction, LabelSetId labels, std::span<const BulkWriter::Column> columns,
                  std::span<NodeId> out);
void create_relationships(Transaction& transaction, RelTypeId type, std::span<const NodeId> sources,
                          std::span<const NodeId> targets, std::span<const BulkWriter::Column> columns,
                          std::span<RelId> out);
// Adds what the snapshot has of the nodes' relationships, of both directions, until there are `enough`. -> of how many
// nodes
size_t add_relationships(Transaction& transaction, std::span<const NodeId> nodes, size_t enough, std::vector<RelId>& out);
// -> how many of them were there
uint64_t delete_nodes(Transaction& transaction, std::span<const NodeId> nodes);

}  // namespace elegraph::storage
