// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>

#include "query/sql/lexical.h"

namespace elegraph::query::sql {

// The words at the start of a statement, before it is known which language it is in: blanks and the comments of
// both languages are skipped. Cheap to copy; allocates nothing.
class Words {
 public:
  explicit Words(std::string_view text) : text_(text) { advance(0); }

  // The word here, or the single character if it is none; empty at the end.
  std::string_view word() const { return text_.substr(begin_, end_ - begin_); }
  bool is(std::string_view upper) const;
  bool is_name() const;  // a word or a quoted name
  size_t begin() const { return begin_; }
  size_t end() const { return end_; }
  void next() { advance(end_); }
  // From '(' to behind its ')'; quotes and comments are those of `language`.
  void skip_parentheses(Language language = Language::kSql);
  bool take(std::string_view upper) { return is(upper) && (next(), true); }

 private:
  void advance(size_t from);

  std::string_view text_;
  size_t begin_ = 0, end_ = 0;
};

}  // namespace elegraph::query::sql
