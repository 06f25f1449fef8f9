// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "storage/graph_interface.h"

namespace elegraph::storage {

// Whether every row of the chunk that the reader sees has a value of the property. May be false where versions are live,
// since it looks at no row. Wait-free. REQUIRES: as the reader's members.
bool all_nodes_have(const Reader& reader, ChunkId nodes, KeyId key);
bool all_relationships_have(const Reader& reader, ChunkId relationships, KeyId key);

}  // namespace elegraph::storage
