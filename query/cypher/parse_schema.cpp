// SPDX-License-Identifier: Apache-2.0
#include "query/cypher/literals.h"
#include "query/cypher/parser_state.h"
#include "storage/error.h"

// Indexes, constraints and procedures.
namespace elegraph::query::cypher {

// False (nothing taken) where the statement is a query.
bool Parser::schema_statement(Statement& s) {
  if (at(Keyword::kShow)) {
    take();
    if (accept(Keyword::kIndexes) || accept(Keyword::kIndex)) {
      s.kind = StatementKind::kShowIndexes;
    } else if (accept(Keyword::kConstraints) || accept(Keyword::kConstraint)) {
      s.kind = StatementKind::kShowConstraints;
    } else {
      unexpected();
    }
    return true;
  }
  if (at(Keyword::kDrop)) {
    take();
    drop(s);
    return true;
  }
  if (!at(Keyword::kCreate)) return false;
  const Item& what = peek(1);
  if (what.kind != TokenKind::kName || peek(2).kind == TokenKind::kEqual) return false;
  take();
  if (what.keyword == Keyword::kOr) {
    take();
    expect(Keyword::kReplace);
    expect(Keyword::kProcedure);
    create_procedure(s, true);
  } else if (accept(Keyword::kProcedure)) {
    create_procedure(s, false);
  } else if (accept(Keyword::kConstraint)) {
    create_constraint(s);
  } else {
    if (!at(Keyword::kIndex) && !accept_word("RANGE") && !accept_word("BTREE")) unexpected();
    expect(Keyword::kIndex);
    create_index(s);
  }
  return true;
}

void Parser::if_not_exists(Statement& s) {
  if (!accept(Keyword::kIf)) return;
  expect(Keyword::kNot);
  expect(Keyword::kExists);
  s.definition.if_not_exists = true;
}

// [name] [IF NOT EXISTS]
void Parser::index_name(Statement& s) {
  if (!at(Keyword::kFor) && !at(Keyword::kIf)) s.definition.name = variable();
  if_not_exists(s);
  expect(Keyword::kFor);
}

// (n:Label) or ()-[r:TYPE]-(): fills entity and label, gives the variable.
std::string Parser::index_target(Statement& s) {
  PathPattern p;
  path_element(p);
  const bool node = p.relationships.empty();
  s.definition.entity = node ? index::EntityKind::kNode : index::EntityKind::kRelationship;
  if (p.relationships.size() > 1) unexpected();
  const std::vector<std::string>& names = node ? p.nodes[0].labels : p.relationships[0].types;
  const std::string& name = node ? p.nodes[0].variable : p.relationships[0].variable;
  if (names.size() != 1 || name.empty() || (!node && p.relationships[0].variable_length)) {
    throw Error(sqlstate::kSyntaxError, "an index or constraint is for one label or relationship type")
        .with_hint("Write FOR (n:Label) or FOR ()-[r:TYPE]-().")
        .at(p.nodes[0].position);
  }
  s.definition.label = names[0];
  return name;
}

void Parser::index_key(Statement& s, const std::string& variable) {
  const Item& t = peek();
  if (!is_name(t) || decode_name(text_, t) != variable) unexpected();
  take();
  expect(TokenKind::kDot);
  s.definition.keys.push_back(schema_name());
}

// n.a, or (n.a, n.b)
void Parser::index_keys(Statement& s, const std::string& variable) {
  if (!accept(TokenKind::kOpenParen)) return index_key(s, variable);
  do {
    index_key(s, variable);
  } while (accept(TokenKind::kComma));
  expect(TokenKind::kCloseParen);
}

void Parser::create_index(Statement& s) {
  s.kind = StatementKind::kCreateIndex;
  index_name(s);
  const std::string variable = index_target(s);
  expect(Keyword::kOn);
  index_keys(s, variable);
}

void Parser::create_constraint(Statement& s) {
  s.kind = StatementKind::kCreateIndex;
  s.constraint = true;
  index_name(s);
  const std::string variable = index_target(s);
  expect(Keyword::kRequire);
  index_keys(s, variable);
  expect(Keyword::kIs);
  constraint_kind(s);
}

// UNIQUE | NODE UNIQUE | NOT NULL | NODE KEY | RELATIONSHIP KEY | KEY
void Parser::constraint_kind(Statement& s) {
  if (accept(Keyword::kNot)) {
    expect(Keyword::kNull);
    s.definition.constraint = index::ConstraintKind::kExists;
    if (s.definition.keys.size() > 1) {
      throw Error(sqlstate::kSyntaxError, "IS NOT NULL is a constraint on one property").at(position());
    }
    return;
  }
  if (at(TokenKind::kDoubleColon)) {
    throw Error(sqlstate::kFeatureNotSupported, "property type constraints are not supported").at(position());
  }
  const bool relationship = s.definition.entity == index::EntityKind::kRelationship;
  if (relationship ? at(Keyword::kRelationship) || at(Keyword::kRel) : at(Keyword::kNode)) take();
  const bool key = accept(Keyword::kKey);
  if (!key) expect(Keyword::kUnique);
  s.definition.constraint = key ? index::ConstraintKind::kKey : index::ConstraintKind::kUnique;
}

// DROP INDEX name [IF EXISTS]; PostgreSQL's order of words is taken too.
void Parser::drop(Statement& s) {
  if (accept(Keyword::kProcedure)) {
    s.kind = StatementKind::kDropProcedure;
  } else {
    s.kind = StatementKind::kDropIndex;
    s.constraint = accept(Keyword::kConstraint);
    if (!s.constraint) expect(Keyword::kIndex);
  }
  auto if_exists = [&] {
    if (!accept(Keyword::kIf)) return;
    expect(Keyword::kExists);
    s.if_exists = true;
  };
  if_exists();
  s.name = dotted_name();
  if (!s.if_exists) if_exists();
}

void Parser::create_procedure(Statement& s, bool or_replace) {
  s.kind = StatementKind::kCreateProcedure;
  s.or_replace = or_replace;
  s.name = dotted_name();
  s.inputs = arguments();
  expect(TokenKind::kDoubleColon);
  s.outputs = arguments();
  expect(Keyword::kAs);
  const Item& body = peek();
  if (body.kind != TokenKind::kDollarString && body.kind != TokenKind::kString && body.kind != TokenKind::kEscapeString) {
    unexpected();
  }
  s.body = string_token(body);
  take();
}

// (name :: TYPE, ...); types are kept as written.
std::vector<Statement::Argument> Parser::arguments() {
  std::vector<Statement::Argument> all;
  expect(TokenKind::kOpenParen);
  if (accept(TokenKind::kCloseParen)) return all;
  do {
    Statement::Argument a;
    a.name = schema_name();
    expect(TokenKind::kDoubleColon);
    const uint32_t from = position();
    while (!at(TokenKind::kComma) && !at(TokenKind::kCloseParen)) {
      if (at_end() || at(TokenKind::kInvalid)) unexpected();
      take();
    }
    if (last_end() <= from) unexpected();
    a.type = source(from, last_end());
    all.push_back(std::move(a));
  } while (accept(TokenKind::kComma));
  expect(TokenKind::kCloseParen);
  return all;
}

}  // namespace elegraph::query::cypher
