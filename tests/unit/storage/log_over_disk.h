// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "simulated_disk.h"
#include "storage/disk_wait.h"
#include "storage/wal.h"

namespace elegraph::storage {

inline const std::filesystem::path kDirectory = "/wal";

inline std::string payload(uint64_t i, size_t bytes = 40) {
  std::string text = "transaction " + std::to_string(i) + " ";
  text.resize(std::max(bytes, text.size()), char('a' + i % 26));
  return text;
}

// A log over a disk, and what became of each entry.
class Log {
 public:
  explicit Log(FileSystem& disk, uint64_t segment_bytes = 8192,
               std::chrono::milliseconds lazy = std::chrono::milliseconds(200),
               const std::filesystem::path& directory = kDirectory)
      : end_(read_log(disk, directory, 0, [this](Timestamp at, std::string_view redo) { read_[at] = redo; })),
        wal_(disk, {directory, segment_bytes, lazy}, end_) {}

  // `then` is told the timestamp; 0: an error.
  void submit(std::string redo, Durability durability = Durability::kOn, std::function<void(Timestamp)> then = {}) {
    {
      std::lock_guard lock(mutex_);
      ++waiting_;
    }
    std::string copy = redo;
    CommitLog::Entry entry;
    entry.redo = std::move(redo), entry.durability = durability;
    entry.publish = [this, copy, then](Timestamp at, std::exception_ptr error) {
      if (then) then(error ? 0 : at);
      std::lock_guard lock(mutex_);
      if (error) {
        errors_.push_back(error);
      } else {
        committed_[at] = copy;
      }
      if (--waiting_ == 0) idle_.notify_all();
    };
    wal_.submit(std::move(entry));
  }
  void wait() {
    std::unique_lock lock(mutex_);
    idle_.wait(lock, [&] { return waiting_ == 0; });
  }
  void commit(std::string redo, Durability durability = Durability::kOn) { submit(std::move(redo), durability), wait(); }

  Wal& wal() { return wal_; }
  const std::map<Timestamp, std::string>& read() const { return read_; }
  const std::map<Timestamp, std::string>& committed() const { return committed_; }
  size_t committed_now() {
    std::lock_guard lock(mutex_);
    return committed_.size();
  }
  std::string last_state() const {
    try {
      std::rethrow_exception(errors_.back());
    } catch (const Error& error) {
      return error.sqlstate;
    }
  }
  size_t errors() const { return errors_.size(); }

 private:
  std::map<Timestamp, std::string> read_;
  LogEnd end_;
  std::mutex mutex_;
  std::condition_variable idle_;
  int waiting_ = 0;
  std::map<Timestamp, std::string> committed_;
  std::vector<std::exception_ptr> errors_;
  Wal wal_;
};

inline std::map<Timestamp, std::string> read_all(SimulatedDisk& disk) {
  std::map<Timestamp, std::string> read;
  read_log(disk, kDirectory, 0, [&](Timestamp at, std::string_view redo) { read[at] = redo; });
  return read;
}

// A thread that hands in its commits in turns, which the test ends.
struct InTurns final : DiskWait {
  bool begin() override { return false; }
  void end() override {}
  bool at_end_of_turn(TurnObserver& o) override {
    observer = &o;
    return true;
  }
  TurnObserver* observer = nullptr;
};

// Threads that may always wait, and how often they did.
struct MayWait final : DiskWait {
  bool begin() override { return ++waits > 0; }
  void end() override {}
  std::atomic<int> waits{0};
};

}  // namespace elegraph::storage
