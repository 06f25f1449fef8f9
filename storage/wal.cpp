// SPDX-License-Identifier: Apache-2.0
#include "storage/wal.h"

#include <pthread.h>

#include <algorithm>
#include <future>
#include <memory>
#include <utility>

namespace elegraph::storage {
namespace {

constexpr char kPadding[8] = {};

// How often the log thread looks for the next entries before it sleeps: some 2 us, less than a futex sleep
// and wake cost both sides, and short enough to leave the core to the clients.
constexpr int kSpins = 64;

// About what a small commit costs server and client. Where a batch on its way has kept the processors busy for longer than
// a sync takes, they are what is short, and the next one gathers instead of costing another sync.
constexpr std::chrono::microseconds kCommitTime{20};

inline void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

Error stopped(const std::exception_ptr& cause) {
  std::string why;
  try {
    std::rethrow_exception(cause);
  } catch (const std::exception& e) {
    why = e.what();
  }
  return Error(sqlstate::kIoError, "the write-ahead log has failed: " + why)
      .with_detail("Whether transactions that were being committed at that moment are kept shows after a restart.")
      .with_hint("Repair the storage, then restart the server.");
}

}  // namespace

Wal::Wal(FileSystem& files, const Options& options, const LogEnd& end)
    : segments_(files, options.directory, options.segment_bytes, end),
      lazy_sync_(options.lazy_sync),
      durable_(end.last),
      last_(end.last),
      link_(end.link) {
  for (size_t i = 0; i < kThreads; i++) {
    threads_[i] = std::thread([this, i] { run(sleepers_[i]); });
    ::pthread_setname_np(threads_[i].native_handle(), "log");
  }
}

Wal::~Wal() {
  stop_.store(true, std::memory_order_seq_cst);
  for (auto& sleeper : sleepers_) sleeper.wake();
  for (auto& thread : threads_) thread.join();
  if (!failed()) sync_or_fail();
}

void Wal::submit(Entry entry) {
  const bool synced = entry.durability == Durability::kOn;
  queue_.push({std::move(entry), false});
  DiskWait* wait = DiskWait::of_this_thread();
  if (wait && ((synced && try_commit_here(*wait)) || wait->at_end_of_turn(*this))) return;
  wake();
}

// A log thread that is not asleep looks for entries before it sleeps.
void Wal::wake() {
  if (alone_.load(std::memory_order_seq_cst)) return;
  for (Sleeper& sleeper : sleepers_)
    if (sleeper.wake()) return;
}

// Whoever pushes while this thread writes wakes a log thread, which then waits for its turn: no entry is forgotten.
bool Wal::try_commit_here(DiskWait& wait) {
  Turn turn(writing_, std::defer_lock);
  if (marks_wanted_.load(std::memory_order_acquire) != 0 || !turn.try_lock() || is_full() || !wait.begin()) return false;
  bool alone = false;
  if (begin_batch()) end_batch(std::move(turn), alone);
  wait.end();
  return true;
}

void Wal::sync() {
  // Shared: the log thread may still be inside of set_value() when this thread goes on.
  const auto done = std::make_shared<std::promise<void>>();
  Entry entry;
  entry.publish = [done](Timestamp, std::exception_ptr error) { error ? done->set_exception(error) : done->set_value(); };
  queue_.push({std::move(entry), true});
  wake();
  done->get_future().get();
}

LogMark Wal::mark() {
  marks_wanted_.fetch_add(1, std::memory_order_release);
  const Turn turn(writing_);
  marks_wanted_.fetch_sub(1, std::memory_order_release);
  wait_for_others(0);
  return segments_.mark(last_, link_);
}

void Wal::run(Sleeper& sleeper) {
  while (wait_for_entries(sleeper)) {
    // Under load this thread would have the lock again before another one that waits for it has woken up.
    while (marks_wanted_.load(std::memory_order_acquire) != 0) std::this_thread::yield();
    if (alone_.exchange(true, std::memory_order_seq_cst)) continue;
    bool alone = true;
    if (Turn turn(writing_); begin_batch()) end_batch(std::move(turn), alone);
    if (alone) alone_.store(false, std::memory_order_seq_cst);  // this thread looks for entries now
  }
}

// False when the log is to stop and nothing is left.
bool Wal::wait_for_entries(Sleeper& sleeper) {
  for (;;) {
    for (int i = 0; i < kSpins; ++i, relax()) {
      if (has_work()) return true;
    }
    sleeper.announce();
    if (has_work() || stop_.load(std::memory_order_seq_cst)) {
      sleeper.cancel();
      return !queue_.empty();
    }
    if (const auto left = until_lazy_sync(); left > left.zero()) {
      sleeper.sleep(left);
      continue;
    }
    sleeper.cancel();
    const Turn turn(writing_);
    sync_or_fail();
  }
}

std::chrono::nanoseconds Wal::until_lazy_sync() const {
  const Clock::rep since = cached_since_.load(std::memory_order_relaxed);
  if (since == 0 || failed()) return std::chrono::hours(1);
  return Clock::time_point(Clock::duration(since)) + lazy_sync_ - Clock::now();
}

// Takes what was submitted. False: nothing.
bool Wal::begin_batch() {
  if (queue_.empty()) return false;
  wait_for_others(kThreads - 1);
  Queue::Node* const first = queue_.take_all();
  Batch& batch = batches_[next_batch_++ % kThreads];
  batch_ = &batch;
  batch.first = first;
  batch.entries.clear();
  batch.written = 0;
  batch.must_sync = batch.done = false;
  batch.error = nullptr;
  for (auto* node = first; node; node = node->next) {
    if (!admit(node->item.entry)) continue;
    batch.entries.push_back(&node->item);
    batch.must_sync |= node->item.entry.durability == Durability::kOn;
  }
  batch.headers.resize(batch.entries.size());
  std::lock_guard lock(order_);
  under_way_.push_back(&batch);
  return true;
}

// The turn ends with the writing: another batch may be written, and synced, while this one is. `alone`: no log thread
// begins one before that changes.
void Wal::end_batch(Turn turn, bool& alone) {
  Batch& batch = *batch_;
  try {
    if (!failed()) write_all();
  } catch (const std::exception&) {
    batch.error = std::current_exception();
  }
  if (batch.must_sync && !failed()) sync_batch(batch, turn, alone);
  finish(batch);
}

bool Wal::admit(const Entry& entry) {
  if (!entry.admit) return true;
  wait_for_others(0);
  std::vector<const void*> waiting;
  for (const Submission* before : batch_->entries) {
    if (before->entry.writer) waiting.push_back(before->entry.writer);
  }
  const std::exception_ptr refused = entry.admit(waiting);
  if (refused) entry.publish(0, refused);
  return !refused;
}

// Leaves the first `written` entries in the log. Throws with the rest as if they had never been there, or
// with the log failed.
void Wal::write_all() {
  Batch& batch = *batch_;
  while (batch.written < batch.entries.size()) {
    const size_t to = place(batch.written);
    if (to == batch.written) {
      // Harmless if it throws: nothing of this entry was written.
      segments_.reserve(record_size(batch.entries[to]->entry.redo.size()));
      try {
        wait_for_others(1);
        segments_.roll(last_ + 1, link_);
        synced();
      } catch (const std::exception&) {
        fail(std::current_exception());
        throw;
      }
    } else {
      append(batch.written, to);
      batch.written = to;
    }
  }
}

// Makes the headers of as many entries as fit into the segment; answers where it stopped.
size_t Wal::place(size_t from) {
  uint64_t room = segments_.room();
  Timestamp timestamp = last_;
  uint64_t link = link_;
  const Timestamp durable = durable_.load(std::memory_order_relaxed);
  size_t i = from;
  for (; i < batch_->entries.size(); ++i) {
    RecordHeader& header = batch_->headers[i];
    if (batch_->entries[i]->barrier) {
      header = {link, 0, timestamp, 0, 0};
      continue;
    }
    const std::string& redo = batch_->entries[i]->entry.redo;
    if (record_size(redo.size()) > room) break;
    room -= record_size(redo.size());
    header = {0, redo.size(), ++timestamp, durable, link};
    link = header.checksum = record_checksum(header, redo, segments_.salt());
  }
  return i;
}

void Wal::append(size_t from, size_t to) {
  parts_.clear();
  uint64_t bytes = 0, last = 0;
  for (size_t i = from; i < to; ++i) {
    if (batch_->entries[i]->barrier) continue;
    last = bytes;
    const std::string& redo = batch_->entries[i]->entry.redo;
    parts_.emplace_back(reinterpret_cast<const char*>(&batch_->headers[i]), sizeof(RecordHeader));
    if (!redo.empty()) parts_.push_back(redo);
    if (const uint64_t padding = padded(redo.size()) - redo.size()) parts_.emplace_back(kPadding, padding);
    bytes += record_size(redo.size());
  }
  if (bytes == 0) return;
  try {
    const bool past_cache = segments_.append(parts_, bytes, last, batch_->must_sync && to == batch_->entries.size());
    if (!past_cache && cached_since_.load(std::memory_order_relaxed) == 0)
      cached_since_.store(Clock::now().time_since_epoch().count(), std::memory_order_relaxed);
  } catch (const Error& error) {
    if (error.sqlstate != sqlstate::kDiskFull) fail(std::current_exception());
    if (!failed()) {
      try {
        wait_for_others(1);
        segments_.wipe(bytes);
      } catch (const std::exception&) {
        fail(std::current_exception());
      }
    }
    throw;
  }
  last_ = batch_->headers[to - 1].timestamp, link_ = batch_->headers[to - 1].checksum;
  appended_.fetch_add(bytes, std::memory_order_relaxed);
}

// Two at once are up to twice as many a second on many devices. Not where something is in the system's cache: of its errors
// the kernel tells one of them, and that need not be the one whose records they are.
void Wal::sync_batch(const Batch& batch, Turn& turn, bool& alone) {
  try {
    if (cached_since_.load(std::memory_order_relaxed) != 0) {
      wait_for_others(1);
      segments_.sync();
      synced();
      return;
    }
    File& file = segments_.file();
    turn.unlock();
    if (alone && batch.entries.size() * kCommitTime <= sync_time()) {
      alone = false;
      alone_.store(false, std::memory_order_seq_cst);
      if (!queue_.empty()) wake();
    }
    const auto began = Clock::now();
    file.sync();
    const auto took = std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - began).count();
    sync_time_.store((7 * sync_time_.load(std::memory_order_relaxed) + took) / 8, std::memory_order_relaxed);
  } catch (const std::exception&) {
    fail(std::current_exception());
  }
}

