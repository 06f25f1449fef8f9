// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "query/cypher/ast.h"
#include "query/types/pg_types.h"

namespace elegraph::query {

// The types that the text itself asks for, narrower than a Cypher type: a column that is a cast to a PostgreSQL type
// ($1::int4, x::varchar) is described as that type, a bare integer as PostgreSQL's smallest that holds it (int4, else
// int8). 0: the expression's static type decides. `column` counts the result columns of a query that ends in RETURN.
//
// written_name(): a column's name, which in SQL several columns may share; null: the planner's.
const std::string* written_name(const cypher::Statement& statement, size_t column);
types::Oid written_type(const cypher::Statement& statement, size_t column);

}  // namespace elegraph::query
