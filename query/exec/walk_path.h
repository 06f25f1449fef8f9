// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <unordered_set>
#include <vector>

#include "storage/ids.h"

namespace elegraph::query::exec {

// The relationships of a walk that is being gone, of which none may come twice. Looking through a few hundred is faster
// than hashing; a chain of a hundred thousand would be looked through a hundred thousand times. Not thread-safe.
class WalkPath {
 public:
  void push(RelId rel) {
    if (rels_.size() >= kLookedThrough) far_.insert(rel.value);
    rels_.push_back(rel);
  }
  void pop() {
    if (rels_.size() > kLookedThrough) far_.erase(rels_.back().value);
    rels_.pop_back();
  }
  void clear() { rels_.clear(), far_.clear(); }
  bool contains(RelId rel) const {
    const auto end = rels_.begin() + std::ptrdiff_t(std::min(rels_.size(), kLookedThrough));
    return std::find(rels_.begin(), end, rel) != end || (!far_.empty() && far_.contains(rel.value));
  }
  size_t size() const { return rels_.size(); }
  bool empty() const { return rels_.empty(); }
  const std::vector<RelId>& rels() const { return rels_; }

 private:
  static constexpr size_t kLookedThrough = 256;
  std::vector<RelId> rels_;
  std::unordered_set<decltype(RelId::value)> far_;  // of rels_, those behind the first kLookedThrough
};

}  // namespace elegraph::query::exec
