// SPDX-License-Identifier: Apache-2.0
#include "storage/catalog.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>

#include "storage/error.h"
#include "storage/segmented.h"

namespace elegraph::storage {

namespace {

// Interned strings. Lookups go through an insert-only open-addressing table of ids; a full table is replaced by one
// twice the size and kept until the end, so that readers need no protection (all old ones together are no bigger than
// the newest).
class Names {
 public:
  Names() { grow(64); }

  std::optional<uint32_t> find(std::string_view name) const {
    const Table* table = table_.load(std::memory_order_acquire);
    for (size_t i = std::hash<std::string_view>{}(name);; ++i) {
      uint32_t entry = table->slots[i & table->mask].load(std::memory_order_acquire);
      if (entry == 0) return std::nullopt;
      if (*names_.find(entry - 1) == name) return entry - 1;
    }
  }

  // REQUIRES: the catalog's mutex.
  uint32_t add(std::string_view name) {
    uint32_t id = count_.load(std::memory_order_relaxed);
    if ((id + 1) * 2 > uint32_t(table_.load(std::memory_order_relaxed)->mask))
      grow((table_.load(std::memory_order_relaxed)->mask + 1) * 2);
    names_[id] = name;
    insert(*tables_.back(), id);
    count_.store(id + 1, std::memory_order_release);
    return id;
  }

  std::string_view name(uint32_t id) const {
    return id < count() ? std::string_view(*names_.find(id)) : std::string_view();
  }
  uint32_t count() const { return count_.load(std::memory_order_acquire); }

 private:
  struct Table {
    explicit Table(size_t size) : mask(size - 1), slots(std::make_unique<std::atomic<uint32_t>[]>(size)) {}
    size_t mask;
    std::unique_ptr<std::atomic<uint32_t>[]> slots;  // id + 1; 0 is free
  };

  void grow(size_t size) {
    auto next = std::make_unique<Table>(size);
    for (uint32_t id = 0; id < count_.load(std::memory_order_relaxed); ++id) insert(*next, id);
    tables_.push_back(std::move(next));
    table_.store(tables_.back().get(), std::memory_order_release);
  }
  void insert(Table& table, uint32_t id) {
    size_t i = std::hash<std::string_view>{}(*names_.find(id));
    while (table.slots[i & table.mask].load(std::memory_order_relaxed) != 0) ++i;
    table.slots[i & table.mask].store(id + 1, std::memory_order_release);
  }

  Segmented<std::string> names_;
  std::atomic<uint32_t> count_{0};
  std::atomic<const Table*> table_{nullptr};
  std::vector<std::unique_ptr<Table>> tables_;
};

// The keys of one label set or relationship type with the types seen, append-only.
struct ObservedKeys {
  struct Entry {
    uint32_t key = 0;
    uint64_t order = 0;              // of first appearance, over the whole catalog
    std::atomic<uint64_t> types{0};  // bits | element_bits << 32
  };
  Segmented<Entry> entries;
  std::atomic<uint32_t> count{0};

  Entry* find(KeyId key) const {
    uint32_t n = count.load(std::memory_order_acquire);
    for (uint32_t i = 0; i < n; ++i)
      if (Entry* e = entries.find(i); e->key == key.value) return e;
    return nullptr;
  }
  TypeMask mask(KeyId key) const {
    Entry* e = find(key);
    if (!e) return {};
    uint64_t types = e->types.load(std::memory_order_acquire);
    return {uint32_t(types), uint32_t(types >> 32)};
  }
  template <class F>
  void each(F f) const {
    uint32_t n = count.load(std::memory_order_acquire);
    for (uint32_t i = 0; i < n; ++i) {
      const Entry& e = *entries.find(i);
      uint64_t types = e.types.load(std::memory_order_acquire);
      f(KeyId(e.key), TypeMask{uint32_t(types), uint32_t(types >> 32)}, e.order);
    }
  }
};

std::vector<KeyId> in_order(std::vector<std::pair<uint64_t, KeyId>> found) {
  std::sort(found.begin(), found.end());
  std::vector<KeyId> keys;
  for (auto& [order, key] : found)
    if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
  return keys;
}

}  // namespace

struct Catalog::State {
  std::mutex mutex;
  Names labels, rel_types, keys;
  Segmented<std::vector<LabelId>> sets;
  std::atomic<uint32_t> set_count{0};
  std::map<std::vector<LabelId>, uint32_t> set_ids;
  Segmented<ObservedKeys> node_keys, rel_keys;  // by label set, by type
  uint64_t next_order = 0;

  uint32_t add_set(std::vector<LabelId> labels) {
    auto [at, fresh] = set_ids.try_emplace(std::move(labels), set_count.load(std::memory_order_relaxed));
    if (!fresh) return at->second;
    sets[at->second] = at->first;
    node_keys.at(at->second);
    set_count.store(at->second + 1, std::memory_order_release);
    return at->second;
  }

