// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include "query/cypher/keywords.h"
#include "query/cypher/parser.h"

namespace elegraph::query::cypher {

enum class TokenKind : uint8_t {
  kEnd,
  kName,          // an identifier as written, or a keyword
  kQuotedName,    // `...`
  kParameter,     // $1, $name, $`odd name`
  kInteger,       // 42, 0x2A, 0o52, 1_000; a sign that can only be unary belongs to it
  kFloat,         // 1.5, .5, 1e9; sign as above
  kString,        // '...' or "..."
  kEscapeString,  // E'...'
  kDollarString,  // $tag$...$tag$
  kOpenParen,
  kCloseParen,
  kOpenBracket,
  kCloseBracket,
  kOpenBrace,
  kCloseBrace,
  kComma,
  kDot,
  kDotDot,
  kColon,
  kDoubleColon,
  kSemicolon,
  kBar,
  kDoubleBar,
  kAmpersand,
  kExclamation,
  kQuestion,
  kPlus,
  kMinus,
  kStar,
  kSlash,
  kPercent,
  kCaret,
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kRegexMatch,
  kPlusEqual,
  kInvalid,  // see Fault
};

// Why a token is kInvalid. The parser reports it when it gets there, so that an earlier error wins.
enum class Fault : uint8_t {
  kNone,
  kUnclosedString,
  kUnclosedName,
  kUnclosedComment,
  kUnclosedDollarString,
  kBadUtf8,
  kBadNumber,
  kStray,
  kEmptyName,
};

struct Token {
  uint32_t start = 0;
  uint32_t end = 0;
  TokenKind kind = TokenKind::kEnd;
  Keyword keyword = Keyword::kNone;  // of a kName
  Fault fault = Fault::kNone;
};

// Cuts a statement's text into tokens; allocates nothing and never throws. "--" is two minus signs except before the
// first token, where psql and other clients leave SQL comments. Not thread-safe; cheap to copy (a bookmark).
class Scanner {
 public:
  Scanner(std::string_view text, const ParseOptions& options)
      : begin_(text.data()),
        end_(text.data() + text.size()),
        p_(begin_),
        conforming_(options.standard_conforming_strings) {}

  Token next();

 private:
  bool skip_blanks(Token& token);
  bool skip_block_comment();
  bool skip_unicode_space();
  Token finish(Token token, const char* to);
  Token fault(Token token, Fault why, const char* to);
  Token name(Token token);
  Token quoted_name(Token token);
  Token string(Token token, char quote, bool escapes);
  Token dollar(Token token);
  Token number(Token token, const char* digits);
  Token punctuation(Token token);
  const char* name_end(const char* p) const;
  const char* unicode_name_part(const char* p, bool first) const;
  bool sign_is_unary() const;

  const char* begin_;
  const char* end_;
  const char* p_;
  bool conforming_;
  bool any_ = false;  // a token has been seen
  TokenKind previous_ = TokenKind::kEnd;
  Keyword previous_keyword_ = Keyword::kNone;
};

// Throws the Error 42601 (22021 for bytes that are no UTF-8) of a kInvalid token.
[[noreturn]] void throw_fault(std::string_view text, const Token& token);

}  // namespace elegraph::query::cypher
