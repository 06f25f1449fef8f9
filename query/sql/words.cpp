// SPDX-License-Identifier: Apache-2.0
#include "query/sql/words.h"

namespace elegraph::query::sql {
namespace {

bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || uint8_t(c) >= 0x80;
}

size_t skip_line(std::string_view text, size_t i) {
  while (i < text.size() && text[i] != '\n') ++i;
  return i;
}

size_t skip_blanks(std::string_view text, size_t i) {
  for (;;) {
    while (i < text.size() && is_blank(text[i])) ++i;
    const std::string_view rest = text.substr(i);
    if (rest.starts_with("--") || rest.starts_with("//")) {
      i = skip_line(text, i);
    } else if (rest.starts_with("/*")) {
      const size_t close = text.find("*/", i + 2);
      i = close == std::string_view::npos ? text.size() : close + 2;
    } else {
      return i;
    }
  }
}

}  // namespace

void Words::advance(size_t from) {
  begin_ = end_ = skip_blanks(text_, from);
  if (begin_ == text_.size()) return;
  const char c = text_[begin_];
  if (c == '"' || c == '`' || c == '\'') {
    const size_t close = text_.find(c, begin_ + 1);
    end_ = close == std::string_view::npos ? text_.size() : close + 1;
    return;
  }
  while (end_ < text_.size() && is_word(text_[end_])) ++end_;
  if (end_ == begin_) ++end_;
}

bool Words::is(std::string_view upper) const {
  if (end_ - begin_ != upper.size()) return false;
  for (size_t i = 0; i < upper.size(); ++i) {
    const char c = text_[begin_ + i];
    if ((c >= 'a' && c <= 'z' ? char(c - 32) : c) != upper[i]) return false;
  }
  return true;
}

bool Words::is_name() const {
  if (begin_ == end_) return false;
  const char c = text_[begin_];
  return c == '"' || c == '`' || (is_word(c) && !(c >= '0' && c <= '9'));
}

void Words::skip_parentheses(Language language) {
  LexicalWalk walk(text_, language, {}, begin_);
  size_t depth = 0;
  char c;
  size_t at;
  while (walk.next(c, at)) {
    if (c == '(') ++depth;
    if (c == ')' && --depth == 0) break;
  }
  advance(walk.position());
}

}  // namespace elegraph::query::sql
