// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "query/cypher/ast.h"

namespace elegraph::query::cypher {

struct ParseOptions {
  bool standard_conforming_strings = true;  // docs/wire.md, "Text"
  // Literals that fingerprint() lifted: the parser makes kParameter nodes of them, in order of position.
  bool lift_literals = false;
};

// Parses one statement (no trailing text but ';'). Throws Error 42601 with the position of the offending token and,
// where a near word exists, a hint. Bounded recursion: deeper than the limit is 54001, never a crash.
std::unique_ptr<Statement> parse(std::string_view text, const ParseOptions& options);
// A lone expression, for tests and for SQL's lowering.
ExpressionPtr parse_expression(std::string_view text, const ParseOptions& options);

// A statement's text with its literals lifted out: the key of the plan cache. Two texts with the same key differ
// only in white space, comments, and in literals that stand outside of projections (whose texts name columns).
struct Fingerprint {
  uint64_t hash = 0;  // XXH3 of `key`
  std::string key;    // normalised tokens; lifted literals by type, e.g. ?i ?f ?s
  std::vector<Value> literals;
};
// One pass over the text, no tree; reuses the memory of `out`. Throws Error 42601 for an unclosed string or comment.
void fingerprint(std::string_view text, const ParseOptions& options, Fingerprint& out);

// Splits a simple-query text at top-level ';' (outside of strings, comments, backquotes, dollar quotes). Pieces
// keep their offset in `text`; empty ones are dropped. Never throws: an unclosed piece ends the list.
struct Piece {
  uint32_t offset;
  std::string_view text;
};
std::vector<Piece> split_statements(std::string_view text, const ParseOptions& options);

}  // namespace elegraph::query::cypher
