// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
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

// The write-ahead log: group commit by one thread at a time, a log thread or a committing one that may wait
// for the disk (DiskWait) and finds nobody writing.
//
// A thread that serves sessions in turns (DiskWait) calls a log thread once for all commits of a turn.
//
// It takes all that was submitted, gives each entry the next timestamp, writes the batch with one
// write, syncs once if any entry asked for it, and then publishes in order. It never waits for a batch to
// fill: while one is being synced the next one gathers, and where that one is small, is written and synced beside it
// (docs/decisions/group-commit.md). Entries with kOff alone are published once written
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
  using Turn = std::unique_lock<std::mutex>;

  // What is written together.
  struct Batch {
    Queue::Node* first = nullptr;  // owned
    std::vector<Submission*> entries;
    std::vector<RecordHeader> headers;  // parallel to entries
    size_t written = 0;                 // how many are in the segments
    bool must_sync = false;
    bool done = false;         // synced, where it must be, or failed
    std::exception_ptr error;  // of those that are not written
  };
  static constexpr size_t kThreads = 2;  // and so many batches are on their way to the disk at once

  void turn_ended() override { wake(); }
  void wake();
  void run(Sleeper& sleeper);
  bool wait_for_entries(Sleeper& sleeper);
  bool has_work() const { return !queue_.empty() && !alone_.load(std::memory_order_seq_cst); }
  std::chrono::nanoseconds until_lazy_sync() const;
  bool try_commit_here(DiskWait& wait);
  bool begin_batch();
  void end_batch(Turn turn, bool& alone);
  bool admit(const Entry& entry);
  void write_all();
  size_t place(size_t from);
  void append(size_t from, size_t to);
  void sync_batch(const Batch& batch, Turn& turn, bool& alone);
  void synced();
  void sync_or_fail();
  void fail(std::exception_ptr cause);
  void finish(Batch& batch);
  void publish(Batch& batch);
  bool is_full();
  void wait_for_others(size_t left);
  std::chrono::nanoseconds sync_time() const {
    return std::chrono::nanoseconds(sync_time_.load(std::memory_order_relaxed));
  }

  WalSegments segments_;
  const std::chrono::milliseconds lazy_sync_;
  std::atomic<uint64_t> appended_{0};
  std::atomic<bool> failed_{false};
  std::atomic<bool> stop_{false};
  std::atomic<int64_t> sync_time_{100'000};  // ns, mean of late
  std::atomic<bool> alone_{false};  // no log thread is to begin a batch: the one that has one looks for entries afterwards
  Queue queue_;
  std::array<Sleeper, kThreads> sleepers_;

  std::atomic<uint32_t> marks_wanted_{0};
  std::atomic<Timestamp> durable_;  // of the last record that is known to be synced
  // Since when there is something in the system's cache that no sync has covered; 0: there is not.
  std::atomic<Clock::rep> cached_since_{0};

  std::mutex writing_;  // over what follows
  Timestamp last_;      // of the last record written
  uint64_t link_;       // its checksum
  std::array<Batch, kThreads> batches_;
  size_t next_batch_ = 0;
  Batch* batch_ = nullptr;  // being written
  std::vector<std::string_view> parts_;

  std::mutex order_;               // over what follows; may be taken with writing_ held
  std::deque<Batch*> under_way_;   // written or being written, not published
  bool publishing_ = false;        // somebody does, and goes on to what is done meanwhile
  std::condition_variable fewer_;  // under way
  std::exception_ptr failure_;
  std::array<std::thread, kThreads> threads_;  // last: start when all else is there
};

}  // namespace elegraph::storage
