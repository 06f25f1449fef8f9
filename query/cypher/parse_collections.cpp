// SPDX-License-Identifier: Apache-2.0
#include "query/cypher/literals.h"
#include "query/cypher/parser_state.h"
#include "storage/error.h"

// Lists, maps and what iterates over them.
namespace elegraph::query::cypher {

ExpressionPtr Parser::bracketed() {
  const uint32_t resume = next_;
  take();
  const bool comprehension = is_variable(peek()) && peek(1).keyword == Keyword::kIn;
  const bool pattern = at_named_path() || (at(TokenKind::kOpenParen) && at_pattern());
  next_ = resume;
  if (pattern) return pattern_comprehension();
  if (!comprehension) return list();
  ExpressionPtr e = list_comprehension();
  if (e) return e;
  reparsed_ += next_ - resume;
  next_ = resume;
  if (reparsed_ > kMaxReparsed) too_complex(position());
  return list();
}

ExpressionPtr Parser::list() {
  ExpressionPtr e = make(ExprKind::kList, position());
  const auto outer = std::exchange(projects_, std::nullopt);
  expect(TokenKind::kOpenBracket);
  if (!at(TokenKind::kCloseBracket)) {
    do {
      e->args.push_back(expression());
    } while (accept(TokenKind::kComma));
  }
  expect(TokenKind::kCloseBracket);
  projects_ = outer;
  return done(std::move(e));
}

// ARRAY[1, 2]
ExpressionPtr Parser::array() {
  const uint32_t start = take().start;
  ExpressionPtr e = list();
  e->position = start;
  return e;
}

// WHERE p; null where there is none. What a '|' in p begins depends on the comprehension (at_more_labels()).
ExpressionPtr Parser::comprehension_condition(std::string variable) {
  if (!accept(Keyword::kWhere)) return nullptr;
  const auto outer = std::exchange(projects_, std::move(variable));
  ExpressionPtr condition = expression();
  projects_ = outer;
  return condition;
}

// [x IN list WHERE p | e]; null where it turns out to be a list whose first item is a predicate: [x IN list, y].
ExpressionPtr Parser::list_comprehension() {
  ExpressionPtr e = make(ExprKind::kListComprehension, take().start);
  e->name_position = position();
  e->name = variable();
  take();
  e->args.push_back(expression());
  if (at(TokenKind::kComma)) return nullptr;
  e->args.push_back(comprehension_condition(e->name));
  ExpressionPtr projected = accept(TokenKind::kBar) ? expression() : nullptr;
  e->args.push_back(std::move(projected));
  expect(TokenKind::kCloseBracket);
  return done(std::move(e));
}

// [p = (a)-->(b) WHERE q | e]
ExpressionPtr Parser::pattern_comprehension() {
  ExpressionPtr e = make(ExprKind::kPatternComprehension, take().start);
  const Measure measure(*this);
  const bool outer = std::exchange(parameters_in_patterns_, false);
  e->pattern = std::make_unique<PathPattern>(path());
  parameters_in_patterns_ = outer;
  if (!e->pattern->variable.empty()) e->names.push_back(e->pattern->variable);
  e->args.push_back(comprehension_condition({}));
  expect(TokenKind::kBar);
  e->args.push_back(expression());
  expect(TokenKind::kCloseBracket);
  return done(std::move(e), measure.height());
}

// all(x IN list WHERE p); any other argument makes it a plain function call (null).
ExpressionPtr Parser::quantifier(ExprKind kind) {
  if (!is_variable(peek(2)) || peek(3).keyword != Keyword::kIn) return nullptr;
  ExpressionPtr e = make(kind, take().start);
  take();
  e->name_position = position();
  e->name = variable();
  take();
  e->args.push_back(expression());
  expect(Keyword::kWhere);
  e->args.push_back(expression());
  expect(TokenKind::kCloseParen);
  return done(std::move(e));
}

// reduce(acc = start, x IN list | e)
ExpressionPtr Parser::reduce() {
  if (!is_variable(peek(2)) || peek(3).kind != TokenKind::kEqual) return nullptr;
  ExpressionPtr e = make(ExprKind::kReduce, take().start);
  take();
  e->name_position = position();
  e->names.push_back(variable());
  take();
  e->args.push_back(expression());
  expect(TokenKind::kComma);
  e->names.push_back(variable());
  expect(Keyword::kIn);
  e->args.push_back(expression());
  expect(TokenKind::kBar);
  e->args.push_back(expression());
  expect(TokenKind::kCloseParen);
  return done(std::move(e));
}

ExpressionPtr Parser::map() {
  ExpressionPtr e = make(ExprKind::kMap, position());
  expect(TokenKind::kOpenBrace);
  if (!at(TokenKind::kCloseBrace)) {
    do {
      e->names.push_back(schema_name());
      expect(TokenKind::kColon);
      e->args.push_back(expression());
    } while (accept(TokenKind::kComma));
  }
  expect(TokenKind::kCloseBrace);
  return done(std::move(e));
}

// n {.name, .*, age: n.born, other}
ExpressionPtr Parser::map_projection() {
  ExpressionPtr e = make(ExprKind::kMapProjection, position());
  e->args.push_back(variable_atom());
  expect(TokenKind::kOpenBrace);
  const Measure measure(*this);
  if (!at(TokenKind::kCloseBrace)) {
    do {
      e->projection.push_back(map_projection_item());
    } while (accept(TokenKind::kComma));
  }
  expect(TokenKind::kCloseBrace);
  return done(std::move(e), measure.height());
}

MapProjectionItem Parser::map_projection_item() {
  MapProjectionItem item;
  if (accept(TokenKind::kDot)) {
    item.kind = MapProjectionItem::Kind::kAll;
    if (accept(TokenKind::kStar)) return item;
    item.kind = MapProjectionItem::Kind::kProperty;
    item.name = schema_name();
  } else if (peek(1).kind == TokenKind::kColon) {
    item.kind = MapProjectionItem::Kind::kLiteral;
    item.name = schema_name();
    take();
    item.value = expression();
  } else {
    item.kind = MapProjectionItem::Kind::kVariable;
    item.value = variable_atom();
    item.name = item.value->name;
  }
  return item;
}

}  // namespace elegraph::query::cypher
