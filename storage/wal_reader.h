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
#include "storage/page_allocator.h"
#include "storage/transaction.h"
#include "storage/wal_format.h"

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
  uint64_t last_record = 0;  // where the last of them begins; 0: there is none
  std::vector<uint64_t> stale;
  bool synced = false;  // all of the last segment, as it was read, is on the disk
};

// Syncs the last segment beside the reading of it: what an earlier process wrote may be in the page cache only, and nothing
// may build on that before it is on the disk. Finished, or failed with 58030, when the future is ready.
std::future<void> begin_log_sync(FileSystem& files, const std::filesystem::path& directory);

// Reads a log from its files, what comes next while what is there is applied.
//
// For one thread. `files` is used by another one beside it until the reader is destroyed.
class LogReader {
 public:
  // Begins to read, while the caller does something else. Never fails; what goes wrong is told by replay().
  // What stands before the record `from` is not read, but for the headers of older segments.
  LogReader(FileSystem& files, std::filesystem::path directory, const LogMark& from = {});
  ~LogReader();
  LogReader(const LogReader&) = delete;
  LogReader& operator=(const LogReader&) = delete;

  // Whether nothing stands behind the record `from`, so that replay() will have nothing to apply. No is no error: replay()
  // tells what is wrong.
  bool ends_at_mark();
  // Calls `apply` for every record after `after`, in order, and answers how far the log goes. A log without segments ends
  // at `after`. Changes nothing on disk. Once.
  // Errors: XX001 where the log is corrupted or a segment is missing, with the place; what `apply` throws.
  LogEnd replay(Timestamp after, const std::function<void(Timestamp, std::string_view)>& apply);
  // After replay(): whether the log may end there, and what is behind it in the last segment, into `end`. Nothing counts
  // before it was called. Errors: XX001.
  void check_end(Timestamp after, LogEnd& end);

 private:
  using Buffer = PageArray<char>;
  class Contents;
  class Segment;
  void begin(uint64_t sequence);
  Segment take(uint64_t sequence);
  bool has_mark(const std::vector<uint64_t>& all) const;
  void go_to_mark(Segment& segment, LogEnd& end) const;
  SegmentHeader header_of(uint64_t sequence) const;
  static void check_join(const Segment& before, const Segment& segment, const LogEnd& end);

  FileSystem& files_;
  const std::filesystem::path directory_;
  const LogMark from_;
  Buffer spare_;        // of a segment that is done with
  uint64_t begun_ = 0;  // sequence of what comes next
  std::unique_ptr<Contents> next_;
  std::unique_ptr<Segment> marked_;  // from ends_at_mark() to replay()
  std::unique_ptr<Segment> last_;    // the one in hand
};

inline LogEnd read_log(FileSystem& files, const std::filesystem::path& directory, Timestamp after,
                       const std::function<void(Timestamp, std::string_view)>& apply) {
  LogReader log(files, directory);
  LogEnd end = log.replay(after, apply);
  log.check_end(after, end);
  return end;
}

}  // namespace elegraph::storage