void Wal::synced() {
  durable_.store(last_, std::memory_order_relaxed);
  cached_since_.store(0, std::memory_order_relaxed);
}

void Wal::sync_or_fail() {
  try {
    wait_for_others(0);
    segments_.sync();
    synced();
  } catch (const Error&) {
    fail(std::current_exception());
  }
}

void Wal::fail(std::exception_ptr cause) {
  std::lock_guard lock(order_);
  if (!failure_) failure_ = std::make_exception_ptr(stopped(cause));
  failed_.store(true, std::memory_order_release);
}

// Publishes what is done and has nothing before it that is not; a batch that is overtaken leaves that to whoever finishes
// the one before.
void Wal::finish(Batch& batch) {
  std::unique_lock lock(order_);
  batch.done = true;
  if (std::exchange(publishing_, true)) return;
  while (!under_way_.empty() && under_way_.front()->done) {
    Batch& next = *under_way_.front();
    if (failure_) next.error = failure_, next.written = 0;
    lock.unlock();
    publish(next);
    lock.lock();
    under_way_.pop_front();
    fewer_.notify_all();
  }
  publishing_ = false;
}

void Wal::publish(Batch& batch) {
  for (size_t i = 0; i < batch.entries.size(); ++i) {
    const Entry& entry = batch.entries[i]->entry;
    i < batch.written ? entry.publish(batch.headers[i].timestamp, nullptr) : entry.publish(0, batch.error);
  }
  if (batch.must_sync && batch.written > 0)
    durable_.store(std::max(durable_.load(std::memory_order_relaxed), batch.headers[batch.written - 1].timestamp),
                   std::memory_order_relaxed);
  Queue::free(batch.first);
}

// Whether another batch would have to wait for one that is under way.
bool Wal::is_full() {
  std::lock_guard lock(order_);
  return under_way_.size() >= kThreads;
}

// Until so many are under way, while nobody begins another one.
void Wal::wait_for_others(size_t left) {
  std::unique_lock lock(order_);
  fewer_.wait(lock, [&] { return under_way_.size() <= left; });
}

}  // namespace elegraph::storage
