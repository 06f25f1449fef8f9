// SPDX-License-Identifier: Apache-2.0
#include "query/exec/thresholds.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>

namespace elegraph::query::exec {
namespace {

using plan::BoundKind;
constexpr BoundKind kKinds[] = {BoundKind::kEqual, BoundKind::kLess, BoundKind::kLessEqual, BoundKind::kGreater,
                                BoundKind::kGreaterEqual};

template <class T>
bool holds(T x, BoundKind kind, T c) {
  switch (kind) {
    case BoundKind::kEqual: return x == c;
    case BoundKind::kLess: return x < c;
    case BoundKind::kLessEqual: return x <= c;
    case BoundKind::kGreater: return x > c;
    default: return x >= c;
  }
}

// Every range's count and ranks against the comparisons themselves.
template <class T>
void check(const std::vector<T>& cells, const std::vector<std::vector<std::pair<BoundKind, T>>>& sets) {
  std::vector<Range<T>> ranges(sets.size());
  for (size_t s = 0; s < sets.size(); s++)
    for (auto& [kind, c] : sets[s]) ranges[s].narrow(kind, c);
  Thresholds<T> thresholds(ranges);
  std::vector<uint64_t> counts(thresholds.size() + 1);
  std::vector<uint32_t> ranks(cells.size());
  thresholds.count(cells.data(), uint32_t(cells.size()), counts.data());
  thresholds.flush(counts.data());
  thresholds.rank(cells.data(), uint32_t(cells.size()), ranks.data());
  for (size_t s = 0; s < sets.size(); s++) {
    uint64_t expected = 0, by_rank = 0;
    auto [first, last] = thresholds.ranks(uint32_t(s));
    for (size_t i = 0; i < cells.size(); i++) {
      bool all = true;
      for (auto& [kind, c] : sets[s]) all = all && holds(cells[i], kind, c);
      expected += all;
      by_rank += ranks[i] >= first && ranks[i] < last;
    }
    EXPECT_EQ(by_rank, expected) << "set " << s;
    uint64_t counted = first < last ? counts[first - 1] - (last <= thresholds.size() ? counts[last - 1] : 0) : 0;
    EXPECT_EQ(counted, expected) << "set " << s;
  }
}

template <class T>
void check_random(std::mt19937& random, std::vector<T> values, size_t cells, size_t sets) {
  auto pick = [&] { return values[random() % values.size()]; };
  std::vector<T> column(cells);
  for (T& x : column) x = pick();
  std::vector<std::vector<std::pair<BoundKind, T>>> all(sets);
  for (auto& set : all)
    for (size_t n = 1 + random() % 2; n; n--) set.emplace_back(kKinds[random() % 5], pick());
  check(column, all);
}

TEST(Thresholds, IntegersThatLieTogether) {
  std::mt19937 random(1);
  for (int64_t base : {int64_t(0), int64_t(-1000), INT64_MAX - 99, INT64_MIN + 1}) {
    std::vector<int64_t> values;
    for (int64_t i = 0; i < 100; i++) values.push_back(base + i);
    for (size_t cells : {0, 1, 63, 64, 2047, 2048}) check_random(random, values, cells, 20);
  }
}

TEST(Thresholds, IntegersFarApart) {
  std::mt19937 random(2);
  std::vector<int64_t> values{INT64_MIN, INT64_MIN + 1, -1'000'000,    -1,       0, 1, 254, 255,
                              256,       1'000'000,     INT64_MAX - 1, INT64_MAX};
  for (size_t sets : {1, 3, 40}) check_random(random, values, 2048, sets);
}

TEST(Thresholds, IntegersBeyondTheEnds) {
  check<int64_t>({INT64_MIN, -5, 0, 3, 253, 254, 255, 1000, INT64_MAX},
                 {{{BoundKind::kGreater, 0}},
                  {{BoundKind::kLess, 254}},
                  {{BoundKind::kGreaterEqual, 3}},
                  {{BoundKind::kGreaterEqual, 1}, {BoundKind::kLessEqual, 252}}});
  check<int64_t>({INT64_MIN, 0, INT64_MAX}, {{{BoundKind::kLessEqual, INT64_MAX}},
                                             {{BoundKind::kGreater, INT64_MAX}},
                                             {{BoundKind::kLess, INT64_MIN}},
                                             {{BoundKind::kEqual, INT64_MIN}}});
}

TEST(Thresholds, Floats) {
  std::mt19937 random(3);
  constexpr double kInf = std::numeric_limits<double>::infinity();
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  std::vector<double> values{-kInf, -1e300, -1.5,  -0.0, 0.0, std::numeric_limits<double>::denorm_min(),
                             1.0,   1.5,    1e300, kInf, kNan};
  for (size_t sets : {1, 5, 60}) check_random(random, values, 2048, sets);
}

}  // namespace
}  // namespace elegraph::query::exec
