// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "query/sql/nested.h"
#include "query/sql/statement.h"
#include "query/sql/tree.h"

// From PostgreSQL's nodes to Statement, one file a family. Each takes the members of its node and fills `out`.
namespace elegraph::query::sql {

// A DefElem list's options; a constant or name as text.
std::string constant_text(const Tree& node, std::string_view text);

void read_transaction(const Tree& node, Statement& out);
void read_set(const Tree& node, std::string_view text, Statement& out);
void read_discard(const Tree& node, Statement& out);

void read_prepare(const Tree& node, Statement& out);
void read_execute(const Tree& node, std::string_view text, Statement& out);
void read_declare(const Tree& node, Statement& out);
void read_fetch(const Tree& node, Statement& out);

void read_role(std::string_view kind, const Tree& node, Statement& out);
void read_copy(const Tree& node, std::string_view text, Statement& out);

}  // namespace elegraph::query::sql
