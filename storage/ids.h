// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <limits>

namespace elegraph {

// A dense id that only compares with its own kind. Trivially copyable and as wide as Rep, so that arrays of
// ids are arrays of Rep.
template <class Tag, class Rep>
struct Id {
  using rep = Rep;
  static constexpr Rep kNone = std::numeric_limits<Rep>::max();

  constexpr Id() = default;
  constexpr explicit Id(Rep v) : value(v) {}
  constexpr bool valid() const { return value != kNone; }
  constexpr auto operator<=>(const Id&) const = default;

  Rep value = kNone;
};

using NodeId = Id<struct NodeTag, uint32_t>;          // chunk = value / 2048, slot = value % 2048
using RelId = Id<struct RelTag, uint32_t>;            // same split, over all relationship types
using LabelId = Id<struct LabelTag, uint32_t>;        // interned label name
using RelTypeId = Id<struct RelTypeTag, uint32_t>;    // interned relationship type name
using KeyId = Id<struct KeyTag, uint32_t>;            // interned property key
using LabelSetId = Id<struct LabelSetTag, uint32_t>;  // interned, sorted set of labels
using ChunkId = Id<struct ChunkTag, uint32_t>;
using IndexId = Id<struct IndexTag, uint32_t>;

inline constexpr uint32_t kChunkRows = 2048;

// Which way a relationship is followed, seen from the node in hand.
enum class Direction : uint8_t { kOut, kIn, kBoth };

constexpr Direction reverse(Direction d) {
  return d == Direction::kOut ? Direction::kIn : d == Direction::kIn ? Direction::kOut : Direction::kBoth;
}

}  // namespace elegraph

template <class Tag, class Rep>
struct std::hash<elegraph::Id<Tag, Rep>> {
  size_t operator()(elegraph::Id<Tag, Rep> id) const noexcept { return std::hash<Rep>{}(id.value); }
};
