// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "query/cypher/literals.h"
#include "query/cypher/parser_state.h"
#include "storage/error.h"

// Literals, parameters, variables, calls and the forms that start with a keyword.
namespace elegraph::query::cypher {

ExpressionPtr Parser::atom() {
  switch (peek().kind) {
    case TokenKind::kInteger:
    case TokenKind::kFloat: return number_literal();
    case TokenKind::kString:
    case TokenKind::kEscapeString:
    case TokenKind::kDollarString: return string_literal();
    case TokenKind::kParameter: return parameter();
    case TokenKind::kOpenParen: return at_pattern() ? pattern_predicate() : parenthesized();
    case TokenKind::kOpenBracket: return bracketed();
    case TokenKind::kOpenBrace: return map();
    case TokenKind::kName:
    case TokenKind::kQuotedName: return word_atom();
    default: unexpected();
  }
}

ExpressionPtr Parser::word_atom() {
  if (peek().keyword != Keyword::kNone) {
    if (ExpressionPtr e = keyword_atom()) return e;
  }
  if (at_function_call()) return function_call();
  if (!is_variable(peek()) && !at_reserved_alias()) unexpected();
  if (peek(1).kind == TokenKind::kOpenBrace && !(at(Keyword::kCall))) return map_projection();
  if (at(TokenKind::kName) && (peek(1).kind == TokenKind::kString)) return typed_literal();
  return variable_atom();
}

// What a keyword starts; null where it is a plain name here.
ExpressionPtr Parser::keyword_atom() {
  const TokenKind next = peek(1).kind;
  const bool paren = next == TokenKind::kOpenParen;
  const bool brace = next == TokenKind::kOpenBrace;
  switch (peek().keyword) {
    case Keyword::kTrue: take(); return literal(Value::boolean(true));
    case Keyword::kFalse: take(); return literal(Value::boolean(false));
    case Keyword::kNull: take(); return literal(Value());
    case Keyword::kCase: return case_();
    case Keyword::kExists: return brace ? subquery(ExprKind::kExists) : nullptr;
    case Keyword::kCount: return brace ? subquery(ExprKind::kCountSubquery) : nullptr;
    case Keyword::kCollect: return brace ? subquery(ExprKind::kCollectSubquery) : nullptr;
    case Keyword::kAll: return paren ? quantifier(ExprKind::kAll) : nullptr;
    case Keyword::kAny: return paren ? quantifier(ExprKind::kAny) : nullptr;
    case Keyword::kNoneOf: return paren ? quantifier(ExprKind::kNone) : nullptr;
    case Keyword::kSingle: return paren ? quantifier(ExprKind::kSingle) : nullptr;
    case Keyword::kReduce: return paren ? reduce() : nullptr;
    case Keyword::kShortestPath:
    case Keyword::kAllShortestPaths: return paren ? shortest_path() : nullptr;
    case Keyword::kCast: return paren ? cast() : nullptr;
    case Keyword::kArray: return next == TokenKind::kOpenBracket ? array() : nullptr;
    default: return nullptr;
  }
}

// For the token just taken.
ExpressionPtr Parser::literal(Value v) {
  ExpressionPtr e = make(ExprKind::kLiteral, items_[next_ - 1].start);
  e->literal = std::move(v);
  return done(std::move(e));
}

ExpressionPtr Parser::number_literal() {
  const Item& t = peek();
  if (t.number >= 0) return parameter();
  Value v;
  if (!decode_number(text_, t, v)) {
    const std::string written(source(t.start, std::min(t.end, t.start + 60)));
    throw Error(sqlstate::kNumericOutOfRange, t.kind == TokenKind::kInteger
                                                  ? "integer literal \"" + written + "\" is out of range"
                                                  : "float literal \"" + written + "\" is out of range")
        .at(t.start);
  }
  take();
  return literal(std::move(v));
}

ExpressionPtr Parser::string_literal() {
  const Item& t = peek();
  if (t.number >= 0) return parameter();
  std::string s = string_token(t);
  take();
  return literal(Value::string(s));
}

// A parameter, or a literal that was lifted.
ExpressionPtr Parser::parameter() {
  const Item& t = take();
  ExpressionPtr e = make(ExprKind::kParameter, t.start);
  e->name_position = t.start;
  e->index = uint32_t(t.number);
  if (t.kind == TokenKind::kParameter) {
    e->name = decode_name(text_, t);
  } else {
    e->index += uint32_t(parameters_.size());
  }
  return done(std::move(e));
}

ExpressionPtr Parser::parenthesized() {
  const uint32_t start = take().start;
  ExpressionPtr e = expression();
  expect(TokenKind::kCloseParen);
  e->position = start;
  e->end = last_end();
  return e;
}

ExpressionPtr Parser::variable_atom() {
  ExpressionPtr e = make(ExprKind::kVariable, position());
  e->name_position = position();
  e->name = variable();
  return done(std::move(e));
}

// date '2020-02-29', as PostgreSQL writes constants of a type.
ExpressionPtr Parser::typed_literal() {
  const uint32_t start = position();
  std::string type = type_name();
  ExpressionPtr e = unary_node(ExprKind::kCast, string_literal());
  e->position = e->name_position = start;
  e->name = std::move(type);
  return e;
}

// name(, or name.space.name(
bool Parser::at_function_call() const {
  uint32_t i = 1;
  while (peek(i).kind == TokenKind::kDot && is_name(peek(i + 1))) i += 2;
  return peek(i).kind == TokenKind::kOpenParen;
}

ExpressionPtr Parser::function_call() {
  ExpressionPtr e = make(ExprKind::kFunction, position());
  e->name_position = position();
  const bool exists = at(Keyword::kExists) && peek(1).kind == TokenKind::kOpenParen;
  e->name = dotted_name();
  expect(TokenKind::kOpenParen);
  if (peek().kind == TokenKind::kStar && peek(1).kind == TokenKind::kCloseParen) {
    take();
    e->star = true;
  } else if (!at(TokenKind::kCloseParen)) {
    e->distinct = accept(Keyword::kDistinct);
    do {
      e->args.push_back(expression());
    } while (accept(TokenKind::kComma));
  }
  expect(TokenKind::kCloseParen);
  e = done(std::move(e));
  return exists && e->args.size() == 1 ? exists_call(std::move(e)) : std::move(e);
}

// exists((a)-->(b)) is the pattern's own predicate, exists(n.key) is n.key IS NOT NULL.
ExpressionPtr Parser::exists_call(ExpressionPtr call) {
  ExpressionPtr arg = std::move(call->args[0]);
  if (arg->kind != ExprKind::kPatternPredicate) {
    call->args[0] = std::move(arg);
    call->kind = ExprKind::kIsNotNull;
    call->name.clear();
    return call;
  }
  arg->position = call->position;
  arg->end = call->end;
  return arg;
}

ExpressionPtr Parser::case_() {
  ExpressionPtr e = make(ExprKind::kCase, take().start);
  ExpressionPtr operand = at(Keyword::kWhen) ? nullptr : expression();
  e->args.push_back(std::move(operand));
  if (!at(Keyword::kWhen)) unexpected();
  while (accept(Keyword::kWhen)) {
    e->args.push_back(expression());
    expect(Keyword::kThen);
    e->args.push_back(expression());
  }
  ExpressionPtr otherwise = accept(Keyword::kElse) ? expression() : nullptr;
  e->args.push_back(std::move(otherwise));
  expect(Keyword::kEnd);
  return done(std::move(e));
}

ExpressionPtr Parser::cast() {
  ExpressionPtr e = make(ExprKind::kCast, take().start);
  expect(TokenKind::kOpenParen);
  e->args.push_back(expression());
  expect(Keyword::kAs);
  e->name_position = position();
  e->name = type_name();
  expect(TokenKind::kCloseParen);
  return done(std::move(e));
}

// A PostgreSQL type as after "::", in lower case: words, (modifiers) dropped, [] for arrays.
std::string Parser::type_name() {
  auto word = [this] {
    std::string w = schema_name();
    std::transform(w.begin(), w.end(), w.begin(), [](unsigned char c) { return char(c < 128 ? std::tolower(c) : c); });
    return w;
  };
  std::string type = word();
  while (accept(TokenKind::kDot)) type = word();  // pg_catalog.int8
  if (type == "double" && accept_word("PRECISION")) type = "double precision";
  if (type == "character" && accept_word("VARYING")) type = "character varying";
  if (at(TokenKind::kOpenParen) && peek(1).kind == TokenKind::kInteger) {
    do {
      take();
    } while (!at(TokenKind::kCloseParen) && !at_end());
    expect(TokenKind::kCloseParen);
  }
  if (type == "timestamp" || type == "time") {
    const bool with = at(Keyword::kWith);
    const Item& next = peek(1);
    const bool zone = source(next.start, next.end).size() == 4 && (with || accept_word("WITHOUT"));
    if (zone) {
      if (with) take();
      if (!accept_word("TIME") || !accept_word("ZONE")) unexpected();
      if (with) type += "tz";
    }
  }
  while (at(TokenKind::kOpenBracket) && peek(1).kind == TokenKind::kCloseBracket) {
    take();
    take();
    if (type.size() < 2 || type.compare(type.size() - 2, 2, "[]") != 0) type += "[]";
  }
  return type;
}

// EXISTS { MATCH ... } or EXISTS { (a)-->(b) WHERE ... }
ExpressionPtr Parser::subquery(ExprKind kind) {
  ExpressionPtr e = make(kind, take().start);
  expect(TokenKind::kOpenBrace);
  Nesting nesting(*this);
  const Measure measure(*this);
  const bool pattern = at(TokenKind::kOpenParen) || at(Keyword::kShortestPath) || at(Keyword::kAllShortestPaths) ||
                       (is_variable(peek()) && peek(1).kind == TokenKind::kEqual);
  if (pattern) {
    auto clause = std::make_unique<Clause>();
    clause->position = position();
    match(*clause);
    e->subquery = std::make_unique<Query>();
    e->subquery->position = clause->position;
    e->subquery->parts.emplace_back().clauses.push_back(std::move(clause));
  } else {
    e->subquery = query(Place::kExpression);
  }
  expect(TokenKind::kCloseBrace);
  return done(std::move(e), measure.height());
}

ExpressionPtr Parser::pattern_predicate() {
  ExpressionPtr e = make(ExprKind::kPatternPredicate, position());
  const Measure measure(*this);
  const bool outer = std::exchange(parameters_in_patterns_, false);
  e->pattern = std::make_unique<PathPattern>(path());
  parameters_in_patterns_ = outer;
  return done(std::move(e), measure.height());
}

ExpressionPtr Parser::shortest_path() {
  ExpressionPtr e = pattern_predicate();
  e->kind = ExprKind::kShortestPath;
  return e;
}

}  // namespace elegraph::query::cypher
