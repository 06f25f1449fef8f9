// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "query/cypher/ast.h"
#include "query/types/pg_types.h"

namespace elegraph::query::sql {

enum class StatementKind : uint8_t {
  kSelect,  // `lowered` holds it as a Cypher query
  kBegin,
  kCommit,
  kRollback,
  kSavepoint,
  kRelease,
  kRollbackTo,
  kSetTransaction,  // SET TRANSACTION, SET SESSION CHARACTERISTICS AS TRANSACTION (then `session`)
  kSet,             // name, value; local; no value: TO DEFAULT
  kShow,            // name; "all" for SHOW ALL
  kReset,           // name; "all"
  kDiscard,         // name: all, plans, sequences, temp
  kPrepare,         // name, types, nested
  kExecute,         // name, arguments
  kDeallocate,      // name; empty for ALL
  kDeclare,         // name, nested, hold, scroll, binary
  kFetch,           // name, direction, count; `move` for MOVE
  kClose,           // name; empty for ALL
  kListen,
  kNotify,
  kUnlisten,  // name (empty for UNLISTEN *), value
  kCheckpoint,
  kVacuum,
  kAnalyze,
  kSetConstraints,
  kCreateRole,
  kAlterRole,
  kDropRole,  // names, password, login
  kCreateDatabase,
  kDropDatabase,  // name
  kCopy,
};

enum class FetchDirection : uint8_t { kForward, kBackward, kAbsolute, kRelative };

// A statement of the SQL surface, read from libpg_query's parse tree, or by hand where Cypher nests in it. Plain
// data; which fields count, the kind says.
struct Statement {
  StatementKind kind;
  std::unique_ptr<cypher::Statement> lowered;  // kSelect

  std::string name;
  std::vector<std::string> names;    // kDropRole
  std::optional<std::string> value;  // kSet (as text, list items joined by ", "), kNotify payload
  bool local = false;
  bool chain = false;  // COMMIT AND CHAIN, ROLLBACK AND CHAIN
  bool session = false;
  bool if_exists = false, if_not_exists = false;

  std::optional<bool> read_only;         // kBegin, kSetTransaction
  std::optional<std::string> isolation;  // lower case, as in "repeatable read"

  // Text in either language inside this one (PREPARE AS, DECLARE FOR, COPY (...)), and where it starts.
  std::string nested;
  uint32_t nested_offset = 0;
  std::vector<types::Oid> types;                 // PREPARE name (types): 0 where unknown
  std::vector<cypher::ExpressionPtr> arguments;  // EXECUTE name (...)

  bool hold = false, scroll = false, binary = false;  // DECLARE
  FetchDirection direction = FetchDirection::kForward;
  int64_t count = 1;  // FETCH ALL: the largest
  bool move = false;

  std::optional<std::string> password;  // roles: nullopt none given, empty: PASSWORD NULL
  std::optional<bool> login, superuser;

  struct Option {
    std::string name;   // lower case
    std::string value;  // as text; a list as written, with its parentheses
    bool has_value = false;
  };
  std::vector<Option> options;  // COPY
  std::string copy_target;      // label or relationship type; empty when `nested` is set
  std::vector<std::string> copy_columns;
  bool copy_from = false;   // FROM, else TO
  bool copy_stdin = false;  // STDIN or STDOUT rather than a file or program
};

}  // namespace elegraph::query::sql
