// SPDX-License-Identifier: Apache-2.0
#include "query/cypher/parser.h"

#include <algorithm>

#include "query/cypher/lifting.h"
#include "query/cypher/parser_state.h"
#include "storage/error.h"

namespace elegraph::query::cypher {

std::unique_ptr<Statement> parse(std::string_view text, const ParseOptions& options) {
  return Parser(text, options).statement();
}

ExpressionPtr parse_expression(std::string_view text, const ParseOptions& options) {
  return Parser(text, options).lone_expression();
}

Parser::Nesting::Nesting(Parser& p) : parser_(p) {
  if (++p.depth_ > kMaxNesting) {
    --p.depth_;
    p.too_complex(p.position());
  }
}

Parser::Parser(std::string_view text, const ParseOptions& options) : text_(text), options_(options) {
  tokenize();
  number_parameters();
}

void Parser::tokenize() {
  Scanner scanner(text_, options_);
  LiteralLifter lifter(text_, options_);
  Value ignored;
  std::vector<uint32_t> open;
  int32_t lifted = 0;
  items_.reserve(text_.size() / 4 + 8);
  do {
    Item item;
    static_cast<Token&>(item) = scanner.next();
    const uint32_t index = uint32_t(items_.size());
    switch (item.kind) {
      case TokenKind::kOpenParen:
      case TokenKind::kOpenBracket:
      case TokenKind::kOpenBrace: open.push_back(index); break;
      case TokenKind::kCloseParen:
      case TokenKind::kCloseBracket:
      case TokenKind::kCloseBrace:
        // The close kinds follow their open kinds in the enumeration.
        if (!open.empty() && int(items_[open.back()].kind) + 1 == int(item.kind)) {
          item.match = open.back();
          items_[open.back()].match = index;
          open.pop_back();
        }
        break;
      default: break;
    }
    if (options_.lift_literals && item.kind != TokenKind::kInvalid &&
        lifter.feed(item, ignored) == LiteralLifter::Treatment::kLift) {
      item.number = lifted++;
    }
    items_.push_back(item);
  } while (items_.back().kind != TokenKind::kEnd);
}

void Parser::number_parameters() {
  size_t highest = 0;
  bool named = false;
  for (Item& item : items_) {
    if (item.kind != TokenKind::kParameter) continue;
    std::string name = decode_name(text_, item);
    const bool digits = std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (digits ? named : positional_) {
      throw Error(sqlstate::kSyntaxError, "cannot mix numbered and named parameters in one statement").at(item.start);
    }
    if (digits) {
      const size_t number = name.size() > 5 ? 0 : std::stoul(name);
      if (number == 0 || number > 65535) {
        throw Error(sqlstate::kUndefinedParameter, "there is no parameter $" + name).at(item.start);
      }
      positional_ = true;
      highest = std::max(highest, number);
      item.number = int32_t(number - 1);
    } else {
      named = true;
      const auto found = std::find(parameters_.begin(), parameters_.end(), name);
      item.number = int32_t(found - parameters_.begin());
      if (found == parameters_.end()) parameters_.push_back(std::move(name));
    }
  }
  for (size_t i = 1; i <= highest; ++i) parameters_.push_back(std::to_string(i));
}

const Parser::Item& Parser::peek(uint32_t ahead) const {
  return items_[std::min<size_t>(next_ + ahead, items_.size() - 1)];
}

const Parser::Item& Parser::take() {
  const Item& item = items_[next_];
  if (item.kind != TokenKind::kEnd) ++next_;
  return item;
}

bool Parser::accept_word(std::string_view upper) {
  const Item& t = peek();
  if (t.kind != TokenKind::kName || t.end - t.start != upper.size()) return false;
  for (size_t i = 0; i < upper.size(); ++i) {
    const char c = text_[t.start + i];
    if ((c >= 'a' && c <= 'z' ? char(c - 32) : c) != upper[i]) return false;
  }
  take();
  return true;
}

void Parser::expect_end() {
  while (accept(TokenKind::kSemicolon)) {}
  if (!at(TokenKind::kEnd)) unexpected();
}

std::string Parser::variable() {
  const Item& t = peek();
  if (is_name(t) && is_reserved(t.keyword) && !at_reserved_alias()) {
    const std::string word(source(t.start, t.end));
    throw Error(sqlstate::kSyntaxError, "syntax error at or near \"" + word + "\"")
        .with_hint("To use the keyword as a name, write it in backquotes: `" + word + "`.")
        .at(t.start);
  }
  if (!is_name(t)) unexpected();
  return decode_name(text_, take());
}

// A few of these begin an expression themselves: they are not to change what the rest of the text says.
void Parser::note_alias(const Item& t) {
  if (t.kind == TokenKind::kName && names_alias(t.keyword)) reserved_aliases_.push_back(source(t.start, t.end));
}

bool Parser::at_reserved_alias() const {
  const Item& t = peek();
  return t.kind == TokenKind::kName && is_reserved(t.keyword) &&
         std::ranges::find(reserved_aliases_, source(t.start, t.end)) != reserved_aliases_.end();
}

std::string Parser::schema_name() {
  if (!is_name(peek())) unexpected();
  return decode_name(text_, take());
}

std::string Parser::dotted_name() {
  std::string name = variable();
  while (accept(TokenKind::kDot)) name += '.' + schema_name();
  return name;
}

std::string Parser::string_token(const Item& t) {
  std::string out;
  uint32_t error_at = t.start;
  if (!decode_string(text_, t, options_, out, error_at)) {
    throw Error(sqlstate::kSyntaxError, error_at == t.start ? "invalid string literal" : "invalid escape in string literal")
        .with_hint("Escapes are \\\\ \\' \\\" \\b \\f \\n \\r \\t \\uXXXX and \\UXXXXXXXX.")
        .at(error_at);
  }
  return out;
}

void Parser::too_complex(uint32_t at) {
  throw Error(sqlstate::kStatementTooComplex, "statement is too deeply nested")
      .with_detail("At most " + std::to_string(kMaxNesting) + " levels and expressions of a height of " +
                   std::to_string(kMaxHeight) + " are allowed.")
      .at(at);
}

namespace {

bool worth_a_hint(Keyword k) {
  if (is_reserved(k)) return true;
  switch (k) {
    case Keyword::kCall:
    case Keyword::kCase:
    case Keyword::kConstraint:
    case Keyword::kDesc:
    case Keyword::kDescending:
    case Keyword::kAscending:
    case Keyword::kExists:
    case Keyword::kExplain:
    case Keyword::kForeach:
    case Keyword::kIndex:
    case Keyword::kOptional:
    case Keyword::kOrder:
    case Keyword::kProfile:
    case Keyword::kYield: return true;
    default: return false;
  }
}

constexpr std::string_view kRewrittenHint =
    "pgbench and some drivers take \":name\" for a variable of theirs and rewrite it. Write a space after the colon, "
    "as in (n: Person) and -[: KNOWS]->, or IS for the colon, as in (n IS Person).";

}  // namespace

std::string Parser::hint_for_unexpected() const {
  const Item& t = peek();
  if (t.kind == TokenKind::kParameter && next_ > 0 && t.start == items_[next_ - 1].end) {
    return std::string(kRewrittenHint);
  }
  if (t.kind == TokenKind::kMinus && peek(1).kind == TokenKind::kMinus) return "Comments start with \"//\".";
  // The word itself may be misspelt, or the one before, which was then taken for a name.
  for (const Item* word : {&t, next_ > 0 ? &items_[next_ - 1] : &t}) {
    if (word->kind != TokenKind::kName || word->keyword != Keyword::kNone) continue;
    const Keyword near = nearest_keyword(source(word->start, word->end));
    if (worth_a_hint(near)) return "Perhaps you meant \"" + std::string(keyword_text(near)) + "\".";
  }
  return {};
}

void Parser::unexpected() {
  const Item& t = peek();
  if (t.kind == TokenKind::kInvalid) throw_fault(text_, t);
  Error error(sqlstate::kSyntaxError, "syntax error at end of input");
  if (t.kind != TokenKind::kEnd) {
    error.message = "syntax error at or near \"" + std::string(source(t.start, std::min(t.end, t.start + 60))) + "\"";
  }
  error.hint = hint_for_unexpected();
  throw std::move(error).at(t.start);
}

}  // namespace elegraph::query::cypher
