// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace elegraph::query::exec {

// What the copies of a pipeline that run side by side share: counters, from which each scan takes its next chunk (morsel),
// and how far they are. Thread-safe.
class MorselSource {
 public:
  // A scan's, or that of one of the parts that it goes through one after the other, which has so many morsels. `taken`: the
  // first copy, before there are others, has been through so many of them.
  std::atomic<uint32_t>& counter(uint32_t node_id, uint32_t part, uint64_t morsels, uint64_t taken = 0) {
    std::lock_guard lock(mutex_);
    auto& c = counters_[{node_id, part}];
    if (!c) c = std::make_unique<Counter>(morsels, stopped_ ? morsels : taken);
    return c->next;
  }
  // Into how many slices a scan's chunks are cut: as the first one says that comes.
  uint32_t slices(uint32_t node_id, uint32_t wanted) {
    std::lock_guard lock(mutex_);
    return slices_.try_emplace(node_id, wanted).first->second;
  }

  struct Progress {
    uint64_t taken = 0, all = 0;
  };
  Progress progress() const {
    std::lock_guard lock(mutex_);
    Progress out;
    for (auto& [id, c] : counters_) {
      out.taken += std::min<uint64_t>(c->next.load(std::memory_order_relaxed), c->morsels);
      out.all += c->morsels;
    }
    return out;
  }

  // One more copy, beside the first. False: the others have ended, or are about to, and left nothing to do.
  bool join() {
    std::lock_guard lock(mutex_);
    if (!over_) copies_++;
    return !over_;
  }
  // A copy has come to the end, so that there are no more morsels for others.
  void end() {
    std::lock_guard lock(mutex_);
    over_ = true;
  }
  // A copy has failed: the others find no more morsels.
  void stop() {
    std::lock_guard lock(mutex_);
    over_ = stopped_ = true;
    for (auto& [id, c] : counters_) c->next.store(uint32_t(c->morsels), std::memory_order_relaxed);
  }
  // As end(), and leaves what the copy's operator has to the last one that comes to the end, which gets all.
  std::vector<void*> leave(uint32_t node_id, void* rest) {
    std::lock_guard lock(mutex_);
    over_ = true;
    auto& all = left_[node_id];
    all.push_back(rest);
    return all.size() == copies_ ? std::move(all) : std::vector<void*>{};
  }

 private:
  struct Counter {
    Counter(uint64_t m, uint64_t taken) : next(uint32_t(taken)), morsels(m) {}
    std::atomic<uint32_t> next;
    uint64_t morsels;
  };

  mutable std::mutex mutex_;  // taken a few times by each copy, and never for a morsel
  std::map<std::pair<uint32_t, uint32_t>, std::unique_ptr<Counter>> counters_;
  std::map<uint32_t, uint32_t> slices_;
  std::map<uint32_t, std::vector<void*>> left_;
  uint32_t copies_ = 1;
  bool over_ = false, stopped_ = false;
};

}  // namespace elegraph::query::exec
