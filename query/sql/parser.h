// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string_view>

#include "query/cypher/parser.h"
#include "query/sql/statement.h"

namespace elegraph::query::sql {

// The tables that SELECT can read from beside the catalogs.
class TableNames {
 public:
  virtual ~TableNames() = default;
  // Names of the columns in order; nullopt: no such table.
  virtual std::optional<std::vector<std::string>> columns(std::string_view table) const = 0;
};

// Parses one statement that classify() calls SQL. Thread-safe. Errors: 42601 with position, 0A000 for SQL that
// is not served yet. Without `tables` any name in FROM passes for a table and any name of a property for its column.
std::unique_ptr<Statement> parse(std::string_view text, const cypher::ParseOptions& options,
                                 const TableNames* tables = nullptr);

}  // namespace elegraph::query::sql
