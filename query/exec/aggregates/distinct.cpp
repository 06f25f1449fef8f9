// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cmath>
#include <iterator>
#include <numeric>
#include <optional>

#include "query/exec/aggregates/accumulator.h"
#include "query/exec/columns.h"
#include "query/exec/group_table.h"
#include "query/exec/pair_set.h"

namespace elegraph::query::exec {

namespace {

// DISTINCT before another aggregate: passes a value on when its group sees it for the first time.
//
// Nodes, relationships and whole numbers are words of sets, a group's number in front where there are groups; 1.0 is in a
// set of its own, so that it stays a float, but not where 1 is in the other one. The others are in a GroupTable, as pairs
// with the group's number where there are groups.
class Distinct : public Accumulator {
 public:
  explicit Distinct(AccumulatorPtr inner) : inner_(std::move(inner)) {}

  void resize(uint32_t groups) override { inner_->resize(groups); }

  void update(const Vector* arg, const Vector* arg2, Rows rows, const uint32_t* groups) override {
    whole_ = whole_ && !groups;
    uint16_t wanted[Vector::kCapacity];
    uint32_t of[Vector::kCapacity];
    uint32_t n = 0;
    for (uint32_t i = 0; i < rows.count; i++) {
      if (!arg->valid(rows[i])) continue;
      wanted[n] = uint16_t(rows[i]);
      of[n++] = groups ? groups[i] : 0;
    }
    const uint32_t fresh = keep_fresh(*arg, wanted, of, n);
    if (fresh) inner_->update(arg, arg2, {wanted, fresh}, of);
  }

  // Not for aggregates of two arguments.
  void merge(Accumulator& other, const uint32_t* map, uint32_t) override {
    auto& o = static_cast<Distinct&>(other);
    whole_ = whole_ && o.whole_;  // one that got no rows has not heard of groups
    for (uint32_t lane = 0; lane < kLanes; lane++) merge_words(lane, o.words_[lane], o.whole_ ? nullptr : map);
    merge_values(o, map);
  }
  Value finish(uint32_t group) override { return inner_->finish(group); }
  void results(uint32_t first, uint32_t count, Vector& out) override { inner_->results(first, count, out); }
  void clear() override {
    inner_->clear();
    whole_ = true;
    for (PairSet& w : words_) w.clear();
    seen_.clear(), pairs_.clear();
  }
  uint64_t bytes() const override {
    uint64_t bytes = inner_->bytes() + seen_.bytes() + pairs_.bytes();
    for (const PairSet& w : words_) bytes += w.bytes();
    return bytes;
  }

 private:
  enum Lane : uint32_t { kIntegers, kWholeFloats, kNodes, kRelationships, kLanes };
  static constexpr uint32_t kAhead = 12;

  // The first rows of their group and value, in order, to the front of `wanted` and `of`.
  uint32_t keep_fresh(const Vector& arg, uint16_t* wanted, uint32_t* of, uint32_t n) {
    switch (arg.type()) {
      case Type::kNode: return keep_words<uint32_t>(kNodes, arg, wanted, of, n);
      case Type::kRelationship: return keep_words<uint32_t>(kRelationships, arg, wanted, of, n);
      case Type::kInt:
        if (words_[kWholeFloats].size() == 0 && (whole_ || all_narrow(arg, wanted, n)))
          return keep_words<int64_t>(kIntegers, arg, wanted, of, n);
        return keep_each(arg, wanted, of, n);
      case Type::kFloat:
      case Type::kAny: return keep_each(arg, wanted, of, n);
      default: return keep_values(arg, wanted, of, n);
    }
  }

  static bool narrow(int64_t v) { return uint64_t(v) >> 32 == 0; }
  static bool all_narrow(const Vector& arg, const uint16_t* wanted, uint32_t n) {
    const auto* x = arg.data<int64_t>();
    uint64_t any = 0;
    for (uint32_t i = 0; i < n; i++) any |= uint64_t(x[arg.at(wanted[i])]);
    return narrow(int64_t(any));
  }
  uint64_t word(uint32_t group, uint64_t value) const { return whole_ ? value : uint64_t(group) << 32 | value; }

  template <class T>
  uint32_t keep_words(Lane lane, const Vector& arg, uint16_t* wanted, uint32_t* of, uint32_t n) {
    PairSet& set = words_[lane];
    const T* x = arg.data<T>();
    uint64_t words[Vector::kCapacity];
    for (uint32_t i = 0; i < n; i++) words[i] = word(of[i], uint64_t(x[arg.at(wanted[i])]));
    const bool ahead = set.large();
    uint32_t fresh = 0;
    for (uint32_t i = 0; i < n; i++) {
      if (ahead && i + kAhead < n) set.prefetch(words[i + kAhead]);
      if (!set.add(words[i])) continue;
      wanted[fresh] = wanted[i], of[fresh++] = of[i];
    }
    return fresh;
  }

