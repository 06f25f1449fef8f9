// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "query/cypher/parser.h"
#include "query/database.h"
#include "query/exec/interrupt.h"
#include "query/statement.h"

namespace elegraph::query {

// What compiling needs of a session.
struct CompileContext {
  GraphDatabase* database;
  cypher::ParseOptions parse;
  bool jsonb_results = false;
  const exec::Interrupt* interrupt = nullptr;  // of the statement that is compiled
  // Of a plan for certain values: they, the client's and then lifted literals, and what plans for such have in common.
  std::span<const Value> values = {};
  std::string_view ranges = {};
};

// From text to statement, in either language; plans come from the database's cache where they can. Positions in errors
// count from the start of `text`.
std::shared_ptr<const Statement> compile(const CompileContext& context, std::string_view text,
                                         std::span<const types::Oid> declared);

// The fast path of simple queries: the cached plan of a Cypher text and its literals, or null where compile() must
// look at it. `scratch` is reused from call to call.
std::shared_ptr<const plan::PlannedStatement> find_cached(const CompileContext& context, std::string_view text,
                                                          cypher::Fingerprint& scratch);

// Plans a parsed Cypher statement (not through the cache).
std::shared_ptr<const plan::PlannedStatement> plan_statement(const CompileContext& context, const cypher::Statement& parsed,
                                                             std::string_view text, std::span<const types::Oid> declared,
                                                             std::span<const Value> literals);

}  // namespace elegraph::query
