// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "query/cypher/literals.h"
#include "query/cypher/parser_state.h"
#include "storage/error.h"

// Operators, by precedence climbing. Levels as in openCypher 9: OR < XOR < AND < NOT < comparison < IN, STARTS WITH,
// IS NULL ... < + - || < * / % < ^ < sign < . [] :: :Label.
namespace elegraph::query::cypher {

ExpressionPtr Parser::make(ExprKind kind, uint32_t start) const {
  auto e = std::make_unique<Expression>();
  e->kind = kind;
  e->position = start;
  return e;
}

// Closes an expression at the last token and checks its height.
ExpressionPtr Parser::done(ExpressionPtr e, uint32_t inner_height) {
  e->end = std::max(e->end, last_end());
  uint32_t height = inner_height;
  for (const ExpressionPtr& arg : e->args) {
    if (arg) height = std::max<uint32_t>(height, arg->height);
  }
  if (++height > kMaxHeight) too_complex(e->position);
  e->height = uint16_t(height);
  tallest_ = std::max(tallest_, height);
  return e;
}

ExpressionPtr Parser::binary_node(ExprKind kind, ExpressionPtr left, ExpressionPtr right) {
  ExpressionPtr e = make(kind, left->position);
  e->args.reserve(2);
  e->args.push_back(std::move(left));
  e->args.push_back(std::move(right));
  return done(std::move(e));
}

ExpressionPtr Parser::unary_node(ExprKind kind, ExpressionPtr operand) {
  ExpressionPtr e = make(kind, operand->position);
  e->args.push_back(std::move(operand));
  return done(std::move(e));
}

int Parser::operator_level() const {
  const Item& t = items_[next_];
  switch (t.kind) {
    case TokenKind::kName: break;
    case TokenKind::kEqual:
    case TokenKind::kNotEqual:
    case TokenKind::kLess:
    case TokenKind::kLessEqual:
    case TokenKind::kGreater:
    case TokenKind::kGreaterEqual: return kComparisonLevel;
    case TokenKind::kRegexMatch: return kPredicateLevel;
    case TokenKind::kPlus:
    case TokenKind::kMinus:
    case TokenKind::kDoubleBar: return kSumLevel;
    case TokenKind::kStar:
    case TokenKind::kSlash:
    case TokenKind::kPercent: return kProductLevel;
    case TokenKind::kCaret: return kPowerLevel;
    default: return 0;
  }
  switch (t.keyword) {
    case Keyword::kOr: return kOrLevel;
    case Keyword::kXor: return kXorLevel;
    case Keyword::kAnd: return kAndLevel;
    case Keyword::kIn:
    case Keyword::kStarts:
    case Keyword::kEnds:
    case Keyword::kContains:
    case Keyword::kIs: return kPredicateLevel;
    case Keyword::kNot: {  // NOT IN, NOT CONTAINS: SQL's order of words
      const Keyword next = items_[next_ + 1].keyword;
      return next == Keyword::kIn || next == Keyword::kContains || next == Keyword::kStarts || next == Keyword::kEnds
                 ? kPredicateLevel
                 : 0;
    }
    default: return 0;
  }
}

ExpressionPtr Parser::binary(int min_level) {
  Nesting nesting(*this);
  const uint32_t left_index = next_;
  ExpressionPtr left = prefix(min_level);
  for (;;) {
    const int level = operator_level();
    if (level == 0 || level < min_level) return left;
    switch (level) {
      case kOrLevel:
      case kXorLevel:
      case kAndLevel: left = nary(std::move(left), level); break;
      case kComparisonLevel: left = comparison(std::move(left), left_index); break;
      case kPredicateLevel: left = predicate(std::move(left)); break;
      default: left = arithmetic(std::move(left), level);
    }
  }
}

ExpressionPtr Parser::prefix(int) {
  if (at(Keyword::kNot)) return negation();
  if (at(TokenKind::kMinus) || at(TokenKind::kPlus)) return signed_();
  return postfix();
}

// A run of NOTs is a loop, not a recursion.
ExpressionPtr Parser::negation() {
  std::vector<uint32_t> starts;
  while (at(Keyword::kNot)) starts.push_back(take().start);
  ExpressionPtr e = binary(kComparisonLevel);
  for (; !starts.empty(); starts.pop_back()) {
    e = unary_node(ExprKind::kNot, std::move(e));
    e->position = starts.back();
  }
  return e;
}

ExpressionPtr Parser::signed_() {
  std::vector<const Item*> signs;
  while (at(TokenKind::kMinus) || at(TokenKind::kPlus)) signs.push_back(&take());
  ExpressionPtr e = postfix();
  for (; !signs.empty(); signs.pop_back()) {
    const bool minus = signs.back()->kind == TokenKind::kMinus;
    e = unary_node(minus ? ExprKind::kNegate : ExprKind::kPlus, std::move(e));
    e->position = signs.back()->start;
  }
  return e;
}

ExpressionPtr Parser::nary(ExpressionPtr left, int level) {
  const ExprKind kind = level == kOrLevel ? ExprKind::kOr : level == kXorLevel ? ExprKind::kXor : ExprKind::kAnd;
  ExpressionPtr e = make(kind, left->position);
  e->args.push_back(std::move(left));
  while (operator_level() == level) {
    take();
    e->args.push_back(binary(level + 1));
  }
  return done(std::move(e));
}

namespace {

ExprKind comparison_kind(TokenKind k) {
  switch (k) {
    case TokenKind::kEqual: return ExprKind::kEqual;
    case TokenKind::kNotEqual: return ExprKind::kNotEqual;
    case TokenKind::kLess: return ExprKind::kLess;
    case TokenKind::kLessEqual: return ExprKind::kLessEqual;
    case TokenKind::kGreater: return ExprKind::kGreater;
    default: return ExprKind::kGreaterEqual;
  }
}

ExprKind arithmetic_kind(TokenKind k) {
  switch (k) {
    case TokenKind::kPlus: return ExprKind::kAdd;
    case TokenKind::kMinus: return ExprKind::kSubtract;
    case TokenKind::kDoubleBar: return ExprKind::kConcat;
    case TokenKind::kStar: return ExprKind::kMultiply;
    case TokenKind::kSlash: return ExprKind::kDivide;
    case TokenKind::kPercent: return ExprKind::kModulo;
    default: return ExprKind::kPower;
  }
}

}  // namespace

ExpressionPtr Parser::comparison(ExpressionPtr left, uint32_t left_index) {
  std::vector<ExprKind> kinds;
  std::vector<ExpressionPtr> operands;
  std::vector<uint32_t> indexes{left_index};
  operands.push_back(std::move(left));
  while (operator_level() == kComparisonLevel) {
    kinds.push_back(comparison_kind(take().kind));
    indexes.push_back(next_);
    operands.push_back(binary(kPredicateLevel));
  }
  if (kinds.size() == 1) return binary_node(kinds[0], std::move(operands[0]), std::move(operands[1]));
  return chain(kinds, operands, indexes);
}

// a < b <= c is a < b AND b <= c: the middle operands stand in the tree twice.
ExpressionPtr Parser::chain(std::vector<ExprKind>& kinds, std::vector<ExpressionPtr>& operands,
                            const std::vector<uint32_t>& indexes) {
  ExpressionPtr all = make(ExprKind::kAnd, operands[0]->position);
  for (size_t i = 0; i < kinds.size(); ++i) {
    ExpressionPtr left = i == 0 ? std::move(operands[0]) : reparse(indexes[i]);
    all->args.push_back(binary_node(kinds[i], std::move(left), std::move(operands[i + 1])));
    all->args.back()->end = all->args.back()->args[1]->end;
  }
  return done(std::move(all));
}

// The operand that starts at token `index`, once more.
ExpressionPtr Parser::reparse(uint32_t index) {
  const uint32_t resume = std::exchange(next_, index);
  ExpressionPtr e = binary(kPredicateLevel);
  reparsed_ += next_ - index;
  next_ = resume;
  if (reparsed_ > kMaxReparsed) too_complex(e->position);
  return e;
}

ExpressionPtr Parser::arithmetic(ExpressionPtr left, int level) {
  const ExprKind kind = arithmetic_kind(take().kind);
  return binary_node(kind, std::move(left), binary(level + 1));
}

ExpressionPtr Parser::predicate(ExpressionPtr left) {
  const bool negated = accept(Keyword::kNot);
  const Item& op = take();
  ExpressionPtr e;
  switch (op.keyword) {
    case Keyword::kIs: return is_predicate(std::move(left));
    case Keyword::kIn: e = binary_node(ExprKind::kIn, std::move(left), in_list()); break;
    case Keyword::kStarts:
    case Keyword::kEnds:
      expect(Keyword::kWith);
      e = binary_node(op.keyword == Keyword::kStarts ? ExprKind::kStartsWith : ExprKind::kEndsWith, std::move(left),
                      binary(kSumLevel));
      break;
    case Keyword::kContains: e = binary_node(ExprKind::kContains, std::move(left), binary(kSumLevel)); break;
    default: e = binary_node(ExprKind::kRegexMatch, std::move(left), binary(kSumLevel));
  }
  return negated ? unary_node(ExprKind::kNot, std::move(e)) : std::move(e);
}

// After IS: [NOT] NULL, or [NOT] and labels.
ExpressionPtr Parser::is_predicate(ExpressionPtr left) {
  const bool negated = accept(Keyword::kNot);
  if (accept(Keyword::kNull)) {
    return unary_node(negated ? ExprKind::kIsNotNull : ExprKind::kIsNull, std::move(left));
  }
  if (left->kind != ExprKind::kVariable) unexpected();
  Item subject;
  subject.kind = text_[left->position] == '`' ? TokenKind::kQuotedName : TokenKind::kName;
  subject.start = left->position;
  subject.end = left->end;
  ExpressionPtr e = label_expression(&subject);
  e->position = left->position;
  return negated ? unary_node(ExprKind::kNot, std::move(e)) : std::move(e);
}

// After IN: an expression, or SQL's (1, 2). One literal in brackets is SQL's too, and so is a parameter.
ExpressionPtr Parser::in_list() {
  if (!at(TokenKind::kOpenParen) || at_pattern()) return binary(kSumLevel);
  const uint32_t resume = next_;
  ExpressionPtr items = make(ExprKind::kList, take().start);
  if (!at(TokenKind::kCloseParen)) {
    do {
      items->args.push_back(expression());
    } while (accept(TokenKind::kComma));
  }
  expect(TokenKind::kCloseParen);
  const ExpressionPtr* only = items->args.size() == 1 ? items->args.data() : nullptr;
  const bool scalar =
      only && ((*only)->kind == ExprKind::kLiteral || (*only)->kind == ExprKind::kParameter) && !(*only)->literal.is_null();
  const bool lifted = only && (*only)->kind == ExprKind::kParameter && (*only)->name.empty();
  if (!only || scalar || lifted) return done(std::move(items));
  reparsed_ += next_ - resume;
  if (reparsed_ > kMaxReparsed) too_complex(items->position);
  next_ = resume;
  return binary(kSumLevel);
}

ExpressionPtr Parser::postfix() {
  const uint32_t first = next_;
  ExpressionPtr e = atom();
  for (;;) {
    switch (peek().kind) {
      case TokenKind::kDot: {
        take();
        const uint32_t at_name = position();
        std::string key = schema_name();
        e = unary_node(ExprKind::kProperty, std::move(e));
        e->name = std::move(key);
        e->name_position = at_name;
        break;
      }
      case TokenKind::kOpenBracket: e = subscript(std::move(e)); break;
      case TokenKind::kDoubleColon: e = cast_suffix(std::move(e)); break;
      case TokenKind::kColon: return has_labels(std::move(e), first, next_ == first + 1);
      default: return e;
    }
  }
}

// container[index], container[from..to]
ExpressionPtr Parser::subscript(ExpressionPtr container) {
  const uint32_t start = container->position;
  take();
  ExpressionPtr e = make(ExprKind::kIndex, start);
  e->args.push_back(std::move(container));
  ExpressionPtr from = at(TokenKind::kDotDot) ? nullptr : expression();
  e->args.push_back(std::move(from));
  if (accept(TokenKind::kDotDot)) {
    e->kind = ExprKind::kSlice;
    ExpressionPtr to = at(TokenKind::kCloseBracket) ? nullptr : expression();
    e->args.push_back(std::move(to));
  }
  expect(TokenKind::kCloseBracket);
  return done(std::move(e));
}

// n:A:B, and for variables n:A|B, n:!A. `single`: the subject is the one token at `subject_index`.
ExpressionPtr Parser::has_labels(ExpressionPtr subject, uint32_t subject_index, bool single) {
  take();
  if (single && subject->kind == ExprKind::kVariable) {
    const Item token = items_[subject_index];
    ExpressionPtr e = label_expression(&token);
    e->position = subject->position;
    return e;
  }
  ExpressionPtr e = make(ExprKind::kHasLabels, subject->position);
  e->args.push_back(std::move(subject));
  e->name_position = position();
  e->names = plain_labels();
  return done(std::move(e));
}

ExpressionPtr Parser::cast_suffix(ExpressionPtr operand) {
  take();
  const uint32_t at_type = position();
  std::string type = type_name();
  ExpressionPtr e = unary_node(ExprKind::kCast, std::move(operand));
  e->name = std::move(type);
  e->name_position = at_type;
  return e;
}

}  // namespace elegraph::query::cypher
