// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace elegraph::query::sql {

enum class Language : uint8_t { kCypher, kSql };

// Which language a statement is in, from its first words (docs/wire.md has the table). Blanks and comments of both
// languages are skipped; never throws; a few dozen nanoseconds.
//
// | first words | language |
// |---|---|
// | SELECT, VALUES, TABLE, INSERT, UPDATE, TRUNCATE, "(" | SQL |
// | BEGIN, START, COMMIT, END, ROLLBACK, ABORT, SAVEPOINT, RELEASE, SET, RESET, DISCARD, LOCK | SQL |
// | PREPARE, EXECUTE, DEALLOCATE, DECLARE, FETCH, MOVE, CLOSE, COPY | SQL (the text inside is in either) |
// | LISTEN, NOTIFY, UNLISTEN, CHECKPOINT, VACUUM, ANALYZE, REINDEX, CLUSTER, ALTER, GRANT, REVOKE, COMMENT, DO | SQL |
// | WITH RECURSIVE; WITH name [(...)] AS [[NOT] MATERIALIZED] ( | SQL; any other WITH is Cypher |
// | SHOW | SQL, except SHOW INDEX[ES] and SHOW CONSTRAINT[S] |
// | CREATE ( or CREATE name = | Cypher |
// | CREATE [RANGE] INDEX ... FOR; CREATE CONSTRAINT; CREATE [OR REPLACE] PROCEDURE | Cypher |
// | CREATE, any other word | SQL |
// | DROP INDEX, DROP CONSTRAINT, DROP PROCEDURE | Cypher; any other DROP is SQL |
// | DELETE FROM | SQL; any other DELETE is Cypher |
// | EXPLAIN, PROFILE | that of the statement behind it and its options |
// | anything else | Cypher |
Language classify(std::string_view text);

// The language whose comments and quotes a statement is written in: classify()'s, but for PREPARE, DECLARE, COPY and
// EXPLAIN that of the text inside.
Language lexical_language(std::string_view text);

}  // namespace elegraph::query::sql
