// SPDX-License-Identifier: Apache-2.0
#include "query/cypher/lifting.h"

#include <algorithm>

namespace elegraph::query::cypher {

namespace {

bool is_range(std::string_view text, const Token& token) {
  constexpr std::string_view kName = "range";
  const std::string_view name = text.substr(token.start, token.end - token.start);
  return token.kind == TokenKind::kName && std::ranges::equal(name, kName, {}, [](char c) { return char(c | 0x20); });
}

bool compares(TokenKind kind) { return kind >= TokenKind::kEqual && kind <= TokenKind::kGreaterEqual; }

// Whether `text` goes on with a comparison with COUNT { } or with size( ).
bool goes_on_with_count(std::string_view text) {
  const auto skip = [&](std::string_view characters) {
    const size_t n = std::min(text.find_first_not_of(characters), text.size());
    text.remove_prefix(n);
    return n > 0;
  };
  const auto skip_word = [&](std::string_view word) {
    const bool is_word = text.size() >= word.size() &&
                         std::ranges::equal(text.substr(0, word.size()), word, {}, [](char c) { return char(c | 0x20); });
    if (is_word) text.remove_prefix(word.size());
    return is_word;
  };
  constexpr std::string_view kBlanks = " \t\r\n";
  skip(kBlanks);
  if (!skip("<>=")) return false;
  skip(kBlanks);
  if (!skip_word("count") && !skip_word("size")) return false;
  skip(kBlanks);
  return text.starts_with('{') || text.starts_with('(');
}

}  // namespace

// Schema statements, EXPLAIN and everything that is no query keep their text.
void LiteralLifter::start(const Token& token) {
  if (tokens_ == 0) {
    switch (token.keyword) {
      case Keyword::kMatch:
      case Keyword::kOptional:
      case Keyword::kWith:
      case Keyword::kReturn:
      case Keyword::kUnwind:
      case Keyword::kMerge:
      case Keyword::kCall:
      case Keyword::kForeach: break;
      case Keyword::kCreate: created_ = true; break;
      default: frozen_ = true;
    }
  } else if (created_ && token.kind != TokenKind::kOpenParen) {
    frozen_ = true;
  }
}

// Whether an operand follows: a reserved word is then an alias that is read. Not behind '*', which may be a projection.
bool LiteralLifter::operand_position() const {
  switch (previous_) {
    case TokenKind::kOpenParen:
    case TokenKind::kOpenBracket:
    case TokenKind::kComma:
    case TokenKind::kPlus:
    case TokenKind::kMinus:
    case TokenKind::kSlash:
    case TokenKind::kPercent:
    case TokenKind::kCaret:
    case TokenKind::kEqual:
    case TokenKind::kNotEqual:
    case TokenKind::kLess:
    case TokenKind::kLessEqual:
    case TokenKind::kGreater:
    case TokenKind::kGreaterEqual: return true;
    case TokenKind::kName: break;
    default: return false;
  }
  switch (previous_keyword_) {
    case Keyword::kReturn:
    case Keyword::kWith:
    case Keyword::kDistinct:
    case Keyword::kWhere:
    case Keyword::kUnwind:
    case Keyword::kBy:
    case Keyword::kAnd:
    case Keyword::kOr:
    case Keyword::kXor:
    case Keyword::kNot:
    case Keyword::kIn:
    case Keyword::kWhen:
    case Keyword::kThen:
    case Keyword::kElse: return true;
    default: return false;
  }
}

// Whether a keyword here is a keyword and not the name of a label, a type, an alias or a map's key.
bool LiteralLifter::keyword_position(Keyword k) const {
  if (names_alias(k) && operand_position()) return false;
  switch (previous_) {
    case TokenKind::kDot:
    case TokenKind::kColon:
    case TokenKind::kBar:
    case TokenKind::kAmpersand:
    case TokenKind::kExclamation:
    case TokenKind::kDoubleColon: return false;
    default: return previous_keyword_ != Keyword::kAs && previous_keyword_ != Keyword::kIs;
  }
}

void LiteralLifter::on_keyword(Keyword k) {
  if (mode_ == Mode::kInsideRaw) return;
  switch (k) {
    case Keyword::kWith:
      if (previous_keyword_ == Keyword::kStarts || previous_keyword_ == Keyword::kEnds) return;
      [[fallthrough]];
    case Keyword::kReturn: mode_ = Mode::kRaw; return;
    case Keyword::kWhere:
    case Keyword::kMatch:
    case Keyword::kUnwind:
    case Keyword::kCreate:
    case Keyword::kMerge:
    case Keyword::kSet:
    case Keyword::kRemove:
    case Keyword::kDelete:
    case Keyword::kDetach:
    case Keyword::kForeach:
    case Keyword::kUnion: mode_ = Mode::kLift; return;
    case Keyword::kSkip: mode_ = Mode::kSkip; return;
    case Keyword::kLimit: mode_ = Mode::kKeep; return;
    default: return;
  }
}

// IN range( and list[.
bool LiteralLifter::opens_places(TokenKind bracket) const {
  if (bracket == TokenKind::kOpenParen) return in_range_;
  const bool is_name = previous_ == TokenKind::kName && !is_reserved(previous_keyword_);
  return bracket == TokenKind::kOpenBracket && (is_name || previous_ == TokenKind::kCloseParen);
}

// COUNT { .. } > 0, 1 <= COUNT { .. }, size([..]) = 0
bool LiteralLifter::asks_for_any(const Token& token) const {
  const std::string_view number = text_.substr(token.start, token.end - token.start);
  if (number != "0" && number != "1") return false;
  return (counted_ && compares(previous_)) || goes_on_with_count(text_.substr(token.end));
}

void LiteralLifter::on_open(TokenKind bracket) {
  if (depth_ == kMaxDepth) {
    frozen_ = true;
    return;
  }
  outer_[depth_++] = mode_;
  const bool brace = bracket == TokenKind::kOpenBrace;
  switch (mode_) {
    case Mode::kRaw:
    case Mode::kInsideRaw: mode_ = Mode::kInsideRaw; break;
    case Mode::kPattern: mode_ = brace ? Mode::kLift : Mode::kKeep; break;
    case Mode::kLift:
      if (bracket == TokenKind::kOpenBracket && previous_ == TokenKind::kMinus) mode_ = Mode::kPattern;
      // ->{1,3} and ){1,3}; a subquery's first clause switches lifting on again.
      if (brace &&
          (previous_ == TokenKind::kGreater || previous_ == TokenKind::kMinus || previous_ == TokenKind::kCloseParen)) {
        mode_ = Mode::kKeep;
      }
      if (opens_places(bracket)) mode_ = Mode::kKeep;
      break;
    default: mode_ = Mode::kKeep;
  }
}

void LiteralLifter::on_close() {
  if (depth_ > 0) mode_ = outer_[--depth_];
}

bool LiteralLifter::lift(const Token& token, Value& value) {
  const bool skip = mode_ == Mode::kSkip;
  if (skip) mode_ = Mode::kKeep;
  if ((mode_ != Mode::kLift && !skip) || lifted_ == kMaxLifted) return false;
  if (token.kind == TokenKind::kInteger && asks_for_any(token)) return false;
  if (token.kind == TokenKind::kInteger || token.kind == TokenKind::kFloat) {
    if (skip && (token.kind == TokenKind::kFloat || text_[token.start] == '-')) return false;
    if (!decode_number(text_, token, value)) return false;
  } else {
    std::string_view plain;
    if (skip) return false;
    if (plain_string(text_, token, plain)) {
      value = Value::string(plain);
      ++lifted_;
      return true;
    }
    uint32_t error_at;
    if (!decode_string(text_, token, options_, scratch_, error_at)) return false;
    value = Value::string(scratch_);
  }
  ++lifted_;
  return true;
}

LiteralLifter::Treatment LiteralLifter::feed(const Token& token, Value& value) {
  if (tokens_ < 2 && !frozen_) start(token);
  ++tokens_;
  if (frozen_) return Treatment::kRaw;
  Treatment treatment = Treatment::kPlain;
  Mode before = mode_;
  switch (token.kind) {
    case TokenKind::kName:
      if (is_reserved(token.keyword) && keyword_position(token.keyword)) {
        on_keyword(token.keyword);
        // After '{' or ',' it may be the key of a map.
        if (previous_ != TokenKind::kOpenBrace && previous_ != TokenKind::kComma) treatment = Treatment::kKeyword;
        // The word that ends a projection is not part of it.
        if (before == Mode::kRaw && mode_ != Mode::kRaw) before = mode_;
        if (mode_ == Mode::kRaw && before != Mode::kRaw) before = Mode::kLift;
      }
      break;
    case TokenKind::kOpenParen:
    case TokenKind::kOpenBracket:
    case TokenKind::kOpenBrace: on_open(token.kind); break;
    case TokenKind::kCloseParen:
    case TokenKind::kCloseBracket:
    case TokenKind::kCloseBrace:
      on_close();
      before = mode_;
      break;
    default:
      if (is_literal(token.kind) && lift(token, value)) treatment = Treatment::kLift;
  }
  if (mode_ == Mode::kSkip && token.keyword != Keyword::kSkip) mode_ = Mode::kKeep;
  in_range_ = previous_keyword_ == Keyword::kIn && is_range(text_, token);
  counted_ =
      token.kind == TokenKind::kCloseBrace || token.kind == TokenKind::kCloseParen || (counted_ && compares(token.kind));
  previous_ = token.kind;
  previous_keyword_ = token.keyword;
  if (before == Mode::kRaw || before == Mode::kInsideRaw) return Treatment::kRaw;
  return treatment;
}

}  // namespace elegraph::query::cypher
