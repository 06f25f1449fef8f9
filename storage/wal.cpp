// SPDX-License-Identifier: Apache-2.0
#include "storage/wal.h"

#include <pthread.h>

#include <future>
#include <memory>

namespace elegraph::storage {
namespace {

constexpr char kPadding[8] = {};

// How often the log thread looks for the next entries before it sleeps: some 2 us, less than a futex sleep
// and wake cost both sides, and short enough to leave the core to the clients.
constexpr int kSpins = 64;

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
      last_(end.last),
      link_(end.link),
      durable_(end.last),
      thread_([this] { run(); }) {
  ::pthread_setname_np(thread_.native_handle(), "log");
}

Wal::~Wal() {
  stop_.store(true, std::memory_order_seq_cst);
  sleeper_.wake();
  thread_.join();
}

void Wal::submit(Entry entry) {
  const bool synced = entry.durability == Durability::kOn;
  queue_.push({std::move(entry), false});
  DiskWait* wait = DiskWait::of_this_thread();
  if (wait && ((synced && try_commit_here(*wait)) || wait->at_end_of_turn(*this))) return;
  sleeper_.wake();
}

// Whoever pushes while this thread writes wakes the log thread, which then waits for its turn: no entry is
// forgotten.
bool Wal::try_commit_here(DiskWait& wait) {
  std::unique_lock turn(writing_, std::defer_lock);
  if (marks_wanted_.load(std::memory_order_acquire) != 0 || !turn.try_lock() || !wait.begin()) return false;
  commit_all();
  wait.end();
  return true;
}

void Wal::sync() {
  // Shared: the log thread may still be inside of set_value() when this thread goes on.
  const auto done = std::make_shared<std::promise<void>>();
  Entry entry;
  entry.publish = [done](Timestamp, std::exception_ptr error) { error ? done->set_exception(error) : done->set_value(); };
  queue_.push({std::move(entry), true});
  sleeper_.wake();
  done->get_future().get();
}

LogMark Wal::mark() {
  marks_wanted_.fetch_add(1, std::memory_order_release);
  std::lock_guard turn(writing_);  // batches are written and published with it held
  marks_wanted_.fetch_sub(1, std::memory_order_release);
  return segments_.mark(last_, link_);
}

void Wal::run() {
  while (wait_for_entries()) {
    // Under load this thread would have the lock again before another one that waits for it has woken up.
    while (marks_wanted_.load(std::memory_order_acquire) != 0) std::this_thread::yield();
    std::lock_guard turn(writing_);
    commit_all();
  }
  if (!failed()) sync_or_fail();
}

// False when the log is to stop and nothing is left.
bool Wal::wait_for_entries() {
  for (;;) {
    for (int i = 0; i < kSpins; ++i, relax()) {
      if (!queue_.empty()) return true;
    }
    sleeper_.announce();
    if (!queue_.empty() || stop_.load(std::memory_order_seq_cst)) {
      sleeper_.cancel();
      return !queue_.empty();
    }
    if (const auto left = until_lazy_sync(); left > left.zero()) {
      sleeper_.sleep(left);
      continue;
    }
    sleeper_.cancel();
    std::lock_guard turn(writing_);
    sync_or_fail();
  }
}

std::chrono::nanoseconds Wal::until_lazy_sync() {
  std::lock_guard turn(writing_);
  if (durable_ == last_ || failed()) return std::chrono::hours(1);
  return unsynced_since_ + lazy_sync_ - Clock::now();
}

void Wal::commit_all() {
  if (Queue::Node* first = queue_.take_all()) commit(first);
}

void Wal::commit(Queue::Node* first) {
  batch_.clear(), headers_.clear();
  written_ = 0;
  must_sync_ = false;
  for (auto* node = first; node; node = node->next) {
    if (!admit(node->item.entry)) continue;
    batch_.push_back(&node->item);
    must_sync_ |= node->item.entry.durability == Durability::kOn;
  }
  headers_.resize(batch_.size());
  std::exception_ptr error = failure_;
  try {
    if (!failed()) write_all();
  } catch (const std::exception&) {
    error = std::current_exception();
  }
  try {
    if (!failed() && must_sync_) sync_segment();
  } catch (const std::exception&) {
    fail(std::current_exception());
  }
  if (failed()) error = failure_, written_ = 0;
  publish(error);
  Queue::free(first);
}

bool Wal::admit(const Entry& entry) {
  if (!entry.admit) return true;
  std::vector<const void*> waiting;
  for (const Submission* before : batch_) {
    if (before->entry.writer) waiting.push_back(before->entry.writer);
  }
  const std::exception_ptr refused = entry.admit(waiting);
  if (refused) entry.publish(0, refused);
  return !refused;
}

// Leaves the first `written_` entries in the log. Throws with the rest as if they had never been there, or
// with the log failed.
void Wal::write_all() {
  while (written_ < batch_.size()) {
    const size_t to = place(written_);
    if (to == written_) {
      // Harmless if it throws: nothing of this entry was written.
      segments_.reserve(record_size(batch_[written_]->entry.redo.size()));
      try {
        segments_.roll(last_ + 1, link_);
        durable_ = last_;
      } catch (const std::exception&) {
        fail(std::current_exception());
        throw;
      }
    } else {
      append(written_, to);
      written_ = to;
    }
  }
}

// Makes the headers of as many entries as fit into the segment; answers where it stopped.
size_t Wal::place(size_t from) {
  uint64_t room = segments_.room();
  Timestamp timestamp = last_;
  uint64_t link = link_;
  size_t i = from;
  for (; i < batch_.size(); ++i) {
    RecordHeader& header = headers_[i];
    if (batch_[i]->barrier) {
      header = {link, 0, timestamp, 0, 0};
      continue;
    }
    const std::string& redo = batch_[i]->entry.redo;
    if (record_size(redo.size()) > room) break;
    room -= record_size(redo.size());
    header = {0, redo.size(), ++timestamp, durable_, link};
    link = header.checksum = record_checksum(header, redo, segments_.salt());
  }
  return i;
}

void Wal::append(size_t from, size_t to) {
  parts_.clear();
  uint64_t bytes = 0, last = 0;
  for (size_t i = from; i < to; ++i) {
    if (batch_[i]->barrier) continue;
    last = bytes;
    const std::string& redo = batch_[i]->entry.redo;
    parts_.emplace_back(reinterpret_cast<const char*>(&headers_[i]), sizeof(RecordHeader));
    if (!redo.empty()) parts_.push_back(redo);
    if (const uint64_t padding = padded(redo.size()) - redo.size()) parts_.emplace_back(kPadding, padding);
    bytes += record_size(redo.size());
  }
  if (bytes == 0) return;
  try {
    segments_.append(parts_, bytes, last, must_sync_ && to == batch_.size());
  } catch (const Error& error) {
    if (error.sqlstate != sqlstate::kDiskFull) fail(std::current_exception());
    if (!failed()) {
      try {
        segments_.wipe(bytes);
      } catch (const std::exception&) {
        fail(std::current_exception());
      }
    }
    throw;
  }
  if (durable_ == last_) unsynced_since_ = Clock::now();
  last_ = headers_[to - 1].timestamp, link_ = headers_[to - 1].checksum;
  appended_.fetch_add(bytes, std::memory_order_relaxed);
}

void Wal::sync_segment() {
  segments_.sync();
  durable_ = last_;
}

void Wal::sync_or_fail() {
  try {
    sync_segment();
  } catch (const Error&) {
    fail(std::current_exception());
  }
}

void Wal::fail(std::exception_ptr cause) {
  failure_ = std::make_exception_ptr(stopped(cause));
  failed_.store(true, std::memory_order_release);
}

void Wal::publish(std::exception_ptr error) {
  for (size_t i = 0; i < batch_.size(); ++i) {
    const Entry& entry = batch_[i]->entry;
    i < written_ ? entry.publish(headers_[i].timestamp, nullptr) : entry.publish(0, error);
  }
}

}  // namespace elegraph::storage
