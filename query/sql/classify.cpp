// SPDX-License-Identifier: Apache-2.0
#include "query/sql/classify.h"

#include <algorithm>
#include <array>

#include "query/sql/nested.h"
#include "query/sql/words.h"

namespace elegraph::query::sql {
namespace {

constexpr std::array kSqlWords = std::to_array<std::string_view>(
    {"ABORT",   "ALTER",   "ANALYSE",    "ANALYZE",  "BEGIN",    "CHECKPOINT", "CLOSE",     "CLUSTER",  "COMMENT",
     "COMMIT",  "COPY",    "DEALLOCATE", "DECLARE",  "DISCARD",  "DO",         "END",       "EXECUTE",  "FETCH",
     "GRANT",   "IMPORT",  "INSERT",     "LISTEN",   "LOCK",     "MOVE",       "NOTIFY",    "PREPARE",  "REASSIGN",
     "REFRESH", "REINDEX", "RELEASE",    "RESET",    "REVOKE",   "ROLLBACK",   "SAVEPOINT", "SECURITY", "SELECT",
     "SET",     "START",   "TABLE",      "TRUNCATE", "UNLISTEN", "UPDATE",     "VACUUM",    "VALUES"});
static_assert(std::is_sorted(kSqlWords.begin(), kSqlWords.end()));

bool is_sql_word(std::string_view word) {
  std::array<char, 10> upper;
  if (word.size() > upper.size()) return false;
  std::transform(word.begin(), word.end(), upper.begin(), [](char c) { return c >= 'a' && c <= 'z' ? char(c - 32) : c; });
  return std::binary_search(kSqlWords.begin(), kSqlWords.end(), std::string_view(upper.data(), word.size()));
}

constexpr Language language(bool sql) { return sql ? Language::kSql : Language::kCypher; }

// A common table expression's "name AS (" cannot be Cypher's "expression AS name".
Language after_with(Words w) {
  if (w.is("RECURSIVE")) return Language::kSql;
  if (!w.is_name()) return Language::kCypher;
  w.next();
  if (w.is("(")) w.skip_parentheses();
  if (!w.take("AS")) return Language::kCypher;
  w.take("NOT");
  w.take("MATERIALIZED");
  return language(w.is("("));
}

// CREATE INDEX [IF NOT EXISTS] [name] FOR is Cypher's, ... ON SQL's.
Language after_create_index(Words w) {
  for (int i = 0; i < 6 && !w.word().empty(); ++i, w.next()) {
    if (w.is("FOR")) return Language::kCypher;
    if (w.is("ON")) return Language::kSql;
  }
  return Language::kCypher;
}

Language after_create(Words w) {
  if (w.is("(") || w.word().empty()) return Language::kCypher;
  if (w.is("CONSTRAINT") || w.is("PROCEDURE")) return Language::kCypher;
  if (w.is("OR")) {
    w.next();
    w.take("REPLACE");
    return language(!w.is("PROCEDURE"));
  }
  if (w.is("RANGE") || w.is("BTREE")) w.next();
  if (w.take("INDEX")) return after_create_index(w);
  Words path = w;
  path.next();
  return language(w.is_name() && !path.is("=") && !path.is("("));
}

// GQL's INSERT is followed by a pattern.
Language after_insert(Words w) {
  w.next();
  return language(!w.is("(") && (w.is("INTO") || !w.is_name()));
}

// Behind EXPLAIN: its options, then the statement.
Words skip_explain_options(Words w) {
  if (w.is("(")) {
    w.skip_parentheses();
  } else {
    if (!w.take("ANALYZE")) w.take("ANALYSE");
    w.take("VERBOSE");
  }
  return w;
}

}  // namespace

Language classify(std::string_view text) {
  Words w(text);
  // The commonest first words of all.
  if (w.is("MATCH")) return Language::kCypher;
  while (w.take("EXPLAIN")) w = skip_explain_options(w);
  if (w.is("MATCH")) return Language::kCypher;
  if (w.is("(")) return Language::kSql;
  if (w.is("INSERT")) return after_insert(w);
  if (is_sql_word(w.word())) return Language::kSql;
  if (w.take("WITH")) return after_with(w);
  if (w.take("CREATE")) return after_create(w);
  if (w.take("DROP")) return language(!w.is("INDEX") && !w.is("CONSTRAINT") && !w.is("PROCEDURE"));
  if (w.take("DELETE")) return language(w.is("FROM"));
  if (w.take("SHOW")) {
    return language(!w.is("INDEX") && !w.is("INDEXES") && !w.is("CONSTRAINT") && !w.is("CONSTRAINTS"));
  }
  return Language::kCypher;
}

Language lexical_language(std::string_view text) {
  const Language outer = classify(text);
  if (outer == Language::kCypher) return outer;
  const std::optional<NestedText> nested = find_nested(text);
  return nested ? classify(text.substr(nested->begin, nested->end - nested->begin)) : outer;
}

}  // namespace elegraph::query::sql
