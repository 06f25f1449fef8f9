// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <future>
#include <memory>
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

// Reads a log from its files, each segment while the one before it is applied.
//
// For one thread. `files` is used by another one beside it until read() returns or the reader is destroyed.
class LogReader {
 public:
  // Begins to read, while the caller does something else. Never fails; what goes wrong is told by read().
  LogReader(FileSystem& files, std::filesystem::path directory);
  ~LogReader();
  LogReader(const LogReader&) = delete;
  LogReader& operator=(const LogReader&) = delete;

  // Calls `apply` for every record after `after`, in order, and answers where the log ends. A log without segments ends
  // at `after`. Changes nothing on disk. Once.
  // Errors: XX001 where the log is corrupted or a segment is missing, with the place; what `apply` throws.
  LogEnd read(Timestamp after, const std::function<void(Timestamp, std::string_view)>& apply);

 private:
  struct Contents;
  class Segment;
  void begin(uint64_t sequence);
  Segment take(uint64_t sequence);
  static void check_join(const Segment& before, const Segment& segment, const LogEnd& end);
  static void find_end(const Segment& segment, LogEnd& end);

  FileSystem& files_;
  const std::filesystem::path directory_;
  uint64_t begun_ = 0;  // sequence of what comes next
  std::future<std::unique_ptr<Contents>> next_;
};

inline LogEnd read_log(FileSystem& files, const std::filesystem::path& directory, Timestamp after,
                       const std::function<void(Timestamp, std::string_view)>& apply) {
  return LogReader(files, directory).read(after, apply);
}

}  // namespace elegraph::storage
