// SPDX-License-Identifier: Apache-2.0
#include "index/entity.h"

#include <algorithm>

#include "index/key_encoding.h"

namespace elegraph::index {
namespace {

// False for null.
bool append(EntryKey& key, const Value& v) {
  append_key(key.bytes, v);
  key.whole &= !v.is_null();
  return !v.is_null();
}

}  // namespace

bool Coverage::has_key(KeyId key) const { return std::ranges::find(keys_, key) != keys_.end(); }

Coverage::Newest Coverage::newest(uint32_t id) const {
  if (entity_ == EntityKind::kRelationship) {
    auto state = graph_->newest(RelId(id));  // a relationship's type is that of its chunk and never changes
    return {state.live, state.writer};
  }
  auto state = graph_->newest(NodeId(id));
  return {state.live && graph_->catalog().has_label(state.labels, label()), state.writer};
}

Value Coverage::newest_value(uint32_t id, KeyId key) const {
  return entity_ == EntityKind::kNode ? graph_->newest_property(NodeId(id), key) : graph_->newest_property(RelId(id), key);
}

std::vector<Value> Coverage::newest_values(uint32_t id) const {
  std::vector<Value> values;
  values.reserve(keys_.size());
  for (KeyId key : keys_) values.push_back(newest_value(id, key));
  return values;
}

std::optional<EntryKey> Coverage::newest_key(uint32_t id, KeyId changed, const Value& instead) const {
  std::optional<EntryKey> key(std::in_place);
  bool any = false;
  for (KeyId k : keys_) any |= append(*key, k == changed ? instead : newest_value(id, k));
  if (!any) key.reset();
  return key;
}

// A relationship's type is that of its chunk and never changes.
bool Coverage::covers(const storage::Reader& reader, uint32_t id) const {
  if (entity_ == EntityKind::kRelationship) return reader.visible(RelId(id));
  return reader.visible(NodeId(id)) && reader.has_label(NodeId(id), label());
}

std::optional<EntryKey> Coverage::key_in(const storage::Reader& reader, uint32_t id) const {
  if (!covers(reader, id)) return std::nullopt;
  const bool node = entity_ == EntityKind::kNode;
  EntryKey key;
  bool any = false;
  for (KeyId k : keys_) any |= append(key, node ? reader.property(NodeId(id), k) : reader.property(RelId(id), k));
  if (!any) return std::nullopt;
  return key;
}

bool Coverage::has(const storage::Reader& reader, uint32_t id, std::string_view key) const {
  auto seen = key_in(reader, id);
  return seen && seen->bytes == key;
}

}  // namespace elegraph::index
