// SPDX-License-Identifier: Apache-2.0
#include "query/exec/thresholds.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace elegraph::query::exec {

namespace {

// The least cell above c; nothing where there is none.
std::optional<int64_t> next_cell(int64_t c) {
  return c == std::numeric_limits<int64_t>::max() ? std::nullopt : std::optional(c + 1);
}
std::optional<double> next_cell(double c) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  return c == kInfinity ? std::nullopt : std::optional(std::nextafter(c, kInfinity));
}

bool is_nan(int64_t) { return false; }
bool is_nan(double c) { return std::isnan(c); }

// From so many ends on counting bytes is faster than comparing them with each end.
constexpr size_t kManyEnds = 9;

// Cells of a block are added up lane by lane in bytes, which holds 255 of them.
constexpr uint32_t kLanes = 64, kBlock = 32 * kLanes;
static_assert(kChunkRows % kBlock == 0);

uint32_t count_block(const uint8_t* bytes, uint8_t end) {
  alignas(64) uint8_t lanes[kLanes] = {};
  for (uint32_t i = 0; i < kBlock; i += kLanes)
    for (uint32_t l = 0; l < kLanes; l++) lanes[l] = uint8_t(lanes[l] + (bytes[i + l] >= end));
  uint32_t sum = 0;
  for (uint8_t lane : lanes) sum += lane;
  return sum;
}

}  // namespace

template <class T>
void Range<T>::narrow(plan::BoundKind kind, T c) {
  using plan::BoundKind;
  if (is_nan(c)) {
    empty = true;
    return;
  }
  if (kind == BoundKind::kGreaterEqual || kind == BoundKind::kEqual) at_least(c);
  if (kind == BoundKind::kLess) below(c);
  if (kind == BoundKind::kGreater || kind == BoundKind::kLessEqual || kind == BoundKind::kEqual) {
    std::optional<T> next = next_cell(c);
    if (kind != BoundKind::kGreater && next) below(*next);
    if (kind == BoundKind::kGreater && next) at_least(*next);
    if (kind == BoundKind::kGreater && !next) empty = true;
  }
  empty = empty || (to && !(from < *to));
}

template <class T>
Thresholds<T>::Thresholds(std::span<const Range<T>> ranges) {
  for (const Range<T>& r : ranges) {
    if (r.empty) continue;
    ends_.push_back(r.from);
    if (r.to) ends_.push_back(*r.to);
  }
  std::sort(ends_.begin(), ends_.end());
  ends_.erase(std::unique(ends_.begin(), ends_.end()), ends_.end());
  auto at = [&](T end) { return uint32_t(std::lower_bound(ends_.begin(), ends_.end(), end) - ends_.begin()); };
  for (const Range<T>& r : ranges) {
    if (r.empty)
      ranks_.push_back({1, 1});
    else
      ranks_.push_back({at(r.from) + 1, r.to ? at(*r.to) + 1 : size() + 1});
  }
  if constexpr (std::is_integral_v<T>) {
    // The least end is often "no lower end", which every cell is above.
    constexpr T kLeast = std::numeric_limits<T>::min();
    if (ends_.empty()) return;
    size_t first = ends_[0] == kLeast && size() > 1 ? 1 : 0;
    base_ = ends_[first];
    narrow_ = base_ != kLeast && uint64_t(ends_.back()) - uint64_t(base_) < 254;
    if (!narrow_) return;
    for (T end : ends_) byte_ends_.push_back(end < base_ ? 0 : uint8_t(end - base_ + 1));
    for (uint32_t b = 0; b < 256; b++)
      byte_ranks_[b] = uint32_t(std::upper_bound(byte_ends_.begin(), byte_ends_.end(), b) - byte_ends_.begin());
  }
}

// The bytes past the last cell are 0, to the end of the block.
template <class T>
void Thresholds<T>::to_bytes(const T* cells, uint32_t n) {
  if constexpr (std::is_integral_v<T>) {
    const T low = base_ - 1;  // not the least value: see the constructor
    for (uint32_t i = 0; i < n; i++) {
      T x = cells[i] < low ? low : cells[i];
      uint64_t above = uint64_t(x) - uint64_t(low);
      bytes_[i] = uint8_t(above < 255 ? above : 255);
    }
  }
  std::fill(bytes_ + n, bytes_ + (n + kBlock - 1) / kBlock * kBlock, uint8_t(0));
}

template <class T>
void Thresholds<T>::count(const T* cells, uint32_t n, uint64_t* counts) {
  if (!narrow_) {
    for (uint32_t e = 0; e < size(); e++) {
      const T end = ends_[e];
      uint64_t sum = 0;
      for (uint32_t i = 0; i < n; i++) sum += cells[i] >= end;
      counts[e] += sum;
    }
    return;
  }
  to_bytes(cells, n);
  if (size() >= kManyEnds) {
    if (in_tables_ + n > std::numeric_limits<uint32_t>::max()) flush(counts);
    return count_bytes(n);
  }
  for (uint32_t e = 0; e < size(); e++) {
    if (byte_ends_[e] == 0) {
      counts[e] += n;
      continue;
    }
    for (uint32_t block = 0; block < n; block += kBlock) counts[e] += count_block(bytes_ + block, byte_ends_[e]);
  }
}

template <class T>
void Thresholds<T>::count_bytes(uint32_t n) {
  uint32_t i = 0;
  for (; i + kTables <= n; i += kTables)
    for (uint32_t t = 0; t < kTables; t++) tables_[t][bytes_[i + t]]++;
  for (; i < n; i++) tables_[0][bytes_[i]]++;
  in_tables_ += n;
}

template <class T>
void Thresholds<T>::flush(uint64_t* counts) {
  if (!in_tables_) return;
  uint64_t above = 0;
  size_t e = byte_ends_.size();
  for (uint32_t b = 256; b-- > 0;) {
    for (auto& table : tables_) above += std::exchange(table[b], 0);
    for (; e > 0 && byte_ends_[e - 1] == b; e--) counts[e - 1] += above;
  }
  in_tables_ = 0;
}

template <class T>
void Thresholds<T>::rank(const T* cells, uint32_t n, uint32_t* ranks) {
  if (narrow_) {
    to_bytes(cells, n);
    for (uint32_t i = 0; i < n; i++) ranks[i] = byte_ranks_[bytes_[i]];
    return;
  }
  // Ends are in order, so the rank is the number of ends at or below; NaN is below none, rank 0.
  for (uint32_t i = 0; i < n; i++) {
    uint32_t first = 0, length = size();
    while (length) {
      uint32_t half = length / 2;
      bool above = cells[i] >= ends_[first + half];
      first = above ? first + half + 1 : first;
      length = above ? length - half - 1 : half;
    }
    ranks[i] = first;
  }
}

template struct Range<int64_t>;
template struct Range<double>;
template class Thresholds<int64_t>;
template class Thresholds<double>;

}  // namespace elegraph::query::exec
