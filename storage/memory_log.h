// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <mutex>

#include "storage/commit_log.h"

namespace elegraph::storage {

// A log that keeps nothing: timestamps in order, published at once on the committing thread.
class MemoryLog : public CommitLog {
 public:
  explicit MemoryLog(Timestamp last = 0) : last_(last) {}
  void submit(Entry entry) override {
    std::lock_guard lock(mutex_);
    if (entry.admit) {
      if (std::exception_ptr refused = entry.admit({})) return entry.publish(0, refused);
    }
    entry.publish(++last_, nullptr);
  }
  void set_last(Timestamp last) {
    std::lock_guard lock(mutex_);
    last_ = last;
  }

 private:
  std::mutex mutex_;
  Timestamp last_;
};

}  // namespace elegraph::storage
