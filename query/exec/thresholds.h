// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <type_traits>
#include <vector>

#include "query/plan/expression.h"
#include "storage/value.h"

// Many ranges over one column at once: the ends of all ranges are sorted, each cell is compared with all of them (or
// looked up) while it is in cache, and a range's answer is the difference of two ends' answers.
namespace elegraph::query::exec {

// The cells x with from <= x, and x < to where `to` is there. T is int64_t or double. NaN is in no range.
template <class T>
struct Range {
  T from = std::is_integral_v<T> ? std::numeric_limits<T>::min() : -std::numeric_limits<T>::infinity();
  std::optional<T> to;
  bool empty = false;

  // Narrows it to the cells for which `cell kind c` holds; kind as plan::ColumnComparison has it.
  void narrow(plan::BoundKind kind, T c);

 private:
  void at_least(T c) { from = c > from ? c : from; }
  void below(T c) { to = to && *to < c ? *to : c; }
};

// The sorted ends of a set of ranges.
template <class T>
class Thresholds {
 public:
  explicit Thresholds(std::span<const Range<T>> ranges);
  Thresholds() = default;

  uint32_t size() const { return uint32_t(ends_.size()); }
  // Range i holds the cells whose rank r is in first <= r < last.
  struct Ranks {
    uint32_t first, last;
  };
  Ranks ranks(uint32_t range) const { return ranks_[range]; }

  // counts[e] += how many of the cells are at or above end e. Some of it may wait for flush().
  void count(const T* cells, uint32_t n, uint64_t* counts);
  void flush(uint64_t* counts);
  // ranks[i] = how many ends are at or below cells[i].
  void rank(const T* cells, uint32_t n, uint32_t* ranks);

 private:
  void to_bytes(const T* cells, uint32_t n);
  void count_bytes(uint32_t n);

  std::vector<T> ends_;
  std::vector<Ranks> ranks_;
  // Integers whose ends all lie within 254 of each other are compared as bytes: 0 below all ends, 255 above.
  bool narrow_ = false;
  T base_ = 0;  // the end that has byte 1
  std::vector<uint8_t> byte_ends_;
  uint32_t byte_ranks_[256] = {};
  alignas(64) uint8_t bytes_[kChunkRows];
  // Many ends are not compared one by one: the bytes are counted, in tables that take turns so that equal neighbours do not
  // wait for each other's counter.
  static constexpr uint32_t kTables = 4;
  uint32_t tables_[kTables][256] = {};
  uint64_t in_tables_ = 0;
};

extern template struct Range<int64_t>;
extern template struct Range<double>;
extern template class Thresholds<int64_t>;
extern template class Thresholds<double>;

}  // namespace elegraph::query::exec