  // Rows of any types, each by its own.
  uint32_t keep_each(const Vector& arg, uint16_t* wanted, uint32_t* of, uint32_t n) {
    uint32_t fresh = 0;
    for (uint32_t i = 0; i < n; i++) {
      uint16_t row = wanted[i];
      uint32_t group = of[i];
      if (!is_fresh(arg, row, group)) continue;
      wanted[fresh] = row, of[fresh++] = group;
    }
    return fresh;
  }
  bool is_fresh(const Vector& arg, uint16_t row, uint32_t group) {
    const Value v = arg.value(row);
    if (v.type() == Type::kNode) return words_[kNodes].add(word(group, v.as_node().value));
    if (v.type() == Type::kRelationship) return words_[kRelationships].add(word(group, v.as_relationship().value));
    if (const auto integer = as_integer(v); integer && (whole_ || narrow(*integer)))
      return add(v.type() == Type::kInt ? kIntegers : kWholeFloats, word(group, uint64_t(*integer)));
    return keep_values(arg, &row, &group, 1) == 1;
  }
  bool add(uint32_t lane, uint64_t word) {
    if (lane == kIntegers && words_[kWholeFloats].contains(word)) return false;
    if (lane == kWholeFloats && words_[kIntegers].contains(word)) return false;
    return words_[lane].add(word);
  }
  static std::optional<int64_t> as_integer(const Value& v) {
    if (v.type() == Type::kInt) return v.as_int();
    if (v.type() != Type::kFloat) return std::nullopt;
    const double d = v.as_float();
    if (d != std::floor(d) || d < -9.2e18 || d > 9.2e18) return std::nullopt;
    return int64_t(d);
  }

  uint32_t keep_values(const Vector& arg, uint16_t* wanted, uint32_t* of, uint32_t n) {
    uint32_t numbers[Vector::kCapacity];
    uint32_t known = whole_ ? seen_.size() : pairs_.size(), fresh = 0;
    const Vector* const column = &arg;
    if (whole_)
      seen_.find({&column, 1}, {wanted, n}, numbers);
    else
      pairs_.find_within(of, arg, {wanted, n}, numbers);
    // A new one's number is the next one where it comes first.
    for (uint32_t i = 0; i < n; i++)
      if (numbers[i] == known) known++, wanted[fresh] = wanted[i], of[fresh++] = of[i];
    return fresh;
  }

  // What comes of another worker is a column of its values. `map`: null where there are no groups.
  void merge_words(uint32_t lane, const PairSet& other, const uint32_t* map) {
    if (other.size() == 0) return;
    PairSet& set = words_[lane];
    set.reserve(set.size() + other.size());
    static constexpr Type kTypes[kLanes] = {Type::kInt, Type::kFloat, Type::kNode, Type::kRelationship};
    const Type type = kTypes[lane];
    Vector values;
    values.reset(type);
    uint32_t groups[Vector::kCapacity];
    uint32_t n = 0;
    auto flush = [&] {
      if (n) inner_->update(&values, nullptr, {nullptr, n}, groups);
      values.reset(type);
      n = 0;
    };
    other.for_each([&](uint64_t w) {
      const uint64_t value = map ? uint64_t(uint32_t(w)) : w;
      groups[n] = map ? map[w >> 32] : 0;
      if (!add(lane, word(groups[n], value))) return;
      if (type == Type::kInt)
        values.mutable_data<int64_t>()[n] = int64_t(value);
      else if (type == Type::kFloat)
        values.mutable_data<double>()[n] = double(int64_t(value));
      else
        values.mutable_data<uint32_t>()[n] = uint32_t(value);
      if (++n == Vector::kCapacity) flush();
    });
    flush();
  }
  void merge_values(const Distinct& other, const uint32_t* map) {
    uint16_t rows[Vector::kCapacity];
    uint32_t groups[Vector::kCapacity];
    uint32_t n = 0;
    Vector values;
    std::optional<ColumnWriter> writer;
    auto flush = [&] {
      if (n == 0) return;
      writer->finish();
      std::iota(rows, rows + n, uint16_t{0});
      const uint32_t fresh = keep_values(values, rows, groups, n);
      if (fresh) inner_->update(&values, nullptr, {rows, fresh}, groups);
      n = 0;
    };
    auto take = [&](uint32_t group, const Value& value) {
      if (n == 0) writer.emplace(values);
      groups[n] = group;
      writer->put(n++, value);
      if (n == Vector::kCapacity) flush();
    };
    other.pairs_.for_each_within([&](uint32_t group, const Value& value) { take(map[group], value); });
    for (uint32_t i = 0; i < other.seen_.size(); i++) take(0, other.seen_.key(i, 0));
    flush();
  }

  AccumulatorPtr inner_;
  bool whole_ = true;  // there are no groups
  std::array<PairSet, kLanes> words_;
  GroupTable seen_{1};                               // values, without groups
  GroupTable pairs_{2, GroupTable::Keep::kNumbers};  // group, value
};

}  // namespace

AccumulatorPtr make_distinct_accumulator(AccumulatorPtr inner) { return std::make_unique<Distinct>(std::move(inner)); }

}  // namespace elegraph::query::exec
