// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <memory>
#include <mutex>
#include <span>
#include <string_view>
#include <thread>

#include "storage/file_system.h"
#include "storage/wal_reader.h"

namespace elegraph::storage {

// The log's files: the segment that is written, the ones before it, and a spare that is filled with zeros ahead of
// need, on a thread of its own, so that going on to the next segment costs the log thread a few syncs only.
//
// Files: `<sequence>.wal` (see wal_format.h); `spare`, ready to become one; `spare.tmp`, being filled.
// Thread-safety: one thread writes; another may call remove_until().
class WalSegments {
 public:
  // Continues a log that ends at `end`, in its last segment, so that a start needs no room on the disk. The headers of
  // stale records behind a torn tail, which share the segment's salt, are cleared first.
  WalSegments(FileSystem& files, std::filesystem::path directory, uint64_t segment_bytes, const LogEnd& end);
  ~WalSegments();

  uint64_t room() const { return capacity_ - position_; }  // bytes left in the segment
  // Gets the next segment's file, with room for `bytes`; throws 53100 or 58030 and nothing has changed.
  void reserve(uint64_t bytes);
  // Goes on to the file that reserve() got. Everything written so far is synced first. No error is harmless here.
  void roll(Timestamp first, uint64_t link);

  uint64_t salt() const { return salt_; }
  // The last record begins at `last` of the `bytes`. `sync_follows`: sync() is what is called next, unless this throws.
  // True: it went past the system's cache.
  bool append(std::span<const std::string_view> parts, uint64_t bytes, uint64_t last, bool sync_follows);
  // Takes back what an append() of `bytes` that threw may have left. An error is not harmless.
  void wipe(uint64_t bytes);
  void sync();
  File& file() { return *file_; }  // that append() wrote to
  // The last record written, which has this timestamp and checksum.
  LogMark mark(Timestamp timestamp, uint64_t checksum);

  // Removes segments whose records are all at or before `timestamp`, oldest first.
  void remove_until(Timestamp timestamp);

 private:
  // Where the records that are written next are put behind what their first block has already.
  struct alignas(File::kBlock) Blocks {
    char data[128 << 10];
  };
  enum class Spare : uint8_t { kNone, kWanted, kBeingMade, kReady };
  void take_up(const LogEnd& end);
  void prepare_spares();
  void make_spare();
  bool fits_blocks(uint64_t bytes) const;
  bool write_blocks(std::span<const std::string_view> parts, uint64_t bytes);
  bool remove_oldest(Timestamp timestamp);
  void set_spare(Spare state);
  std::filesystem::path path(std::string_view name) const { return directory_ / name; }

  FileSystem& files_;
  const std::filesystem::path directory_;
  const uint64_t segment_bytes_;

  // Writing thread only.
  std::unique_ptr<File> file_;
  uint64_t position_ = 0, capacity_ = 0;  // of file_, with its header
  uint64_t salt_ = 0;
  uint64_t last_record_ = 0;  // where it begins in file_; 0: it has none
  bool dirty_ = false;
  const std::unique_ptr<Blocks> blocks_ = std::make_unique<Blocks>();
  uint64_t blocks_for_ = 0;     // the position_ whose block, up to it, blocks_ begins with; 0: for none
  std::unique_ptr<File> next_;  // from reserve(), until roll()
  uint64_t next_bytes_ = 0;
  std::string next_name_;

  std::mutex mutex_;                      // over all below
  std::deque<LogEnd::Segment> segments_;  // ascending; the last one is being written
  std::condition_variable changed_;
  Spare spare_ = Spare::kNone;
  bool stop_ = false;
  std::thread preparer_;
};

}  // namespace elegraph::storage
