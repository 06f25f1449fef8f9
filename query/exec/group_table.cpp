// SPDX-License-Identifier: Apache-2.0
#include "query/exec/group_table.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <utility>

#include "query/functions/compare.h"
#include "query/functions/value_ops.h"
#include "storage/value_memory.h"

namespace elegraph::query::exec {

namespace {

// From this many at once the table of small integers is worth its memory.
constexpr uint32_t kManyRows = 256;

// All of these are below it and its successor is a power of two.
template <class T>
uint64_t all_bits(const T* x, Rows rows) {
  uint64_t any = 0;
  for_rows(rows, [&](uint32_t row) { any |= uint64_t(x[row]); });
  return any == 0 ? 0 : ~0ull >> std::countl_zero(any);
}

uint64_t mix(uint64_t word) {
  word *= 0x9E3779B97F4A7C15ull;
  return word ^ word >> 32;
}

bool is_word(Type t) {
  return t == Type::kInt || t == Type::kNode || t == Type::kRelationship || t == Type::kDate || t == Type::kBool;
}

uint64_t word_of(const Value& v) {
  switch (v.type()) {
    case Type::kNode: return v.as_node().value;
    case Type::kRelationship: return v.as_relationship().value;
    case Type::kBool: return v.as_bool();
    default: return uint64_t(v.as_int());
  }
}

Value value_of(uint64_t word, Type type) {
  switch (type) {
    case Type::kNode: return Value::node(NodeId(uint32_t(word)));
    case Type::kRelationship: return Value::relationship(RelId(uint32_t(word)));
    case Type::kDate: return Value::date(int64_t(word));
    case Type::kBool: return Value::boolean(word != 0);
    default: return Value::integer(int64_t(word));
  }
}

// One for each value that is no integer. The lower half of a short fraction is zeros, which mix() would make nothing of.
uint64_t float_word(double d) {
  const auto bits = std::bit_cast<uint64_t>(std::isnan(d) ? std::nan("") : d);
  return bits ^ bits >> 32;
}

}  // namespace

void GroupTable::Words::grow() {
  const storage::PageVector<Entry> old = std::exchange(entries, {});
  size_t size = old.empty() ? 64 : old.size() * 2;
  entries.assign(size, {0, kNone});
  mask = size - 1;
  for (const Entry& e : old) {
    if (e.group == kNone) continue;
    uint64_t i = mix(e.word) & mask;
    while (entries[i].group != kNone) i = (i + 1) & mask;
    entries[i] = e;
  }
}

bool GroupTable::Words::make_room(bool frozen) {
  if (!frozen && used * 2 >= entries.size()) grow();
  return !entries.empty();
}

void GroupTable::Words::reuse() {
  if (entries.size() > kCached) *this = {};
  if (used > 0) std::ranges::fill(entries, Entry{0, kNone});
  used = 0;
}

uint32_t& GroupTable::Words::find(uint64_t word) {
  if (used * 2 >= entries.size()) grow();
  for (uint64_t i = mix(word) & mask;; i = (i + 1) & mask) {
    Entry& e = entries[i];
    if (e.group == kNone) return used++, e.word = word, e.group;
    if (e.word == word) return e.group;
  }
}

void GroupTable::Words::prefetch(uint64_t word) const { __builtin_prefetch(&entries[mix(word) & mask], 1); }

uint32_t GroupTable::Words::look_up(uint64_t word) const {
  if (entries.empty()) return kNone;
  for (uint64_t i = mix(word) & mask;; i = (i + 1) & mask) {
    const Entry& e = entries[i];
    if (e.group == kNone || e.word == word) return e.group;
  }
}

GroupTable::GroupTable(uint32_t keys, Keep keep) : keys_(keys), keep_(keep), pairs_(keys) {
  for (uint32_t k = 0; keys > 1 && k < keys; k++) columns_.emplace_back(1);
}

void GroupTable::freeze() {
  frozen_ = true;
  for (GroupTable& c : columns_) c.freeze();
}

uint32_t GroupTable::enter(const Value* values) {
  if (keys_ == 1)
    values_.push_back(*values);
  else
    values_.insert(values_.end(), values, values + keys_);
  return size_++;
}

uint32_t GroupTable::find_word(uint64_t word, Type type) {
  uint32_t* found = word < direct_.size() ? &direct_[word] : nullptr;
  if (found && (*found != kNone || frozen_)) return *found;
  if (!found) {
    if (frozen_) return words_.look_up(word);
    found = &words_.find(word);
    if (*found != kNone) return *found;
  }
  const Value v = value_of(word, type);
  return *found = enter(&v);
}

uint32_t GroupTable::find_fraction(double d, const Value& v) {
  if (frozen_) return floats_.look_up(float_word(d));
  uint32_t& found = floats_.find(float_word(d));
  if (found == kNone) found = enter(&v);
  return found;
}

// Of a column: 1.0 and 1 are one key, which is looked up once for each of its representations.
uint32_t GroupTable::find_float(double d) {
  const Value v = Value::floating(d);
  if (frozen_) {
    const uint32_t known = floats_.look_up(float_word(d));
    return known != kNone ? known : find_one(v);
  }
  uint32_t& found = floats_.find(float_word(d));
  if (found == kNone) found = number_of(v).integral ? find_one(v) : enter(&v);
  return found;
}

uint32_t GroupTable::find_string(std::string_view s) {
  if (!strings_.make_room(frozen_)) return kNone;
  uint64_t hash = XXH3_64bits(s.data(), s.size());
  for (uint64_t i = mix(hash) & strings_.mask;; i = (i + 1) & strings_.mask) {
    Words::Entry& e = strings_.entries[i];
    if (e.group != kNone && e.word == hash && values_[e.group].as_string() == s) return e.group;
    if (e.group != kNone) continue;
    if (frozen_) return kNone;
    Value v = Value::string(s);
    strings_.used++;
    e = {hash, enter(&v)};
    return e.group;
  }
}

// Rows that an expansion made of one have the same string, at the same place, one after the other.
void GroupTable::find_strings(const Vector& v, Rows rows, uint32_t* groups) {
  const StringRef* last = nullptr;
  uint32_t group = kNone;
  for (uint32_t i = 0; i < rows.count; i++) {
    if (!v.valid(rows[i])) {
      groups[i] = find_one(Value());
      continue;
    }
    const StringRef& s = v.strings()[v.at(rows[i])];
    if (!last || std::memcmp(last, &s, sizeof s) != 0) group = find_string(s.view());
    last = &s;
    groups[i] = group;
  }
}

uint32_t GroupTable::find_values(const Value* values) {
  if (!others_.make_room(frozen_)) return kNone;
  uint64_t h = mix(hash(*values));
  for (uint64_t i = mix(h) & others_.mask;; i = (i + 1) & others_.mask) {
    Words::Entry& e = others_.entries[i];
    if (e.group == kNone) {
      if (frozen_) return kNone;
      others_.used++;
      e = {h, enter(values)};
      return e.group;
    }
    if (e.word == h && equivalent(values_[e.group], *values)) return e.group;
  }
}

// The number of the first `key` + 1 keys: `left` is that of those before, `right` that of the last. The caller enters the
// values of a new group.
uint32_t GroupTable::find_pair(uint32_t key, uint32_t left, uint32_t right) {
  uint64_t word = uint64_t(left) << 32 | right;
  if (frozen_) return left == kNone || right == kNone ? kNone : pairs_[key].look_up(word);
  uint32_t& number = pairs_[key].find(word);
  if (number == kNone) number = pairs_[key].used - 1;
  return number;
}

// find_pair() for many, also one after the other that are the same; `groups` may be `left` or `right`.
void GroupTable::number_pairs(uint32_t key, uint32_t count, const uint32_t* left, const uint32_t* right, uint32_t* groups) {
  const bool ahead = pairs_[key].large();
  uint64_t last = 0;
  uint32_t number = kNone;
  for (uint32_t i = 0; i < count; i++) {
    if (ahead && i + kAhead < count) pairs_[key].prefetch(uint64_t(left[i + kAhead]) << 32 | right[i + kAhead]);
    const uint64_t pair = uint64_t(left[i]) << 32 | right[i];
    if (i == 0 || pair != last) number = find_pair(key, left[i], right[i]);
    last = pair;
    groups[i] = number;
  }
}

uint32_t GroupTable::find_in(uint32_t pairs, uint32_t left, uint32_t right) {
  uint32_t& number = pairs_[pairs].find(uint64_t(left) << 32 | right);
  if (number == kNone) number = size_++;
  return number;
}

void GroupTable::find_within(const uint32_t* first, const Vector& second, Rows rows, uint32_t* groups) {
  if (second.type() == Type::kAny) {
    for (uint32_t i = 0; i < rows.count; i++) {
      const Value& v = second.data<Value>()[second.at(rows[i])];
      groups[i] = v.type() == Type::kNode ? find_in(kNodes, first[i], v.as_node().value)
                                          : find_in(kNumbered, first[i], columns_[kNumbered].find_one(v));
    }
    return;
  }
  const uint32_t pairs = second.type() == Type::kNode ? kNodes : kNumbered;
  if (pairs == kNodes) {
    for (uint32_t i = 0; i < rows.count; i++) groups[i] = second.data<NodeId>()[second.at(rows[i])].value;
  } else {
    const Vector* const key = &second;
    columns_[kNumbered].find({&key, 1}, rows, groups);
  }
  const bool ahead = pairs_[pairs].large();
  for (uint32_t i = 0; i < rows.count; i++) {
    if (ahead && i + kAhead < rows.count) pairs_[pairs].prefetch(uint64_t(first[i + kAhead]) << 32 | groups[i + kAhead]);
    groups[i] = find_in(pairs, first[i], groups[i]);
  }
}

void GroupTable::find_pairs(std::span<const Vector* const> keys, Rows rows, uint32_t* groups) {
  uint32_t own[Vector::kCapacity];
  columns_[0].find(keys.first(1), rows, groups);
  for (uint32_t k = 1; k < keys_; k++) {
    columns_[k].find(keys.subspan(k, 1), rows, own);
    number_pairs(k, rows.count, groups, own, groups);
  }
  if (frozen_) return;
  if (keep_ == Keep::kNumbers) return void(size_ = pairs_[keys_ - 1].used);
  for (uint32_t i = 0; i < rows.count; i++) {
    if (groups[i] < size_) continue;
    for (const Vector* key : keys) values_.push_back(key->value(rows[i]));
    size_++;
  }
}

bool GroupTable::takes_words(Type type) {
  if (!is_word(type)) return false;
  if (word_type_ == Type::kNull && !frozen_) word_type_ = type;
  return word_type_ == type;
}

// The one key of a single-key table.
uint32_t GroupTable::find_one(const Value& v) {
  if (v.is_null()) {
    if (null_group_ == kNone && !frozen_) null_group_ = enter(&v);
    return null_group_;
  }
  const uint32_t before = size_;
  if (v.type() == Type::kString || v.type() == Type::kUuid) {
    const uint32_t group = find_string(v.as_string());
    if (size_ != before) values_[group] = v;
    return group;
  }
  const bool other_number = v.type() == Type::kFloat || v.type() == Type::kNumeric;
  const Number number = other_number ? number_of(v) : Number{};
  if (other_number && !number.integral) return find_fraction(number.d, v);
  const Type type = other_number ? Type::kInt : v.type();  // 1.0 and 1 are one key
  if (!takes_words(type)) return find_values(&v);
  const uint32_t group = find_word(other_number ? uint64_t(number.i) : word_of(v), type);
  if (size_ != before) values_[group] = v;  // as it was written
  return group;
}

// So that words up to `most` find their groups directly, if that is worth the memory.
void GroupTable::widen_direct(uint64_t most) {
  if (frozen_ || most < direct_.size()) return;
  if (most >= kDirect && (most >= kMostDirect || most > size_ * kSparse)) most = kDirect - 1;
  if (most < direct_.size()) return;
  direct_.resize(std::max(most + 1, kDirect), kNone);
  Words others;
  for (const Words::Entry& e : words_.entries) {
    if (e.group == kNone) continue;
    (e.word < direct_.size() ? direct_[e.word] : others.find(e.word)) = e.group;
  }
  words_ = std::move(others);
}

// Small words that have all been seen before; false where one has not.
template <class T>
bool GroupTable::find_all_direct(const T* x, Rows rows, uint32_t* groups) {
  const uint32_t* known = direct_.data();
  uint32_t highest = 0;
  if (rows.rows)
    for (uint32_t i = 0; i < rows.count; i++) groups[i] = known[x[rows.rows[i]]], highest = std::max(highest, groups[i]);
  else
    for (uint32_t i = 0; i < rows.count; i++) groups[i] = known[x[i]], highest = std::max(highest, groups[i]);
  return highest != kNone;
}

template <class T>
void GroupTable::find_words(const Vector& v, Rows rows, uint32_t* groups) {
  const T* x = v.data<T>();
  Type type = v.type();
  if (v.all_valid() && !v.constant() && rows.count >= kManyRows) {
    const uint64_t most = all_bits(x, rows);
    widen_direct(most);
    if (most < direct_.size() && find_all_direct(x, rows, groups)) return;
  }
  const bool ahead = words_.large();
  for (uint32_t i = 0; i < rows.count; i++) {
    uint32_t row = rows[i];
    if (ahead && i + kAhead < rows.count) words_.prefetch(uint64_t(x[v.at(rows[i + kAhead])]));
    groups[i] = v.valid(row) ? find_word(uint64_t(x[v.at(row)]), type) : find_one(Value());
  }
}

void GroupTable::find(std::span<const Vector* const> keys, Rows rows, uint32_t* groups) {
  if (keys_ > 1) return find_pairs(keys, rows, groups);
  if (keys_ == 0) {  // all rows are one group
    if (!frozen_ && rows.count) size_ = 1;
    std::fill_n(groups, rows.count, size_ ? 0 : kNone);
    return;
  }
  const Vector& v = *keys[0];
  if (takes_words(v.type())) {
    switch (Vector::width(v.type())) {
      case 1: return find_words<uint8_t>(v, rows, groups);
      case 4: return find_words<uint32_t>(v, rows, groups);
      default: return find_words<int64_t>(v, rows, groups);
    }
  }
  if (v.type() == Type::kString) return find_strings(v, rows, groups);
  if (v.type() == Type::kAny) return find_any(v, rows, groups);
  if (v.type() == Type::kFloat) return find_floats(v, rows, groups);
  for (uint32_t i = 0; i < rows.count; i++) groups[i] = find_one(v.value(rows[i]));
}

void GroupTable::find_floats(const Vector& v, Rows rows, uint32_t* groups) {
  const double* x = v.data<double>();
  const bool ahead = floats_.large();
  for (uint32_t i = 0; i < rows.count; i++) {
    const uint32_t row = rows[i];
    if (ahead && i + kAhead < rows.count) floats_.prefetch(float_word(x[v.at(rows[i + kAhead])]));
    groups[i] = v.valid(row) ? find_float(x[v.at(row)]) : find_one(Value());
  }
}

// Lists come again as the same object, say the labels of nodes with the same ones: a few of them are known by address.
void GroupTable::find_any(const Vector& v, Rows rows, uint32_t* groups) {
  struct Known {
    const void* list = nullptr;
    uint32_t group = kNone;
  };
  std::array<Known, 8> known;
  static const Value null;
  for (uint32_t i = 0; i < rows.count; i++) {
    const Value& value = v.valid(rows[i]) ? v.data<Value>()[v.at(rows[i])] : null;
    if (value.type() != Type::kList) {
      groups[i] = find_one(value);
      continue;
    }
    const void* list = &value.as_list();
    Known& k = known[reinterpret_cast<uintptr_t>(list) / 32 % known.size()];
    if (k.list != list) k = {list, find_one(value)};
    groups[i] = k.group;
  }
}

std::vector<uint32_t> GroupTable::merge(const GroupTable& other) {
  if (keys_ > 1) return merge_pairs(other);
  std::vector<uint32_t> map(other.size_);
  for (uint32_t g = 0; g < other.size_; g++) map[g] = find_one(other.values_[g]);
  return map;
}

// Values are looked up once for each column; the pairs are then pairs of other numbers.
std::vector<uint32_t> GroupTable::merge_pairs(const GroupTable& other) {
  std::vector<uint32_t> map = columns_[0].merge(other.columns_[0]);
  for (uint32_t k = 1; k < keys_; k++) {
    const std::vector<uint32_t> left = std::move(map), right = columns_[k].merge(other.columns_[k]);
    map.assign(other.pairs_[k].used, kNone);
    for (const Words::Entry& e : other.pairs_[k].entries) {
      if (e.group == kNone) continue;
      map[e.group] = find_pair(k, left[e.word >> 32], right[uint32_t(e.word)]);
      if (k + 1 == keys_ && map[e.group] == size_) enter(&other.values_[size_t(e.group) * keys_]);
    }
  }
  return map;
}

void GroupTable::clear() {
  words_ = floats_ = strings_ = others_ = {};
  pairs_.assign(keys_, {});
  direct_.clear();
  for (GroupTable& c : columns_) c.clear();
  reuse();
}

void GroupTable::reuse() {
  size_ = 0;
  frozen_ = false;
  values_.clear();
  parts_ = counted_ = 0;
  if (direct_.size() > kDirect) direct_.clear();
  std::ranges::fill(direct_, kNone);
  for (Words* w : {&words_, &floats_, &strings_, &others_}) w->reuse();
  for (Words& w : pairs_) w.reuse();
  for (GroupTable& c : columns_) c.reuse();
  word_type_ = Type::kNull;
  null_group_ = kNone;
}

uint64_t GroupTable::bytes() const {
  size_t entries = words_.entries.size() + floats_.entries.size() + strings_.entries.size() + others_.entries.size();
  for (const Words& w : pairs_) entries += w.entries.size();
  uint64_t bytes = values_.size() * sizeof(Value) + direct_.size() * sizeof(uint32_t) + entries * sizeof(Words::Entry);
  for (const GroupTable& c : columns_) bytes += c.bytes();
  for (; counted_ < values_.size(); counted_++) parts_ += small_part(values_[counted_]);
  return bytes + parts_;
}

}  // namespace elegraph::query::exec
