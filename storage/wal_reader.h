// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string_view>
#include <vector>

#include "storage/file_system.h"
#include "storage/transaction.h"

namespace elegraph::storage {

// Where a log ends and which segments it has: what a Wal needs to go on.
struct LogEnd {
  struct Segment {
    uint64_t sequence = 0;
    Timestamp first = 0;
  };
  std::vector<Segment> segments;  // ascending; none for a new log
  Timestamp last = 0;             // timestamp of the last record, or the one to go on after
  uint64_t link = 0;              // its checksum
  // Of the last segment: where its records end, its salt, and where later records stand whose checksums hold. They were
  // never acknowledged, but would be next ones if what was before them were written again.
  uint64_t position = 0, salt = 0;
  std::vector<uint64_t> stale;
};

// Has the system begin to read the segments, while the caller does something else. Never fails.
void read_log_ahead(FileSystem& files, const std::filesystem::path& directory);

// Calls `apply` for every record after `after`, in order, and answers where the log ends. A log without segments ends
// at `after`. Changes nothing on disk.
// Errors: XX001 where the log is corrupted or a segment is missing, with the place; what `apply` throws.
LogEnd read_log(FileSystem& files, const std::filesystem::path& directory, Timestamp after,
                const std::function<void(Timestamp, std::string_view)>& apply);

}  // namespace elegraph::storage
