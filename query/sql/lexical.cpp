// SPDX-License-Identifier: Apache-2.0
#include "query/sql/lexical.h"

namespace elegraph::query::sql {
namespace {

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || uint8_t(c) >= 0x80;
}

}  // namespace

size_t LexicalWalk::comment_end() const {
  const std::string_view rest = text_.substr(at_);
  if (rest.starts_with(sql_ ? "--" : "//")) {
    const size_t end = text_.find('\n', at_);
    return end == std::string_view::npos ? text_.size() : end;
  }
  if (!rest.starts_with("/*")) return 0;
  size_t depth = 0;
  for (size_t i = at_; i + 1 < text_.size(); ++i) {
    if (text_[i] == '*' && text_[i + 1] == '/') {
      ++i;
      if (--depth == 0) return i + 1;
    } else if (text_[i] == '/' && text_[i + 1] == '*' && (sql_ || depth == 0)) {
      ++i;
      ++depth;
    }
  }
  return text_.size();
}

bool LexicalWalk::escapes(char quote) const {
  if (quote == '\'') return e_ || !conforming_;
  return quote == '"' && !sql_;
}

size_t LexicalWalk::quote_end(char quote) const {
  const bool backslash = escapes(quote);
  for (size_t i = at_ + 1; i < text_.size(); ++i) {
    if (text_[i] == '\\' && backslash) {
      ++i;
    } else if (text_[i] == quote) {
      return i + 1;  // a doubled quote opens again at once, which ends up the same
    }
  }
  return text_.size();
}

size_t LexicalWalk::dollar_end() const {
  size_t i = at_ + 1;
  while (i < text_.size() && is_word(text_[i])) ++i;
  if (i >= text_.size() || text_[i] != '$' || (i > at_ + 1 && text_[at_ + 1] >= '0' && text_[at_ + 1] <= '9')) return 0;
  const std::string_view tag = text_.substr(at_, i + 1 - at_);
  const size_t close = text_.find(tag, i + 1);
  return close == std::string_view::npos ? text_.size() : close + tag.size();
}

bool LexicalWalk::next(char& c, size_t& at) {
  if (at_ >= text_.size()) return false;
  at = at_;
  c = text_[at_];
  size_t end = 0;
  if (c == '\'' || c == '"' || (c == '`' && !sql_)) {
    end = quote_end(c);
  } else if (c == '-' || c == '/') {
    end = comment_end();
    if (end != 0) c = ' ';
  } else if (c == '$' && !word_) {
    end = dollar_end();
  }
  const bool was_word = word_;
  word_ = end == 0 && is_word(c);
  e_ = word_ && !was_word && (c == 'e' || c == 'E');
  at_ = end == 0 ? at_ + 1 : end;
  return true;
}

}  // namespace elegraph::query::sql
