// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string_view>

#include "query/cypher/parser.h"
#include "query/sql/statement.h"

namespace elegraph::query::sql {

// Parses one statement that classify() calls SQL. Thread-safe. Errors: 42601 with position, 0A000 for SQL that
// is not served yet.
std::unique_ptr<Statement> parse(std::string_view text, const cypher::ParseOptions& options);

}  // namespace elegraph::query::sql
