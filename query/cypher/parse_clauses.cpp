// SPDX-License-Identifier: Apache-2.0
#include <cctype>

#include "query/cypher/parser_state.h"
#include "storage/error.h"

// Queries and their reading clauses.
namespace elegraph::query::cypher {

QueryPtr Parser::query(Place place) {
  Nesting nesting(*this);
  auto q = std::make_unique<Query>();
  q->position = position();
  q->parts.push_back(single_query(place));
  while (at(Keyword::kUnion)) {
    const uint32_t at_union = take().start;
    const bool all = accept(Keyword::kAll);
    if (!all) accept(Keyword::kDistinct);
    if (!q->union_all.empty() && q->union_all.back() != all) {
      throw Error(sqlstate::kSyntaxError, "UNION and UNION ALL cannot be mixed in one query").at(at_union);
    }
    q->union_all.push_back(all);
    q->union_positions.push_back(at_union);
    q->parts.push_back(single_query(place));
  }
  return q;
}

SingleQuery Parser::single_query(Place place) {
  SingleQuery q;
  while (!at_end() && !at(Keyword::kUnion) && !at(TokenKind::kCloseBrace)) {
    if (!q.clauses.empty() &&
        (q.clauses.back()->kind == ClauseKind::kReturn || q.clauses.back()->kind == ClauseKind::kFinish)) {
      unexpected();
    }
    auto c = clause(place);
    check_clause(q, *c, place);
    q.clauses.push_back(std::move(c));
  }
  if (q.clauses.empty()) unexpected();
  check_conclusion(q, place);
  return q;
}

// In upper case.
std::string Parser::word_at(uint32_t start) const {
  std::string word;
  for (size_t i = start; i < text_.size() && std::isalpha(static_cast<unsigned char>(text_[i])); ++i)
    word += char(std::toupper(static_cast<unsigned char>(text_[i])));
  return word;
}

// What may stand here is mostly the grammar's business; these rules are about neighbours.
void Parser::check_clause(const SingleQuery& q, const Clause& c, Place place) {
  if (c.kind == ClauseKind::kCall && c.yield_star && (place != Place::kTop || !q.clauses.empty() || !at_end())) {
    throw Error(sqlstate::kSyntaxError, "YIELD * is only allowed in a standalone CALL")
        .with_hint("Name the fields to be used.")
        .at(c.position);
  }
  if (place != Place::kExpression) return;
  switch (c.kind) {
    case ClauseKind::kCreate:
    case ClauseKind::kMerge:
    case ClauseKind::kSet:
    case ClauseKind::kRemove:
    case ClauseKind::kDelete:
    case ClauseKind::kForeach: throw Error(sqlstate::kSyntaxError, "subqueries in expressions cannot write").at(c.position);
    default: return;
  }
}

void Parser::check_conclusion(const SingleQuery& q, Place place) {
  const Clause& last = *q.clauses.back();
  const bool dangling =
      last.kind == ClauseKind::kMatch || last.kind == ClauseKind::kUnwind || last.kind == ClauseKind::kWith;
  if (!dangling || place == Place::kExpression) return;
  Error error(sqlstate::kSyntaxError, "query cannot end with " + (last.optional ? "MATCH" : word_at(last.position)));
  error.hint = hint_for_unexpected();
  if (error.hint.empty()) error.hint = "End it with RETURN or a clause that writes.";
  throw std::move(error).at(at_end() ? last.position : position());
}

std::unique_ptr<Clause> Parser::clause(Place place) {
  auto c = std::make_unique<Clause>();
  c->position = position();
  if (at(Keyword::kOptional)) {
    take();
    c->optional = true;
    if (!at(Keyword::kMatch) && !at(Keyword::kCall)) unexpected();
  }
  if (accept(Keyword::kMatch)) {
    match(*c);
  } else if (at(Keyword::kWith) || at(Keyword::kReturn)) {
    projection(*c);
  } else if (accept(Keyword::kUnwind)) {
    unwind(*c);
  } else if (accept(Keyword::kCall)) {
    call(*c);
  } else if (place == Place::kTop || place == Place::kCall ? accept(Keyword::kFinish) : false) {
    c->kind = ClauseKind::kFinish;
  } else if (!gql_clause(*c) && !update_clause(*c)) {
    unexpected();
  }
  return c;
}

// GQL's words (ISO/IEC 39075) for what Cypher's WITH * and UNWIND do; their names stay free for variables. False (nothing
// taken) where none stands here.
bool Parser::gql_clause(Clause& c) {
  if (accept(Keyword::kFor)) {
    c.kind = ClauseKind::kUnwind;
    c.variable_position = position();
    c.variable = variable();
    expect(Keyword::kIn);
    c.expression = expression();
    return true;
  }
  const bool filter = accept_word("FILTER");
  if (!filter && !accept_word("LET")) return false;
  c.kind = ClauseKind::kWith;
  c.projection.position = c.position;
  c.projection.star = true;
  if (filter) {
    accept(Keyword::kWhere);
    c.projection.where = expression();
  } else {
    do {
      c.projection.items.push_back(assignment());
    } while (accept(TokenKind::kComma));
  }
  return true;
}

// name = expression, of LET.
ProjectionItem Parser::assignment() {
  ProjectionItem item;
  item.position = item.alias_position = position();
  item.alias = item.name = variable();
  item.has_alias = true;
  expect(TokenKind::kEqual);
  item.expression = expression();
  return item;
}

void Parser::match(Clause& c) {
  c.kind = ClauseKind::kMatch;
  c.patterns = patterns(false);
  if (accept(Keyword::kWhere)) c.where = expression();
}

void Parser::projection(Clause& c) {
  const bool with = take().keyword == Keyword::kWith;
  c.kind = with ? ClauseKind::kWith : ClauseKind::kReturn;
  c.projection.position = c.position;
  c.projection.distinct = accept(Keyword::kDistinct);
  projection_items(c.projection, with);
  order_and_limits(c.projection);
  if (with && accept(Keyword::kWhere)) c.projection.where = expression();
}

void Parser::projection_items(Projection& p, bool aliases_required) {
  if (accept(TokenKind::kStar)) {
    p.star = true;
    if (!accept(TokenKind::kComma)) return;
  }
  do {
    p.items.push_back(projection_item(aliases_required));
  } while (accept(TokenKind::kComma));
}

ProjectionItem Parser::projection_item(bool alias_required) {
  ProjectionItem item;
  item.position = position();
  item.expression = expression();
  item.name = source(item.position, last_end());
  if (accept(Keyword::kAs)) {
    item.alias_position = position();
    note_alias(peek());
    item.alias = schema_name();
    item.has_alias = true;
    item.name = item.alias;
  } else if (item.expression->kind == ExprKind::kVariable) {
    item.name = item.expression->name;  // `odd name` without its quotes
  } else if (alias_required) {
    throw Error(sqlstate::kSyntaxError, "expression in WITH must be aliased")
        .with_hint("Write " + item.name + " AS name.")
        .at(item.position);
  }
  return item;
}

void Parser::order_and_limits(Projection& p) {
  if (at(Keyword::kOrder)) {
    take();
    expect(Keyword::kBy);
    do {
      p.order.push_back(sort_item());
    } while (accept(TokenKind::kComma));
  }
  for (;;) {
    if (!p.skip && (at(Keyword::kSkip) || at(Keyword::kOffset))) {
      take();
      p.skip = expression();
    } else if (!p.limit && at(Keyword::kLimit)) {
      take();
      p.limit = expression();
    } else {
      return;
    }
  }
}

SortItem Parser::sort_item() {
  SortItem item;
  item.expression = expression();
  if (accept(Keyword::kDesc) || accept(Keyword::kDescending)) {
    item.descending = true;
  } else if (!accept(Keyword::kAsc)) {
    accept(Keyword::kAscending);
  }
  if (accept(Keyword::kNulls)) {
    item.nulls_first = at(Keyword::kFirst);
    if (!accept(Keyword::kFirst)) expect(Keyword::kLast);
  }
  return item;
}

void Parser::unwind(Clause& c) {
  c.kind = ClauseKind::kUnwind;
  c.expression = expression();
  expect(Keyword::kAs);
  c.variable_position = position();
  c.variable = variable();
}

void Parser::call(Clause& c) {
  if (at(TokenKind::kOpenBrace) || at(TokenKind::kOpenParen)) return call_subquery(c);
  c.kind = ClauseKind::kCall;
  c.procedure = dotted_name();
  if (accept(TokenKind::kOpenParen)) {
    c.has_arguments = true;
    if (!at(TokenKind::kCloseParen)) {
      do {
        c.expressions.push_back(expression());
      } while (accept(TokenKind::kComma));
    }
    expect(TokenKind::kCloseParen);
  }
  if (accept(Keyword::kYield)) yield(c);
}

void Parser::call_subquery(Clause& c) {
  c.kind = ClauseKind::kSubquery;
  if (accept(TokenKind::kOpenParen)) {
    c.has_imports = true;
    if (accept(TokenKind::kStar)) {
      c.imports_all = true;
    } else if (!at(TokenKind::kCloseParen)) {
      do {
        c.imports.push_back(variable());
      } while (accept(TokenKind::kComma));
    }
    expect(TokenKind::kCloseParen);
  }
  expect(TokenKind::kOpenBrace);
  c.subquery = query(Place::kCall);
  expect(TokenKind::kCloseBrace);
  if (at(Keyword::kIn)) {
    throw Error(sqlstate::kFeatureNotSupported, "CALL { ... } IN TRANSACTIONS is not supported").at(position());
  }
}

void Parser::yield(Clause& c) {
  c.has_yield = true;
  if (accept(TokenKind::kStar)) {
    c.yield_star = true;
    return;
  }
  do {
    Clause::Yield y;
    y.position = position();
    y.field = variable();
    y.alias = y.field;
    if (accept(Keyword::kAs)) {
      y.position = position();
      y.alias = variable();
    }
    c.yields.push_back(std::move(y));
  } while (accept(TokenKind::kComma));
  if (accept(Keyword::kWhere)) c.yield_where = expression();
}

}  // namespace elegraph::query::cypher
