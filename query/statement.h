// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "query/cypher/ast.h"
#include "query/engine.h"
#include "query/plan/plan_cache.h"
#include "query/sql/statement.h"

namespace elegraph::query {

// What a text turned out to be.
enum class StatementClass : uint8_t {
  kEmpty,
  kPlanned,  // Cypher, or SQL that lowers to it: runs a plan
  kSchema,   // Cypher's CREATE INDEX, SHOW CONSTRAINTS, ...
  kCommand,  // SQL session statements: BEGIN, SET, FETCH, ...
  kCopy,
};

// A compiled statement: what Parse keeps under a name. Shared between a session's maps and its portals.
class Statement final : public Prepared {
 public:
  const std::vector<types::Oid>& parameters() const override { return parameter_types; }
  const std::vector<ResultColumn>& columns() const override {
    return planned && own_columns.empty() ? planned->columns : own_columns;
  }
  std::string_view text() const override { return source; }
  bool empty() const override { return kind == StatementClass::kEmpty; }

  StatementClass kind = StatementClass::kEmpty;
  std::string source;
  std::vector<types::Oid> declared;         // as Parse gave them
  std::vector<types::Oid> parameter_types;  // all of them, inferred ones too

  // As the client was told, where some were text for want of knowledge then and are known by now; else empty.
  std::vector<types::Oid> told_types;

  std::shared_ptr<const plan::PlannedStatement> planned;  // kPlanned
  std::vector<Value> literals;                            // kPlanned: lifted from this text
  std::shared_ptr<const cypher::Statement> schema;        // kSchema
  std::shared_ptr<const sql::Statement> command;          // kCommand, kCopy
  std::vector<Error> notices;                             // kPlanned, just now: for its client
  // Of commands that return rows; and of a statement that was compiled again, where the client was told of other types than
  // its plan has now.
  std::vector<ResultColumn> own_columns;
};

}  // namespace elegraph::query
