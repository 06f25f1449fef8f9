// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace elegraph::query::temporal {

// A cursor over a text that is short and ASCII. Not thread-safe.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  std::string_view text() const { return text_; }
  bool done() const { return at_ == text_.size(); }
  char peek(size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  bool take(char c) {
    if (peek() != c || c == '\0') return false;
    at_++;
    return true;
  }
  bool take_any(std::string_view set) {
    if (done() || set.find(peek()) == std::string_view::npos) return false;
    at_++;
    return true;
  }
  static bool is_digit(char c) { return c >= '0' && c <= '9'; }
  size_t digits_ahead() const {
    size_t n = 0;
    while (is_digit(peek(n))) n++;
    return n;
  }
  // Exactly n digits; false (and nothing taken) if there are fewer.
  bool digits(size_t n, int64_t& out) {
    if (digits_ahead() < n) return false;
    out = 0;
    for (size_t i = 0; i < n; i++) out = out * 10 + (text_[at_++] - '0');
    return true;
  }
  std::string_view rest() const { return text_.substr(at_); }
  void skip(size_t n) { at_ += n; }
  void skip_spaces() {
    while (peek() == ' ') at_++;
  }

 private:
  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace elegraph::query::temporal
