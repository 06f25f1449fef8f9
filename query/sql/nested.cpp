// SPDX-License-Identifier: Apache-2.0
#include "query/sql/nested.h"

#include "query/sql/classify.h"
#include "query/sql/words.h"

namespace elegraph::query::sql {
namespace {

// To the end of the text, without a semicolon that ends it.
std::optional<NestedText> rest(std::string_view text, const Words& w) {
  size_t end = text.size();
  while (end > w.begin() &&
         (text[end - 1] == ';' || text[end - 1] == ' ' || (text[end - 1] >= '\t' && text[end - 1] <= '\r'))) {
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

// The words before `end`, the last first.
std::string_view last_word(std::string_view text, size_t& end) {
  auto blank = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
  auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  while (end > 0 && blank(text[end - 1])) --end;
  const size_t last = end;
  while (end > 0 && letter(text[end - 1])) --end;
  return text.substr(end, last - end);
}

// SQL's FOR READ ONLY and FOR UPDATE behind a cursor's query say nothing here: all cursors read a snapshot.
NestedText without_locking(std::string_view text, NestedText query) {
  size_t at = query.end;
  const std::string_view last = last_word(text, at);
  const bool read_only = Words(last).is("ONLY") && Words(last_word(text, at)).is("READ");
  if (!read_only && !Words(last).is("UPDATE")) return query;
  if (!Words(last_word(text, at)).is("FOR") || at <= query.begin) return query;
  return {query.begin, at};
}

// DECLARE name [BINARY | INSENSITIVE | [NO] SCROLL ...] CURSOR [WITH | WITHOUT HOLD] FOR
std::optional<NestedText> in_declare(std::string_view text, Words w) {
  if (!w.is_name()) return std::nullopt;
  w.next();
  for (int words = 0; words < 10 && !w.is("FOR"); ++words) w.next();
  if (!w.take("FOR")) return std::nullopt;
  const std::optional<NestedText> query = rest(text, w);
  return query ? std::optional(without_locking(text, *query)) : std::nullopt;
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
