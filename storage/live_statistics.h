// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

#include "storage/adjacency.h"
#include "storage/graph_interface.h"
#include "storage/segmented.h"

namespace elegraph::storage {

// Changes of counts that one transaction makes; merged into LiveStatistics when it commits. Not thread-safe.
class StatisticsDelta {
 public:
  void nodes(LabelSetId set, int64_t n) { add(0, set.value, n); }
  void relationships(RelTypeId type, int64_t n) { add(1, type.value, n); }
  // Relationships of `type` at nodes of `set`, which is their source (kOut) or target (kIn).
  void ends(LabelSetId set, RelTypeId type, Direction d, int64_t n) {
    add((uint64_t{type.value} << 2) | (d == Direction::kIn ? 3 : 2), set.value, n);
  }
  void merge(const StatisticsDelta& o) {
    for (const Item& i : o.items_) add(i.what, i.set, i.change);
  }

  struct Item {
    uint64_t what;  // 0: nodes, 1: relationships, else type << 2 | 2 (sources) or 3 (targets)
    uint32_t set;
    int64_t change;
  };
  const std::vector<Item>& items() const { return items_; }

 private:
  // Mostly a few, which are looked through; places_ knows where each of many is.
  static constexpr size_t kFew = 16;
  using Key = std::pair<uint64_t, uint32_t>;
  struct Hash {
    size_t operator()(const Key& k) const {
      return size_t((k.first * 0x9E3779B97F4A7C15u ^ k.second) * 0xBF58476D1CE4E5B9u);
    }
  };

  void add(uint64_t what, uint32_t set, int64_t n) {
    if (items_.size() < kFew) {
      for (Item& i : items_)
        if (i.what == what && i.set == set) {
          i.change += n;
          return;
        }
    } else {
      if (places_.empty())
        for (const Item& i : items_) places_.emplace(Key{i.what, i.set}, places_.size());
      const auto [at, fresh] = places_.try_emplace(Key{what, set}, items_.size());
      if (!fresh) {
        items_[at->second].change += n;
        return;
      }
    }
    items_.push_back({what, set, n});
  }
  std::vector<Item> items_;
  std::unordered_map<Key, size_t, Hash> places_;
};

// Counters by label set and type; sums over the label sets that have a label are made when asked for. Thread-safe.
class LiveStatistics : public Statistics {
 public:
  LiveStatistics(const Catalog& catalog, const AdjacencyStore& adjacency) : catalog_(&catalog), adjacency_(&adjacency) {}
  // True where a label set or a type has become so much larger or smaller since the last time that plans made before should
  // be made anew: after four times as many, or a quarter. So it happens a dozen times while a label grows to a hundred
  // million, and not again and again where a count goes up and down: sixteen times in three minutes at most.
  bool apply(const StatisticsDelta& delta);

  uint64_t node_count() const override;
  uint64_t node_count(LabelId) const override;
  uint64_t relationship_count() const override;
  uint64_t relationship_count(RelTypeId) const override;
  uint64_t relationship_count(LabelId, RelTypeId, Direction) const override;
  uint64_t end_count(RelTypeId, Direction) const override;

 private:
  using Counter = std::atomic<int64_t>;
  struct Size : Counter {
    Counter noted{0};  // as plans may know it
    Counter since{0};  // seconds of the steady clock: when the first of the `times` was
    Counter times{0};
    bool add(int64_t change);
    bool may_tell();
  };
  struct Ends {
    Segmented<Counter> by_set[2];
  };
  static uint64_t read(const Counter* c) {
    int64_t n = c ? c->load(std::memory_order_relaxed) : 0;
    return n > 0 ? uint64_t(n) : 0;
  }
  const Catalog* catalog_;
  const AdjacencyStore* adjacency_;
  Counter nodes_{0}, relationships_{0};
  Segmented<Size> by_set_, by_type_;
  Segmented<Ends> ends_;  // by type
};

}  // namespace elegraph::storage
