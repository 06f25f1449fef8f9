// SPDX-License-Identifier: Apache-2.0
#include "index/entry_check.h"

#include "index/key_encoding.h"

namespace elegraph::index {
namespace {

template <class EntityId>
std::span<const EntityId> as(std::span<const uint32_t> ids) {
  static_assert(sizeof(EntityId) == sizeof(uint32_t));
  return {reinterpret_cast<const EntityId*>(ids.data()), ids.size()};
}

}  // namespace

uint32_t EntryCheck::select(const storage::Reader& reader, const RadixEntryBatch& entries, uint32_t* out) {
  gather(reader, entries.ids());
  uint32_t count = 0;
  for (uint32_t i = 0; i < entries.size(); ++i) {
    const uint32_t id = entries.ids()[i];
    if (has(i, entries.value(i)) && coverage_->covers(reader, id)) out[count++] = id;
  }
  return count;
}

void EntryCheck::gather(const storage::Reader& reader, std::span<const uint32_t> ids) {
  const bool nodes = coverage_->entity() == EntityKind::kNode;
  for (size_t i = 0; i < columns_.size(); ++i) {
    const KeyId key = coverage_->keys()[i];
    nodes ? reader.gather_property(as<NodeId>(ids), key, columns_[i])
          : reader.gather_property(as<RelId>(ids), key, columns_[i]);
  }
}

bool EntryCheck::has(uint32_t row, std::string_view key) {
  key_.clear();
  for (const Vector& column : columns_) column.valid(row) ? append_key(key_, column, row) : append_key(key_, Value());
  return key_ == key;
}

}  // namespace elegraph::index
