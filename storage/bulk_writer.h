// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "storage/graph_transaction.h"

namespace elegraph::storage {

// A BulkWriter that fills chunks of its own: rows of one call lie side by side and share one undo record, and the
// relationships' lists are made by sorting at the end (bulk_links.h): until then its relationships are in no list.
std::unique_ptr<BulkWriter> make_bulk_writer(GraphTransaction& transaction);

}  // namespace elegraph::storage
