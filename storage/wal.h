// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "storage/commit_log.h"
#include "storage/disk_wait.h"
#include "storage/file_system.h"
#include "storage/sleeper.h"
#include "storage/submission_queue.h"
#include "storage/wal_format.h"
#include "storage/wal_segments.h"

namespace elegraph::storage {

// The write-ahead log: group commit by one thread at a time, the log thread or a committing one that may wait
// for the disk (DiskWait) and finds nobody writing.
//
// A thread that serves sessions in turns (DiskWait) calls the log thread once for all commits of a turn.
//
// It takes all that was submitted, gives each entry the next timestamp, writes the batch with one
// write, syncs once if any entry asked for it, and then publishes in order. It never waits for a batch to
// fill: while one is being synced the next one gathers. Entries with kOff alone are published once written
// and are synced with the next batch that asks, or `lazy_sync` later.
//
// Errors reach the entries' `publish`. Where the log can be left as if the rest of the batch had never been
// (no room for a new segment, 53100 from a write that could be wiped), later entries may succeed. Anything
// else stops the log: failed() is true, every later entry gets 58030, and what became of the batch in hand
// only the next recovery tells.
class Wal : public CommitLog, private TurnObserver {
 public:
  struct Options {
    std::filesystem::path directory;
    uint64_t segment_bytes = 16 << 20;
    std::chrono::milliseconds lazy_sync{200};
  };
  Wal(FileSystem& files, const Options& options, const LogEnd& end);
  ~Wal() override;  // logs and syncs what was submitted, then stops

  void submit(Entry entry) override;

  // Blocks until everything submitted before is synced; throws what kept it from that.
  void sync();
  // The last record. It has been published, as all before it, so a snapshot that is taken later has it; not where the log
  // has failed, which the next sync() tells.
  LogMark mark();
  // Drops segments with nothing after `timestamp`. One caller at a time.
  void remove_until(Timestamp timestamp) { segments_.remove_until(timestamp); }

  bool failed() const { return failed_.load(std::memory_order_acquire); }
  uint64_t appended() const { return appended_.load(std::memory_order_relaxed); }  // bytes since the start

 private:
  struct Submission {
    Entry entry;
    bool barrier = false;  // no record: from sync()
  };
  using Queue = SubmissionQueue<Submission>;
  using Clock = std::chrono::steady_clock;

  void turn_ended() override { sleeper_.wake(); }
  void run();
  bool wait_for_entries();
  std::chrono::nanoseconds until_lazy_sync();
  bool try_commit_here(DiskWait& wait);
  void commit_all();
  void commit(Queue::Node* first);
  bool admit(const Entry& entry);
  void write_all();
  size_t place(size_t from);
  void append(size_t from, size_t to);
  void sync_segment();
  void sync_or_fail();
  void fail(std::exception_ptr cause);
  void publish(std::exception_ptr error);

  WalSegments segments_;
  const std::chrono::milliseconds lazy_sync_;
  std::atomic<uint64_t> appended_{0};
  std::atomic<bool> failed_{false};
  std::atomic<bool> stop_{false};
  Queue queue_;
  Sleeper sleeper_;

  std::atomic<uint32_t> marks_wanted_{0};

  std::mutex writing_;  // over what follows
  Timestamp last_;      // of the last record written
  uint64_t link_;       // its checksum
  Timestamp durable_;   // of the last record synced
  Clock::time_point unsynced_since_;
  std::vector<Submission*> batch_;
  std::vector<RecordHeader> headers_;  // parallel to batch_
  bool must_sync_ = false;             // the batch
  size_t written_ = 0;                 // how many of the batch are in the segments
  std::vector<std::string_view> parts_;
  std::exception_ptr failure_;
  std::thread thread_;  // last: starts when all else is there
};

}  // namespace elegraph::storage