  // True where something was new.
  bool observe(ObservedKeys& seen, KeyId key, TypeMask types) {
    if (types.empty() || seen.mask(key).contains(types)) return false;
    std::lock_guard lock(mutex);
    ObservedKeys::Entry* e = seen.find(key);
    if (!e) {
      uint32_t n = seen.count.load(std::memory_order_relaxed);
      e = &seen.entries.at(n);
      e->key = key.value, e->order = next_order++;
      seen.count.store(n + 1, std::memory_order_release);
    }
    e->types.fetch_or(uint64_t(types.element_bits) << 32 | types.bits, std::memory_order_acq_rel);
    return true;
  }
};

namespace {

TypeMask mask_of_type(Type type) { return {1u << unsigned(type), 0}; }

template <class State>
Names& names_of(State& state, NameKind kind) {
  return kind == NameKind::kLabel ? state.labels : kind == NameKind::kRelType ? state.rel_types : state.keys;
}

}  // namespace

TypeMask type_mask_of(const Value& v) {
  if (v.is_null()) return {};
  TypeMask mask = mask_of_type(v.type());
  if (v.type() == Type::kList)
    for (const Value& item : v.as_list()) mask.element_bits |= 1u << unsigned(item.type());
  return mask;
}

Catalog::Catalog() : state_(std::make_unique<State>()) {
  state_->add_set({});
  mark_logged(NameKind::kLabelSet, 1);
}
Catalog::~Catalog() = default;

namespace {

template <class IdT>
std::optional<IdT> as_id(std::optional<uint32_t> found) {
  return found ? std::optional(IdT(*found)) : std::nullopt;
}

}  // namespace

std::optional<LabelId> Catalog::find_label(std::string_view n) const { return as_id<LabelId>(state_->labels.find(n)); }
std::optional<RelTypeId> Catalog::find_rel_type(std::string_view n) const {
  return as_id<RelTypeId>(state_->rel_types.find(n));
}
std::optional<KeyId> Catalog::find_key(std::string_view n) const { return as_id<KeyId>(state_->keys.find(n)); }

LabelId Catalog::intern_label(std::string_view n) {
  if (auto found = find_label(n)) return *found;
  std::lock_guard lock(state_->mutex);
  if (auto found = find_label(n)) return *found;
  LabelId id(state_->labels.add(n));
  bump_epoch();
  return id;
}
RelTypeId Catalog::intern_rel_type(std::string_view n) {
  if (auto found = find_rel_type(n)) return *found;
  std::lock_guard lock(state_->mutex);
  if (auto found = find_rel_type(n)) return *found;
  RelTypeId id(state_->rel_types.add(n));
  bump_epoch();
  return id;
}
KeyId Catalog::intern_key(std::string_view n) {
  if (auto found = find_key(n)) return *found;
  std::lock_guard lock(state_->mutex);
  if (auto found = find_key(n)) return *found;
  KeyId id(state_->keys.add(n));
  bump_epoch();
  return id;
}

std::string_view Catalog::name(LabelId id) const { return state_->labels.name(id.value); }
std::string_view Catalog::name(RelTypeId id) const { return state_->rel_types.name(id.value); }
std::string_view Catalog::name(KeyId id) const { return state_->keys.name(id.value); }
uint32_t Catalog::label_count() const { return state_->labels.count(); }
uint32_t Catalog::rel_type_count() const { return state_->rel_types.count(); }
uint32_t Catalog::key_count() const { return state_->keys.count(); }

LabelSetId Catalog::intern_label_set(std::span<const LabelId> labels) {
  std::vector<LabelId> sorted(labels.begin(), labels.end());
  std::sort(sorted.begin(), sorted.end());
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  std::lock_guard lock(state_->mutex);
  return LabelSetId(state_->add_set(std::move(sorted)));
}

std::span<const LabelId> Catalog::labels(LabelSetId set) const {
  if (set.value >= label_set_count()) return {};
  return *state_->sets.find(set.value);
}

bool Catalog::has_label(LabelSetId set, LabelId label) const {
  for (LabelId l : labels(set))
    if (l == label) return true;
  return false;
}

LabelSetId Catalog::with_label(LabelSetId set, LabelId label) {
  if (has_label(set, label)) return set;
  auto old = labels(set);
  std::vector<LabelId> next(old.begin(), old.end());
  next.push_back(label);
  return intern_label_set(next);
}

LabelSetId Catalog::without_label(LabelSetId set, LabelId label) {
  if (!has_label(set, label)) return set;
  auto old = labels(set);
  std::vector<LabelId> next;
  std::copy_if(old.begin(), old.end(), std::back_inserter(next), [&](LabelId l) { return l != label; });
  return intern_label_set(next);
}

uint32_t Catalog::label_set_count() const { return state_->set_count.load(std::memory_order_acquire); }

void Catalog::observe(LabelSetId set, KeyId key, const Value& v) { observe(set, key, type_mask_of(v)); }
void Catalog::observe(RelTypeId type, KeyId key, const Value& v) { observe(type, key, type_mask_of(v)); }
void Catalog::observe(LabelSetId set, KeyId key, TypeMask types) {
  if (state_->observe(state_->node_keys.at(set.value), key, types)) bump_epoch();
}
void Catalog::observe(RelTypeId type, KeyId key, TypeMask types) {
  if (state_->observe(state_->rel_keys.at(type.value), key, types)) bump_epoch();
}

TypeMask Catalog::observed(LabelSetId set, KeyId key) const {
  ObservedKeys* seen = state_->node_keys.find(set.value);
  return seen ? seen->mask(key) : TypeMask{};
}
TypeMask Catalog::observed(RelTypeId type, KeyId key) const {
  ObservedKeys* seen = state_->rel_keys.find(type.value);
  return seen ? seen->mask(key) : TypeMask{};
}

TypeMask Catalog::node_types(LabelId label, KeyId key) const {
  TypeMask all;
  for (uint32_t set = 0; set < label_set_count(); ++set)
    if (has_label(LabelSetId(set), label)) all.add(observed(LabelSetId(set), key));
  return all;
}
TypeMask Catalog::node_types(KeyId key) const {
  TypeMask all;
  for (uint32_t set = 0; set < label_set_count(); ++set) all.add(observed(LabelSetId(set), key));
  return all;
}
TypeMask Catalog::rel_types(RelTypeId type, KeyId key) const { return observed(type, key); }
TypeMask Catalog::rel_types(KeyId key) const {
  TypeMask all;
  for (uint32_t type = 0; type < rel_type_count(); ++type) all.add(observed(RelTypeId(type), key));
  return all;
}

std::vector<KeyId> Catalog::node_keys(LabelId label) const {
  std::vector<std::pair<uint64_t, KeyId>> found;
  for (uint32_t set = 0; set < label_set_count(); ++set)
    if (has_label(LabelSetId(set), label))
      state_->node_keys.find(set)->each([&](KeyId k, TypeMask, uint64_t order) { found.emplace_back(order, k); });
  return in_order(std::move(found));
}
std::vector<KeyId> Catalog::rel_keys(RelTypeId type) const {
  std::vector<std::pair<uint64_t, KeyId>> found;
  if (ObservedKeys* seen = state_->rel_keys.find(type.value))
    seen->each([&](KeyId k, TypeMask, uint64_t order) { found.emplace_back(order, k); });
  return in_order(std::move(found));
}

void Catalog::mark_logged(NameKind kind, uint32_t count) {
  auto& logged = logged_[size_t(kind)];
  uint32_t old = logged.load(std::memory_order_relaxed);
  while (old < count && !logged.compare_exchange_weak(old, count, std::memory_order_acq_rel)) {}
}

void Catalog::restore(NameKind kind, uint32_t id, std::string_view name) {
  std::lock_guard lock(state_->mutex);
  Names& names = names_of(*state_, kind);
  if (id > names.count() || (id < names.count() && names.name(id) != name))
    throw Error(sqlstate::kDataCorrupted, "names in the log do not follow on each other");
  if (id == names.count()) names.add(name);
  mark_logged(kind, id + 1);
}

void Catalog::restore(LabelSetId id, std::span<const LabelId> labels) {
  std::lock_guard lock(state_->mutex);
  for (LabelId l : labels)
    if (l.value >= state_->labels.count())
      throw Error(sqlstate::kDataCorrupted, "a label set in the log names an unknown label");
  if (state_->add_set({labels.begin(), labels.end()}) != id.value)
    throw Error(sqlstate::kDataCorrupted, "label sets in the log do not follow on each other");
  mark_logged(NameKind::kLabelSet, id.value + 1);
}

namespace {

template <class Seen>
std::vector<std::pair<KeyId, TypeMask>> list_of(const Seen* seen) {
  std::vector<std::pair<KeyId, TypeMask>> all;
  if (seen) seen->each([&](KeyId k, TypeMask m, uint64_t) { all.emplace_back(k, m); });
  return all;
}

}  // namespace

std::vector<std::pair<KeyId, TypeMask>> Catalog::observed(LabelSetId set) const {
  return list_of(state_->node_keys.find(set.value));
}
std::vector<std::pair<KeyId, TypeMask>> Catalog::observed(RelTypeId type) const {
  return list_of(state_->rel_keys.find(type.value));
}

}  // namespace elegraph::storage
