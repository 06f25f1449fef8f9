// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "query/cypher/ast.h"

// Syntax trees as text, for tests and debugging: one bracket for each node, "(add (property n age) 1)". Two trees that
// differ in meaning print differently; positions are left out.
namespace elegraph::query::cypher {

std::string print(const Expression& e);
std::string print(const PathPattern& p);
std::string print(const Query& q);
std::string print(const Statement& s);

}  // namespace elegraph::query::cypher
