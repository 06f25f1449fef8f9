// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>

namespace elegraph::query::exec {

// What an I/O thread may spend on a statement before it must move to the arena: rows touched, and time. Rows
// alone would not do: one may cost a nanosecond or a microsecond. Time counts from when the thread took the
// statement up (begin_turn()), and the clock is read only once in kRowsBetweenLooks rows, so that short
// statements never do.
//
// One thread at a time.
class InlineBudget {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr int64_t kRowsBetweenLooks = 2048;

  // `time` zero: no limit of time.
  InlineBudget(int64_t rows = 0, std::chrono::microseconds time = {}) : time_(time) { take(rows); }
  static InlineBudget unlimited() { return {std::numeric_limits<int64_t>::max()}; }

  void begin_turn() { began_ = {}; }
  void touch(uint64_t rows) { left_ -= int64_t(rows); }
  bool spent() { return left_ < 0 && !look(); }
  // What is to come is long: spends all of it, unless it is unlimited.
  void give_up() {
    if (later_ < kUnlimited) left_ = -1, later_ = -kUnlimited;
  }

 private:
  static constexpr int64_t kUnlimited = std::numeric_limits<int64_t>::max() / 4;

  void take(int64_t rows) {
    left_ = std::min(rows, kRowsBetweenLooks);
    later_ = rows - left_;
  }
  bool look();  // true: there is more to spend

  int64_t left_;   // rows until the next look
  int64_t later_;  // rows that follow then
  std::chrono::microseconds time_;
  Clock::time_point began_{};  // unknown until the turn's first look
};

}  // namespace elegraph::query::exec
