// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "index/property_index.h"

namespace elegraph::index {

// How a walk goes through the components of a key.
struct WalkOrder {
  bool descending = false;
  // The components, counted from the key's first, before which the direction turns; none of those that are bound to a
  // value.
  std::vector<uint32_t> turns;
};

// As PropertyIndex::range(), in any order.
std::unique_ptr<PropertyIndex::Cursor> ordered_walk(const PropertyIndex& index, std::span<const Value> equal,
                                                    std::optional<Bound> lower, std::optional<Bound> upper,
                                                    const WalkOrder& order);

}  // namespace elegraph::index
