// SPDX-License-Identifier: Apache-2.0
#include "query/sql/nested.h"

#include "query/sql/classify.h"
#include "query/sql/words.h"

namespace elegraph::query::sql {
namespace {

// To the end of the text, without a semicolon that ends it.
std::optional<NestedText> rest(std::string_view text, const Words& w) {
  size_t end = text.size();
  while (end > w.begin() && (text[end - 1] == ';' || text[end - 1] == ' ' || (text[end - 1] >= '\t' && text[end - 1] <= '\r'))) {
    --end;
  }
  if (end <= w.begin()) return std::nullopt;
  return NestedText{w.begin(), end};
}

std::optional<NestedText> in_prepare(std::string_view text, Words w) {
  if (w.is("TRANSACTION") || !w.is_name()) return std::nullopt;
  w.next();
  if (w.is("(")) w.skip_parentheses();
  if (!w.take("AS")) return std::nullopt;
  return rest(text, w);
}

// DECLARE name [BINARY | INSENSITIVE | [NO] SCROLL ...] CURSOR [WITH | WITHOUT HOLD] FOR
std::optional<NestedText> in_declare(std::string_view text, Words w) {
  if (!w.is_name()) return std::nullopt;
  w.next();
  for (int words = 0; words < 10 && !w.is("FOR"); ++words) w.next();
  if (!w.take("FOR")) return std::nullopt;
  return rest(text, w);
}

std::optional<NestedText> in_copy(std::string_view text, Words w) {
  if (!w.is("(")) return std::nullopt;
  const size_t open = w.begin();
  const Language language = classify(text.substr(open + 1));
  LexicalWalk walk(text, language, {}, open);
  size_t depth = 0;
  char c;
  size_t at;
  while (walk.next(c, at)) {
    if (c == '(') ++depth;
    if (c == ')' && --depth == 0) return NestedText{open + 1, at};
  }
  return std::nullopt;
}

}  // namespace

std::optional<NestedText> find_nested(std::string_view text) {
  Words w(text);
  if (w.take("PREPARE")) return in_prepare(text, w);
  if (w.take("DECLARE")) return in_declare(text, w);
  if (w.take("COPY")) return in_copy(text, w);
  return std::nullopt;
}

}  // namespace elegraph::query::sql
