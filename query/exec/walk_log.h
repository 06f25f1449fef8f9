// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "storage/ids.h"

namespace elegraph::query::exec {

// The walks that one operator gives in a batch, as a tree of their relationships: what walks have in common is there once.
// So whoever drops most of the rows need not have had the lists made, which on a chain take the square of its length.
// Numbers of walks are good until forget(). Not thread-safe.
class WalkLog {
 public:
  static constexpr int64_t kNoSteps = -1;

  // `reversed`: walks are gone from the end of the pattern.
  explicit WalkLog(bool reversed) : reversed_(reversed) {}

  // The walk that is being gone.
  void push(RelId rel) {
    steps_.push_back({now_, rel});
    now_ = uint32_t(steps_.size() - 1);
  }
  void pop() {
    const uint32_t left = now_;
    now_ = steps_[left].before;
    if (left >= kept_ && left + 1 == steps_.size()) steps_.pop_back();  // no walk that was asked for goes on from there
  }
  // The number of the walk as it is.
  int64_t number() {
    kept_ = steps_.size();
    return now_ == kStart ? kNoSteps : int64_t(now_);
  }
  // To the next walk, which begins anew.
  void leave() { now_ = kStart; }
  void clear() { steps_.clear(), now_ = kStart, kept_ = 0; }
  // Keeps nothing but the walk that is being gone.
  void forget() {
    std::vector<RelId> walk;
    read_back(now_ == kStart ? kNoSteps : int64_t(now_), walk);
    clear();
    for (auto rel = walk.rbegin(); rel != walk.rend(); ++rel) push(*rel);
  }

  // The walk's relationships in the order in which they were gone, or the pattern has them.
  void read(int64_t number, std::vector<RelId>& out) const {
    read_back(number, out);
    if (!reversed_) std::reverse(out.begin(), out.end());
  }
  uint64_t bytes() const { return steps_.capacity() * sizeof(Step); }

 private:
  static constexpr uint32_t kStart = ~0u;
  void read_back(int64_t number, std::vector<RelId>& out) const {
    out.clear();
    for (uint32_t at = number == kNoSteps ? kStart : uint32_t(number); at != kStart; at = steps_[at].before)
      out.push_back(steps_[at].rel);
  }

  struct Step {
    uint32_t before;
    RelId rel;
  };
  bool reversed_;
  std::vector<Step> steps_;
  uint32_t now_ = kStart;
  size_t kept_ = 0;  // steps_ before it may belong to walks that were asked for
};

}  // namespace elegraph::query::exec
