// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "storage/graph_interface.h"
#include "storage/value.h"

namespace elegraph::storage {

// Looks for one value in lists where they are stored, without making them: a list of strings is an allocation for each of
// them.
class ListSearch {
 public:
  // kAsk: what rules say of this value and this list, or of what is no list, is not known here.
  enum class Found : uint8_t { kNo, kYes, kAsk };

  static bool can_find(Type type) { return type == Type::kInt || type == Type::kString || type == Type::kDate; }

  explicit ListSearch(const Value& wanted);  // REQUIRES: can_find()

  // found[i]: of nodes[i]'s property. REQUIRES: visible rows; as Reader's members.
  void find(const Reader& reader, std::span<const NodeId> nodes, KeyId key, std::span<Found> found) const;
  void find(const Reader& reader, std::span<const RelId> relationships, KeyId key, std::span<Found> found) const;

 private:
  template <class Directory>
  void find(const Directory& chunks, std::span<const uint32_t> ids, KeyId key, std::span<Found> found) const;
  Found in(std::string_view list) const;

  Type type_;
  std::string value_;  // its bytes, as they are stored behind type and size
};

}  // namespace elegraph::storage
