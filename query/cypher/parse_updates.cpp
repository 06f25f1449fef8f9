// SPDX-License-Identifier: Apache-2.0
#include "query/cypher/parser_state.h"
#include "storage/error.h"

// The clauses that write.
namespace elegraph::query::cypher {

// False (nothing taken) where no such clause starts.
bool Parser::update_clause(Clause& c) {
  switch (peek().keyword) {
    case Keyword::kCreate:
      take();
      create(c);
      return true;
    case Keyword::kMerge:
      take();
      merge(c);
      return true;
    case Keyword::kSet:
      take();
      c.kind = ClauseKind::kSet;
      set(c.set_items);
      return true;
    case Keyword::kRemove:
      take();
      remove(c);
      return true;
    case Keyword::kDelete:
    case Keyword::kDetach:
    case Keyword::kNodetach: delete_(c); return true;
    case Keyword::kForeach:
      take();
      foreach (c);
      return true;
    default:
      if (!accept_word("INSERT")) return false;
      create(c);
      return true;
  }
}

void Parser::create(Clause& c) {
  c.kind = ClauseKind::kCreate;
  c.patterns = patterns(true);
}

void Parser::merge(Clause& c) {
  c.kind = ClauseKind::kMerge;
  c.patterns = patterns(false);
  if (c.patterns.size() != 1) {
    throw Error(sqlstate::kSyntaxError, "MERGE takes one pattern").at(c.patterns[1].position);
  }
  while (at(Keyword::kOn)) {
    take();
    const bool on_create = at(Keyword::kCreate);
    if (!on_create && !at(Keyword::kMatch)) unexpected();
    take();
    expect(Keyword::kSet);
    set(on_create ? c.set_items : c.on_match);
  }
}

void Parser::set(std::vector<SetItem>& items) {
  do {
    items.push_back(set_item());
  } while (accept(TokenKind::kComma));
}

// More labels after the first expression's: n:A:B is one item, n IS A another spelling.
std::vector<std::string> Parser::plain_labels() {
  std::vector<std::string> labels;
  do {
    labels.push_back(schema_name());
  } while (accept(TokenKind::kColon) || accept(TokenKind::kAmpersand));
  return labels;
}

SetItem Parser::set_item() {
  SetItem item;
  item.position = position();
  item.target = postfix();
  const ExprKind kind = item.target->kind;
  if (kind == ExprKind::kHasLabels && item.target->args[0]->kind == ExprKind::kVariable) {
    item.kind = SetItem::Kind::kLabels;
    item.labels = std::move(item.target->names);
    ExpressionPtr subject = std::move(item.target->args[0]);
    item.target = std::move(subject);
  } else if (kind == ExprKind::kVariable && accept(Keyword::kIs)) {
    item.kind = SetItem::Kind::kLabels;
    item.labels = plain_labels();
  } else if (kind == ExprKind::kProperty && accept(TokenKind::kEqual)) {
    item.kind = SetItem::Kind::kProperty;
    item.value = expression();
  } else if (kind == ExprKind::kVariable && (at(TokenKind::kEqual) || at(TokenKind::kPlusEqual))) {
    item.kind = take().kind == TokenKind::kEqual ? SetItem::Kind::kReplace : SetItem::Kind::kMerge;
    item.value = expression();
  } else {
    unexpected();
  }
  return item;
}

void Parser::remove(Clause& c) {
  c.kind = ClauseKind::kRemove;
  do {
    RemoveItem item;
    item.position = position();
    item.target = postfix();
    if (item.target->kind == ExprKind::kHasLabels && item.target->args[0]->kind == ExprKind::kVariable) {
      item.labels = std::move(item.target->names);
      ExpressionPtr subject = std::move(item.target->args[0]);
      item.target = std::move(subject);
    } else if (item.target->kind == ExprKind::kVariable && accept(Keyword::kIs)) {
      item.labels = plain_labels();
    } else if (item.target->kind != ExprKind::kProperty) {
      unexpected();
    }
    c.remove_items.push_back(std::move(item));
  } while (accept(TokenKind::kComma));
}

void Parser::delete_(Clause& c) {
  c.kind = ClauseKind::kDelete;
  c.detach = accept(Keyword::kDetach);
  if (!c.detach) accept(Keyword::kNodetach);
  expect(Keyword::kDelete);
  do {
    c.expressions.push_back(expression());
  } while (accept(TokenKind::kComma));
}

void Parser::foreach (Clause& c) {
  Nesting nesting(*this);
  c.kind = ClauseKind::kForeach;
  expect(TokenKind::kOpenParen);
  c.variable_position = position();
  c.variable = variable();
  expect(Keyword::kIn);
  c.expression = expression();
  expect(TokenKind::kBar);
  do {
    auto update = std::make_unique<Clause>();
    update->position = position();
    if (!update_clause(*update)) unexpected();
    c.updates.push_back(std::move(update));
  } while (!at(TokenKind::kCloseParen));
  take();
}

}  // namespace elegraph::query::cypher
