// SPDX-License-Identifier: Apache-2.0
#include "index/tree_index.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "index/key_encoding.h"
#include "storage/conflict.h"
#include "storage/rcu.h"

namespace elegraph::index {
namespace {

// The id is mixed in behind the hash: as its seed it would meet a short key's bytes in a single subtraction, and keys that
// go with ids would share hashes.
uint64_t hold_hash(std::string_view key, uint32_t id) {
  constexpr uint64_t kOdd = 0x9E3779B97F4A7C15;
  return XXH3_64bits(key.data(), key.size()) + id * kOdd;
}

std::string describe(const Value& v) {
  switch (v.type()) {
    case Type::kBool: return v.as_bool() ? "true" : "false";
    case Type::kInt: return std::to_string(v.as_int());
    case Type::kFloat: {
      std::string text = fmt::format("{}", v.as_float());
      return text.find_first_not_of("-0123456789") == text.npos ? text + ".0" : text;
    }
    case Type::kString: {
      constexpr size_t kShown = 80;
      std::string_view s = v.as_string();
      return s.size() <= kShown ? fmt::format("'{}'", s) : fmt::format("'{}...'", s.substr(0, kShown));
    }
    case Type::kUuid:
    case Type::kNumeric: return std::string(v.as_string());
    default: return fmt::format("a {}", type_name(v.type()));
  }
}

}  // namespace

std::string describe(std::span<const std::string> keys, std::span<const Value> values) {
  std::string text;
  for (size_t i = 0; i < keys.size(); ++i)
    text += fmt::format("{}`{}` = {}", i == 0 ? "" : i + 1 == keys.size() ? " and " : ", ", keys[i], describe(values[i]));
  return text;
}

TreeIndex::TreeIndex(IndexId id, IndexDefinition definition, Coverage coverage)
    : id_(id), definition_(std::move(definition)), coverage_(std::move(coverage)) {}

bool TreeIndex::unique() const {
  return definition_.constraint == ConstraintKind::kUnique || definition_.constraint == ConstraintKind::kKey;
}

bool TreeIndex::requires_all_keys() const {
  return definition_.constraint == ConstraintKind::kExists || definition_.constraint == ConstraintKind::kKey;
}

namespace {

// What a change leaves for the transaction's end: the entity, and the keys that it left and entered. A key is never empty,
// so that stands for none.
struct ChangeRecord {
  struct Head {
    uint32_t id, left_size;
  } head;
  std::string_view left, entered;

  static ChangeRecord read(std::string_view record) {
    ChangeRecord r;
    std::memcpy(&r.head, record.data(), sizeof r.head);
    record.remove_prefix(sizeof r.head);
    r.left = record.substr(0, r.head.left_size), r.entered = record.substr(r.head.left_size);
    return r;
  }
};

}  // namespace

void TreeIndex::changed(storage::Transaction& t, uint32_t id, const std::optional<EntryKey>& left,
                        const std::optional<EntryKey>& entered) {
  if (left && entered && left->bytes == entered->bytes) return;
  if (!left && !entered) return;
  {
    std::lock_guard lock(latch_);
    if (entered) {
      if (unique() && entered->whole) check_unique(t, *entered, id);
      tree_.insert(entered->bytes, id);
    }
    if (left) {
      if (!online()) tree_.insert(left->bytes, id);  // the build may not have come to it
      hold(left->bytes, id);
    }
  }
  const ChangeRecord::Head head{id, left ? uint32_t(left->bytes.size()) : 0};
  t.leave_record(*this, {{reinterpret_cast<const char*>(&head), sizeof head},
                         left ? std::string_view(left->bytes) : std::string_view(),
                         entered ? std::string_view(entered->bytes) : std::string_view()});
}

void TreeIndex::replaced_for_good(std::string_view record) {
  auto r = ChangeRecord::read(record);
  if (!r.left.empty()) release(r.left, r.head.id);
}

void TreeIndex::rolled_back(std::string_view record) {
  auto r = ChangeRecord::read(record);
  if (!r.left.empty()) release(r.left, r.head.id);
  if (!r.entered.empty()) forget(r.entered, r.head.id);
}

// What a bulk insert entered, compactly, until the transaction ends.
struct TreeIndex::Rollback {
  std::string keys;
  std::vector<uint32_t> ends, ids;

