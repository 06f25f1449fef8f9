// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "query/exec/rows.h"
#include "storage/page_allocator.h"
#include "storage/value.h"
#include "storage/vector.h"

namespace elegraph::query::exec {

// Numbers the distinct keys of rows in order of appearance: for grouping and DISTINCT, by Cypher's equivalence (null is
// null, 1 is 1.0). Open addressing with linear probing.
//
// A single key that is an integer, a node, a relationship, a date or a truth value goes by its 64 bits, and so does a
// number with a fraction; a single string by its bytes; everything else by query::hash and equivalent. Several keys are
// numbered each by itself, and then pairs of numbers from left to right.
class GroupTable {
 public:
  enum class Keep : uint8_t { kKeys, kNumbers };
  // kNumbers: nobody asks for key(), nor merges; saves their memory where there are several.
  explicit GroupTable(uint32_t keys, Keep keep = Keep::kKeys);

  // groups[i] is the number of row rows[i]'s key, which is entered if it is new.
  void find(std::span<const Vector* const> keys, Rows rows, uint32_t* groups);
  // The same for two keys of which the first are numbers already, as another table's are, and the second no nulls; instead
  // of find().
  void find_within(const uint32_t* first, const Vector& second, Rows rows, uint32_t* groups);
  // Calls f(first, second) for each pair that find_within() has entered, in any order.
  template <class F>
  void for_each_within(F&& f) const;
  // From now on find() enters nothing: it gives kNone for keys that are not there, and may be called by several threads.
  void freeze();
  static constexpr uint32_t kNone = ~0u;
  uint32_t size() const { return size_; }
  Value key(uint32_t group, uint32_t k) const { return values_[size_t(group) * keys_ + k]; }
  void clear();
  // As clear(), with the memory kept where clearing it costs little: for one small table after the other.
  void reuse();
  uint64_t bytes() const;
  // Numbers of other's groups in this table.
  std::vector<uint32_t> merge(const GroupTable& other);

 private:
  // A table from 64-bit words to group numbers.
  struct Words {
    struct Entry {
      uint64_t word;
      uint32_t group;
    };
    storage::PageVector<Entry> entries;
    uint64_t mask = 0;
    uint32_t used = 0;
    void grow();
    bool make_room(bool frozen);  // for one more; false: there is nothing, nor will be
    void reuse();
    uint32_t& find(uint64_t word);  // kNone: it was not there, and is now, for the caller to number
    uint32_t look_up(uint64_t word) const;
    bool large() const { return entries.size() > kCached; }
    void prefetch(uint64_t word) const;
  };
  // Entries from which on a probe is likely to miss the nearer caches, and rows ahead that memory is asked for.
  static constexpr size_t kCached = 8192;
  static constexpr uint32_t kAhead = 12;

  // Small words find their group without a probe: those below kDirect, and more of them while the groups are at least one
  // in kSparse of them, up to kMostDirect.
  static constexpr uint64_t kDirect = 4096, kSparse = 16, kMostDirect = 1 << 24;
  // The pairs of find_within(): nodes go by their ids, other values by their numbers.
  static constexpr uint32_t kNodes = 0, kNumbered = 1;

  uint32_t find_word(uint64_t word, Type type);
  uint32_t find_float(double d);
  uint32_t find_fraction(double d, const Value& v);
  uint32_t find_string(std::string_view s);
  void find_strings(const Vector& v, Rows rows, uint32_t* groups);
  void find_floats(const Vector& v, Rows rows, uint32_t* groups);
  uint32_t find_values(const Value* values);
  void find_any(const Vector& v, Rows rows, uint32_t* groups);
  void find_pairs(std::span<const Vector* const> keys, Rows rows, uint32_t* groups);
  uint32_t find_in(uint32_t pairs, uint32_t left, uint32_t right);
  void number_pairs(uint32_t key, uint32_t count, const uint32_t* left, const uint32_t* right, uint32_t* groups);
  uint32_t find_pair(uint32_t key, uint32_t left, uint32_t right);
  uint32_t find_one(const Value& v);
  uint32_t enter(const Value* values);
  void widen_direct(uint64_t most);
  std::vector<uint32_t> merge_pairs(const GroupTable& other);
  template <class T>
  bool find_all_direct(const T* x, Rows rows, uint32_t* groups);
  template <class T>
  void find_words(const Vector& v, Rows rows, uint32_t* groups);
  bool takes_words(Type type);

  uint32_t keys_;
  Keep keep_;
  uint32_t size_ = 0;
  bool frozen_ = false;
  std::vector<Value> values_;   // keys_ for each group
  mutable uint64_t parts_ = 0;  // what the first counted_ of them take beside themselves
  mutable size_t counted_ = 0;
  Type word_type_ = Type::kNull;  // what words_ holds; the first fitting type that came
  Words words_;
  std::vector<uint32_t> direct_;  // by word, for those below its size, which are not in words_: a group, or kNone
  Words floats_;                  // by float_word(): numbers with a fraction; whole ones of a column of floats, which are
                                  // in words_ or others_, too
  Words strings_;                 // by hash; equal hashes are compared
  Words others_;
  // Several keys: a table for each of them, and for each but the first the pairs of (number of the keys before it, its
  // own number). The last pairs' numbers are the groups'.
  std::vector<GroupTable> columns_;
  std::vector<Words> pairs_;
  uint32_t null_group_ = kNone;  // of a single key
};

template <class F>
void GroupTable::for_each_within(F&& f) const {
  for (const Words::Entry& e : pairs_[kNodes].entries)
    if (e.group != kNone) f(uint32_t(e.word >> 32), Value::node(NodeId(uint32_t(e.word))));
  for (const Words::Entry& e : pairs_[kNumbered].entries)
    if (e.group != kNone) f(uint32_t(e.word >> 32), columns_[kNumbered].key(uint32_t(e.word), 0));
}

}  // namespace elegraph::query::exec
