// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <utility>

#include "index/entry_check.h"
#include "index/key_encoding.h"
#include "index/tree_index.h"
#include "index/turning_cursor.h"

namespace elegraph::index {
namespace {

template <class Entries>
class RangeCursor : public PropertyIndex::Cursor {
 public:
  RangeCursor(std::shared_ptr<const TreeIndex> index, Entries cursor)
      : index_(std::move(index)), cursor_(std::move(cursor)), holding_(index_->coverage()) {}

  uint32_t next(std::span<uint32_t> out, const storage::Reader* reader) override {
    if (!reader) return cursor_.next(out);
    const auto most = uint32_t(std::min<size_t>(out.size(), Vector::kCapacity));
    uint32_t count = 0;
    while (count == 0 && most != 0) {
      entries_.clear();
      if (cursor_.next_entries(most, entries_) == 0) break;
      count = holding_.select(*reader, entries_, out.data());
    }
    return count;
  }

 private:
  std::shared_ptr<const TreeIndex> index_;  // keeps the tree, even once the index was dropped
  Entries cursor_;
  RadixEntryBatch entries_;
  EntryCheck holding_;
};

class EmptyCursor : public PropertyIndex::Cursor {
 public:
  uint32_t next(std::span<uint32_t>, const storage::Reader*) override { return 0; }
};

// = and < are never true of these.
bool compares_with_nothing(const Value& v) { return v.is_null() || (v.type() == Type::kFloat && std::isnan(v.as_float())); }

bool bounds_nothing(const std::optional<Bound>& bound) { return bound && compares_with_nothing(bound->value); }

struct KeyRange {  // low <= key < high; an empty `high` is no limit
  std::string low, high;
};

// The keys that begin with `prefix` and have the next component within the bounds.
KeyRange key_range(const std::string& prefix, const std::optional<Bound>& lower, const std::optional<Bound>& upper) {
  KeyRange out{prefix, after_prefix(prefix)};
  auto with = [&](const Value& v) {
    std::string key = prefix;
    append_key(key, v);
    return key;
  };
  auto narrow = [&](std::string from, std::string to) {
    out.low = std::max(out.low, std::move(from));
    out.high = out.high.empty() ? std::move(to) : std::min(out.high, std::move(to));
  };
  auto class_start = [&](const Value& v) { return prefix + char(key_class(v).first); };
  auto class_end = [&](const Value& v) { return after_prefix(prefix + char(key_class(v).last)); };
  if (lower) narrow(lower->inclusive ? with(lower->value) : after_prefix(with(lower->value)), class_end(lower->value));
  if (upper) narrow(class_start(upper->value), upper->inclusive ? after_prefix(with(upper->value)) : with(upper->value));
  return out;
}

double share(const RadixTree& tree, const KeyRange& keys, bool thorough) {
  if (!keys.high.empty() && keys.low >= keys.high) return 0;
  const double above = keys.high.empty() ? 1 : tree.share_below(keys.high, thorough);
  return std::max(0.0, above - tree.share_below(keys.low, thorough));
}

void append_all(PropertyIndex::Cursor& cursor, std::vector<uint32_t>& out, const storage::Reader* reader) {
  constexpr uint32_t kBatch = 256;
  for (uint32_t n = kBatch; n != 0;) {
    size_t size = out.size();
    out.resize(size + kBatch);
    n = cursor.next(std::span(out).subspan(size), reader);
    out.resize(size + n);
  }
}

}  // namespace

void TreeIndex::lookup(std::span<const Value> equal, std::vector<uint32_t>& out, const storage::Reader* reader) const {
  out.clear();
  std::string key;  // integers fit its inline room
  for (auto& v : equal) {
    if (compares_with_nothing(v)) return;
    append_key(key, v);
  }
  radix::Ref found = tree_.find(key);
  if (found == 0) return;
  if (equal.size() == keys().size()) reader = nullptr;  // one value, so one entry for each entity
  if (!reader && radix::is_leaf(found)) return out.push_back(radix::leaf_id(found));
  RangeCursor<RadixCursor> cursor(self(), RadixCursor(tree_, key, after_prefix(key), false));
  append_all(cursor, out, reader);
}

void TreeIndex::lookup_integers(std::span<const int64_t> keys, std::span<uint32_t> out, bool& more) const {
  if (tree_.find_integers(keys, out)) more = true;
}

std::unique_ptr<PropertyIndex::Cursor> TreeIndex::range(std::span<const Value> equal, std::optional<Bound> lower,
                                                        std::optional<Bound> upper, bool descending) const {
  return walk(equal, lower, upper, {descending, {}});
}

// All indexes are trees.
std::unique_ptr<PropertyIndex::Cursor> ordered_walk(const PropertyIndex& index, std::span<const Value> equal,
                                                    std::optional<Bound> lower, std::optional<Bound> upper,
                                                    const WalkOrder& order) {
  return static_cast<const TreeIndex&>(index).walk(equal, lower, upper, order);
}

std::unique_ptr<PropertyIndex::Cursor> TreeIndex::walk(std::span<const Value> equal, const std::optional<Bound>& lower,
                                                       const std::optional<Bound>& upper, const WalkOrder& order) const {
  if (std::ranges::any_of(equal, compares_with_nothing) || bounds_nothing(lower) || bounds_nothing(upper))
    return std::make_unique<EmptyCursor>();
  KeyRange keys = key_range(composite_key(equal), lower, upper);
  if (!order.turns.empty())
    return std::make_unique<RangeCursor<TurningCursor>>(
        self(), TurningCursor(tree_, std::move(keys.low), std::move(keys.high), order));
  return std::make_unique<RangeCursor<RadixCursor>>(
      self(), RadixCursor(tree_, std::move(keys.low), std::move(keys.high), order.descending));
}

double TreeIndex::range_share(const std::optional<Bound>& lower, const std::optional<Bound>& upper, bool thorough) const {
  if (bounds_nothing(lower) || bounds_nothing(upper)) return 0;
  return share(tree_, key_range("", lower, upper), thorough);
}

double TreeIndex::prefix_share(std::string_view prefix, bool thorough) const {
  KeyRange keys;
  append_string_prefix(keys.low, prefix);
  keys.high = after_prefix(keys.low);
  return share(tree_, keys, thorough);
}

std::unique_ptr<PropertyIndex::Cursor> TreeIndex::prefix(std::span<const Value> equal, std::string_view prefix) const {
  if (std::ranges::any_of(equal, compares_with_nothing)) return std::make_unique<EmptyCursor>();
  std::string low = composite_key(equal);
  append_string_prefix(low, prefix);
  std::string high = after_prefix(low);
  return std::make_unique<RangeCursor<RadixCursor>>(self(), RadixCursor(tree_, std::move(low), std::move(high), false));
}

}  // namespace elegraph::index