  void add(std::string_view key, uint32_t id) {
    keys += key;
    ends.push_back(uint32_t(keys.size()));
    ids.push_back(id);
  }
  std::string_view key(size_t i) const {
    uint32_t from = i == 0 ? 0 : ends[i - 1];
    return std::string_view(keys).substr(from, ends[i] - from);
  }
};

namespace {

// False where the row has no value in any of the columns; a null one is absent.
bool append_row(EntryKey& key, std::span<const Vector* const> columns, uint32_t row) {
  bool any = false;
  for (const Vector* column : columns) {
    const bool has = column && column->valid(row);
    has ? append_key(key.bytes, *column, row) : append_key(key.bytes, Value());
    key.whole &= has, any |= has;
  }
  return any;
}

}  // namespace

void TreeIndex::created(storage::Transaction& t, std::span<const uint32_t> ids, std::span<const Vector* const> columns) {
  auto entered = std::make_shared<Rollback>();
  bool check = unique();
  bool integers = columns.size() == 1 && columns[0] && columns[0]->type() == Type::kInt;
  t.at_rollback([this, self = shared_from_this(), entered] {
    for (size_t i = 0; i < entered->ids.size(); ++i) forget(entered->key(i), entered->ids[i]);
  });
  std::lock_guard lock(latch_);
  EntryKey key;
  for (uint32_t row = 0; row < ids.size(); ++row) {
    key.bytes.clear(), key.whole = true;
    if (integers) {
      if (!columns[0]->valid(row)) continue;
      append_key(key.bytes, columns[0]->data<int64_t>()[columns[0]->at(row)]);
    } else {
      if (!append_row(key, columns, row)) continue;
    }
    if (check && key.whole && tree_.find(key.bytes) != 0) check_unique(t, key, ids[row]);
    if (tree_.insert(key.bytes, ids[row])) entered->add(key.bytes, ids[row]);
  }
}

void TreeIndex::enter_existing(std::span<const uint32_t> ids, storage::Snapshot snapshot) {
  rcu::ReadGuard guard;
  storage::Reader reader(coverage_.graph(), snapshot);
  std::lock_guard lock(latch_);
  for (uint32_t id : ids) {
    if (coverage_.newest(id).covered)
      if (auto key = coverage_.newest_key(id)) tree_.insert(key->bytes, id);
    if (auto key = coverage_.key_in(reader, id)) tree_.insert(key->bytes, id);
  }
}

bool TreeIndex::newest_has(std::string_view key, uint32_t id) const {
  if (!coverage_.newest(id).covered) return false;
  auto newest = coverage_.newest_key(id);
  return newest && newest->bytes == key;
}

void TreeIndex::hold(std::string_view key, uint32_t id) { holds_.add(hold_hash(key, id)); }

// A writer may have put another value in place and wait for the latch to say so: the last committed value is the one that
// it is about to hold, and that comes back if it is rolled back.
void TreeIndex::remove_stale(std::string_view key, uint32_t id) {
  if (newest_has(key, id)) return;
  const storage::Graph& graph = coverage_.graph();
  if (!coverage_.has(storage::Reader(graph, {graph.last_committed(), nullptr}), id, key)) tree_.remove(key, id);
}

void TreeIndex::release(std::string_view key, uint32_t id) {
  rcu::ReadGuard guard;
  std::lock_guard lock(latch_);
  if (holds_.remove(hold_hash(key, id))) remove_stale(key, id);
}

void TreeIndex::forget(std::string_view key, uint32_t id) {
  rcu::ReadGuard guard;
  std::lock_guard lock(latch_);
  if (!holds_.contains(hold_hash(key, id))) remove_stale(key, id);
}

}  // namespace elegraph::index
