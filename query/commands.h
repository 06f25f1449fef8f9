// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "query/portal.h"

namespace elegraph::query {

class SessionImplementation;

// Session commands in SQL (BEGIN, SET, FETCH, CREATE ROLE, ...) as portals. `columns` of SHOW and FETCH are known when
// the statement is described: describe_command().
std::unique_ptr<PortalBase> make_command_portal(SessionImplementation& session, std::shared_ptr<const Statement> statement,
                                                std::vector<int16_t> formats);
// What a command will return, as far as the session's state tells; empty where it returns no rows.
std::vector<ResultColumn> describe_command(SessionImplementation& session, const sql::Statement& command);

// DECLARE, and FETCH and MOVE (cursors.cpp).
CommandPortal::Result declare_cursor(SessionImplementation& session, const sql::Statement& declare);
std::unique_ptr<PortalBase> make_fetch_portal(SessionImplementation& session, std::shared_ptr<const Statement> statement,
                                              std::vector<int16_t> formats);

// CREATE INDEX, DROP CONSTRAINT, SHOW INDEXES, ...
std::unique_ptr<PortalBase> make_schema_portal(SessionImplementation& session, std::shared_ptr<const Statement> statement,
                                               std::vector<int16_t> formats);
std::vector<ResultColumn> describe_schema(const cypher::Statement& schema);

// COPY, in both directions.
std::unique_ptr<PortalBase> make_copy_portal(SessionImplementation& session, std::shared_ptr<const Statement> statement);

// The text inside PREPARE, DECLARE, ...; positions of its errors count from the outer text.
std::shared_ptr<const Statement> compile_nested(SessionImplementation& session, const sql::Statement& outer,
                                                std::span<const types::Oid> declared);

ResultColumn text_column(std::string name);

}  // namespace elegraph::query
