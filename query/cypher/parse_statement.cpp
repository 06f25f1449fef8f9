// SPDX-License-Identifier: Apache-2.0
#include "query/cypher/literals.h"
#include "query/cypher/parser_state.h"
#include "storage/error.h"

// The outermost level: EXPLAIN, PROFILE, schema statements, queries.
namespace elegraph::query::cypher {

std::unique_ptr<Statement> Parser::statement() {
  auto s = std::make_unique<Statement>();
  if (accept(Keyword::kProfile)) {
    s->explain = ExplainMode::kAnalyze;
  } else if (accept(Keyword::kExplain)) {
    s->explain = ExplainMode::kExplain;
    explain_options(*s);
  }
  s->body_position = position();
  if (!schema_statement(*s)) s->query = query(Place::kTop);
  expect_end();
  s->parameters = std::move(parameters_);
  s->positional = positional_;
  return s;
}

ExpressionPtr Parser::lone_expression() {
  ExpressionPtr e = expression();
  expect_end();
  return e;
}

// EXPLAIN ANALYZE VERBOSE ..., or EXPLAIN (ANALYZE, FORMAT JSON, ...) as PostgreSQL has it.
void Parser::explain_options(Statement& s) {
  if (!accept(TokenKind::kOpenParen)) {
    if (accept(Keyword::kAnalyze)) s.explain = ExplainMode::kAnalyze;
    accept(Keyword::kVerbose);
    return;
  }
  do {
    const bool analyze = at(Keyword::kAnalyze);
    const bool format = at(Keyword::kFormat);
    schema_name();
    if (format) {
      if (at(TokenKind::kString))
        take(), s.explain_json = false;
      else if (accept_word("JSON"))
        s.explain_json = true;
      else if (!accept_word("TEXT")) {
        throw Error(sqlstate::kFeatureNotSupported, "EXPLAIN format is not supported")
            .with_hint("The format is TEXT.")
            .at(position());
      }
      continue;
    }
    const bool off = accept(Keyword::kFalse) || accept_word("OFF") || (at(TokenKind::kInteger) && (take(), true));
    if (!off && !accept(Keyword::kTrue)) accept(Keyword::kOn);
    if (analyze && !off) s.explain = ExplainMode::kAnalyze;
  } while (accept(TokenKind::kComma));
  expect(TokenKind::kCloseParen);
}

}  // namespace elegraph::query::cypher
