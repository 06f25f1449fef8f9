// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "storage/checkpoint_format.h"
#include "storage/data_directory.h"
#include "storage/graph.h"

namespace elegraph::storage {

class Wal;

// Writes a checkpoint of what is committed now, beside running load: a snapshot like any reader's, chunk by chunk.
// Sections of `last` whose chunk has not changed since are taken over, unless less than half of their file is still in
// use. The new manifest is published once all is durable and the log is synced up to its timestamp, so that the log
// never ends before the checkpoint. `sequence` was never used before. Chunks are encoded on `threads` threads.
//
// Writes in steps of some megabytes, each synced: one big flush would delay the log's syncs. One caller at a time.
// Errors: 53100, 58030; `last` still holds then, or the new one does if its publishing failed halfway.
Manifest write_checkpoint(DataDirectory& directory, Graph& graph, std::span<ChangeObserver* const> observers, Wal& log,
                          const Manifest& last, uint64_t sequence, uint32_t threads);

// Removes checkpoint files that `manifest` does not refer to.
void remove_unused_sections(DataDirectory& directory, const Manifest& manifest);

}  // namespace elegraph::storage
