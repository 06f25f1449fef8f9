// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "query/sql/tree.h"
#include "query/types/pg_types.h"

namespace elegraph::query::sql {

// A TypeName node as Cypher's casts spell it: "int8", "text[]"; schemas and modifiers are dropped.
std::string type_name(const Tree& type_name_node);
// The OID of such a name, 0 where it is unknown.
types::Oid type_oid(std::string_view name);

}  // namespace elegraph::query::sql
