// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "query/compile.h"
#include "query/procedures/procedure.h"

namespace elegraph::query {

// A procedure's body, compiled: its plan (from the plan cache where it is there), and where the plan's parameters and
// the procedure's columns come from.
struct ProcedureBody {
  std::shared_ptr<const Statement> statement;
  std::vector<uint32_t> arguments;  // the plan's parameter i is argument arguments[i]
  std::vector<plan::Slot> outputs;  // of the plan's rows, in the order of the signature
  uint64_t epoch = 0;               // of the catalog; stale once it moved
};

// Errors: whatever the body's text says wrong; 42P02 a parameter that is no argument; 42703 a declared column that the
// body does not return; 42601 a body that is no query.
ProcedureBody compile_body(GraphDatabase& database, const Procedure& procedure);

// What CREATE PROCEDURE does, short of keeping it: checks the types, compiles the body, notes whether it writes.
ProcedurePtr define_procedure(GraphDatabase& database, const cypher::Statement& declaration,
                              bool standard_conforming_strings);

}  // namespace elegraph::query
