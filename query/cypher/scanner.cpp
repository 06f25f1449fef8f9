// SPDX-License-Identifier: Apache-2.0
#include "query/cypher/scanner.h"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <array>
#include <cstring>
#include <string>

#include "storage/error.h"

namespace elegraph::query::cypher {
namespace {

enum Class : uint8_t { kOther, kSpace, kLetter, kDigit, kHigh, kPunctuation };

constexpr std::array<uint8_t, 256> make_classes() {
  std::array<uint8_t, 256> t{};
  for (int c = '\t'; c <= '\r'; ++c) t[size_t(c)] = kSpace;
  for (int c = 0x1c; c <= 0x20; ++c) t[size_t(c)] = kSpace;
  for (int c = 'a'; c <= 'z'; ++c) t[size_t(c)] = t[size_t(c - 32)] = kLetter;
  t['_'] = kLetter;
  for (int c = '0'; c <= '9'; ++c) t[size_t(c)] = kDigit;
  for (char c : std::string_view("()[]{},.:;|&!?+-*/%^=<>'\"`$")) t[uint8_t(c)] = kPunctuation;
  for (int c = 0x80; c < 0x100; ++c) t[size_t(c)] = kHigh;
  return t;
}
constexpr std::array<uint8_t, 256> kClasses = make_classes();

Class class_of(char c) { return Class(kClasses[uint8_t(c)]); }

constexpr std::array<TokenKind, 128> make_singles() {
  std::array<TokenKind, 128> t{};
  for (auto& k : t) k = TokenKind::kInvalid;
  t['('] = TokenKind::kOpenParen, t[')'] = TokenKind::kCloseParen;
  t['['] = TokenKind::kOpenBracket, t[']'] = TokenKind::kCloseBracket;
  t['{'] = TokenKind::kOpenBrace, t['}'] = TokenKind::kCloseBrace;
  t[','] = TokenKind::kComma, t['.'] = TokenKind::kDot, t[':'] = TokenKind::kColon, t[';'] = TokenKind::kSemicolon;
  t['|'] = TokenKind::kBar, t['&'] = TokenKind::kAmpersand, t['!'] = TokenKind::kExclamation;
  t['?'] = TokenKind::kQuestion;
  t['+'] = TokenKind::kPlus, t['-'] = TokenKind::kMinus, t['*'] = TokenKind::kStar, t['/'] = TokenKind::kSlash;
  t['%'] = TokenKind::kPercent, t['^'] = TokenKind::kCaret, t['='] = TokenKind::kEqual;
  t['<'] = TokenKind::kLess, t['>'] = TokenKind::kGreater;
  return t;
}
constexpr std::array<TokenKind, 128> kSingles = make_singles();

// The characters that are a token whatever follows them.
constexpr std::array<TokenKind, 128> make_alone() {
  std::array<TokenKind, 128> t{};
  for (auto& k : t) k = TokenKind::kInvalid;
  for (char c : std::string_view("()[]{},;&?*%^")) t[uint8_t(c)] = kSingles[uint8_t(c)];
  return t;
}
constexpr std::array<TokenKind, 128> kAlone = make_alone();

TokenKind pair_kind(char a, char b) {
  switch (a) {
    case '.': return b == '.' ? TokenKind::kDotDot : TokenKind::kInvalid;
    case ':': return b == ':' ? TokenKind::kDoubleColon : TokenKind::kInvalid;
    case '|': return b == '|' ? TokenKind::kDoubleBar : TokenKind::kInvalid;
    case '<': return b == '=' ? TokenKind::kLessEqual : b == '>' ? TokenKind::kNotEqual : TokenKind::kInvalid;
    case '>': return b == '=' ? TokenKind::kGreaterEqual : TokenKind::kInvalid;
    case '!': return b == '=' ? TokenKind::kNotEqual : TokenKind::kInvalid;
    case '=': return b == '~' ? TokenKind::kRegexMatch : TokenKind::kInvalid;
    case '+': return b == '=' ? TokenKind::kPlusEqual : TokenKind::kInvalid;
    default: return TokenKind::kInvalid;
  }
}

// Decodes one code point at p; negative where the bytes are not UTF-8.
UChar32 decode(const char* p, const char* end, int32_t& length) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(p);
  const int32_t available = end - p > 4 ? 4 : int32_t(end - p);
  int32_t i = 0;
  UChar32 c;
  U8_NEXT(bytes, i, available, c);
  length = i;
  return c;
}

bool valid_utf8(const char* p, const char* end) {
  for (; p < end; ++p) {
    if (uint8_t(*p) < 0x80) continue;
    int32_t length;
    if (decode(p, end, length) < 0) return false;
    p += length - 1;
  }
  return true;
}

}  // namespace

bool Scanner::skip_block_comment() {
  for (const char* p = p_ + 2; p + 1 < end_; ++p) {
    if (p[0] == '*' && p[1] == '/') {
      p_ = p + 2;
      return true;
    }
  }
  return false;
}

bool Scanner::skip_unicode_space() {
  int32_t length;
  const UChar32 c = decode(p_, end_, length);
  if (c < 0 || !(u_isUWhiteSpace(c) || c == 0xFEFF)) return false;
  p_ += length;
  return true;
}

// Skips white space and comments; false (with the token's fault) at an unclosed comment.
bool Scanner::skip_blanks(Token& token) {
  for (; p_ < end_;) {
    const Class c = class_of(*p_);
    if (c == kSpace) {
      ++p_;
    } else if (*p_ == '/' && p_ + 1 < end_ && p_[1] == '/') {
      while (p_ < end_ && *p_ != '\n' && *p_ != '\r') ++p_;
    } else if (*p_ == '/' && p_ + 1 < end_ && p_[1] == '*') {
      if (!skip_block_comment()) {
        token.start = uint32_t(p_ - begin_);
        token = fault(token, Fault::kUnclosedComment, end_);
        return false;
      }
    } else if (!any_ && *p_ == '-' && p_ + 1 < end_ && p_[1] == '-') {
      while (p_ < end_ && *p_ != '\n') ++p_;
    } else if (c != kHigh || !skip_unicode_space()) {
      break;
    }
  }
  return true;
}

Token Scanner::finish(Token token, const char* to) {
  token.end = uint32_t(to - begin_);
  p_ = to;
  previous_ = token.kind;
  previous_keyword_ = token.keyword;
  any_ = true;
  return token;
}

Token Scanner::fault(Token token, Fault why, const char* to) {
  token.kind = TokenKind::kInvalid;
  token.fault = why;
  return finish(token, to);
}

Token Scanner::next() {
  Token token;
  while (p_ < end_ && class_of(*p_) == kSpace) ++p_;
  // Most tokens are names and single characters: both are decided here by one look at a table.
  if (p_ < end_ && class_of(*p_) == kPunctuation && kAlone[uint8_t(*p_)] != TokenKind::kInvalid) {
    token.start = uint32_t(p_ - begin_);
    token.kind = kAlone[uint8_t(*p_)];
    return finish(token, p_ + 1);
  }
  if (p_ < end_ && class_of(*p_) != kLetter && !skip_blanks(token)) return token;
  token.start = uint32_t(p_ - begin_);
  if (p_ == end_) return finish(token, p_);
  switch (class_of(*p_)) {
    case kLetter: return name(token);
    case kDigit: return number(token, p_);
    case kHigh: return name(token);
    case kPunctuation: return punctuation(token);
    default: return fault(token, Fault::kStray, p_ + 1);
  }
}

const char* Scanner::unicode_name_part(const char* p, bool first) const {
  int32_t length;
  const UChar32 c = decode(p, end_, length);
  if (c < 0) return nullptr;
  const bool fits = first ? u_isIDStart(c) : u_isIDPart(c) && !u_isIDIgnorable(c);
  return fits || u_charType(c) == U_CONNECTOR_PUNCTUATION || u_charType(c) == U_CURRENCY_SYMBOL ? p + length : nullptr;
}

const char* Scanner::name_end(const char* p) const {
  for (; p < end_;) {
    const Class c = class_of(*p);
    if (c == kLetter || c == kDigit) {
      ++p;
    } else if (c == kHigh) {
      const char* q = unicode_name_part(p, false);
      if (!q) break;
      p = q;
    } else {
      break;
    }
  }
  return p;
}

Token Scanner::name(Token token) {
  const char* first = p_ + 1;
  while (first < end_ && (class_of(*first) == kLetter || class_of(*first) == kDigit)) ++first;
  const bool ascii = first == end_ || uint8_t(*first) < 0x80;
  if (ascii && class_of(*p_) == kLetter && (first == end_ || *first != '\'')) {
    token.kind = TokenKind::kName;
    // A property called like a keyword is a property.
    if (previous_ != TokenKind::kDot) token.keyword = find_keyword({p_, size_t(first - p_)});
    return finish(token, first);
  }
  first = p_ + 1;
  if (class_of(*p_) == kHigh) {
    first = unicode_name_part(p_, true);
    if (!first) {
      int32_t length;
      const bool bad = decode(p_, end_, length) < 0;
      return fault(token, bad ? Fault::kBadUtf8 : Fault::kStray, p_ + length);
    }
  } else if ((*p_ == 'E' || *p_ == 'e') && first < end_ && *first == '\'') {
    ++p_;
    token.kind = TokenKind::kEscapeString;
    return string(token, '\'', true);
  }
  const char* to = name_end(first);
  token.kind = TokenKind::kName;
  if (previous_ != TokenKind::kDot) token.keyword = find_keyword({p_, size_t(to - p_)});
  return finish(token, to);
}

Token Scanner::quoted_name(Token token) {
  for (const char* p = p_ + 1; p < end_; ++p) {
    if (*p != '`') continue;
    if (p + 1 < end_ && p[1] == '`') {
      ++p;
      continue;
    }
    if (token.kind != TokenKind::kParameter) token.kind = TokenKind::kQuotedName;
    if (p == p_ + 1) return fault(token, Fault::kEmptyName, p + 1);
    if (!valid_utf8(p_, p)) return fault(token, Fault::kBadUtf8, p + 1);
    return finish(token, p + 1);
  }
  return fault(token, Fault::kUnclosedName, end_);
}

// p_ is at the opening quote; token.start may lie before it.
Token Scanner::string(Token token, char quote, bool escapes) {
  bool high = false;
  for (const char* p = p_ + 1; p < end_; ++p) {
    if (uint8_t(*p) >= 0x80) high = true;
    if (*p == '\\' && escapes) {
      ++p;
      continue;
    }
    if (*p != quote) continue;
    if (quote == '\'' && p + 1 < end_ && p[1] == '\'') {
      ++p;
      continue;
    }
    if (token.kind != TokenKind::kEscapeString) token.kind = TokenKind::kString;
    if (high && !valid_utf8(p_, p)) return fault(token, Fault::kBadUtf8, p + 1);
    return finish(token, p + 1);
  }
  return fault(token, Fault::kUnclosedString, end_);
}

Token Scanner::dollar(Token token) {
  const char* p = p_ + 1;
  token.kind = TokenKind::kParameter;
  if (p < end_ && *p == '`') {
    p_ = p;
    return quoted_name(token);
  }
  p = name_end(p);
  if (p < end_ && *p == '$' && (p == p_ + 1 || class_of(p_[1]) != kDigit)) {
    const std::string_view tag(p_, size_t(p + 1 - p_));
    const std::string_view rest(p + 1, size_t(end_ - p - 1));
    const size_t close = rest.find(tag);
    token.kind = TokenKind::kDollarString;
    if (close == std::string_view::npos) return fault(token, Fault::kUnclosedDollarString, end_);
    return finish(token, p + 1 + close + tag.size());
  }
  if (p == p_ + 1) return fault(token, Fault::kStray, p);
  return finish(token, p);
}

// Whether a '-' here can only be a sign: nothing stands before it that it could be subtracted from.
bool Scanner::sign_is_unary() const {
  switch (previous_) {
    case TokenKind::kName:
      return is_reserved(previous_keyword_) && previous_keyword_ != Keyword::kTrue &&
             previous_keyword_ != Keyword::kFalse && previous_keyword_ != Keyword::kNull;
    case TokenKind::kEnd:  // the first token
    case TokenKind::kOpenParen:
    case TokenKind::kOpenBracket:
    case TokenKind::kComma:
    case TokenKind::kColon:
    case TokenKind::kDotDot:
    case TokenKind::kDoubleBar:
    case TokenKind::kBar:
    case TokenKind::kPlus:
    case TokenKind::kMinus:
    case TokenKind::kStar:
    case TokenKind::kSlash:
    case TokenKind::kPercent:
    case TokenKind::kCaret:
    case TokenKind::kEqual:
    case TokenKind::kNotEqual:
    case TokenKind::kLess:
    case TokenKind::kLessEqual:
    case TokenKind::kGreater:
    case TokenKind::kGreaterEqual: return true;
    default: return false;
  }
}

Token Scanner::number(Token token, const char* digits) {
  const char* p = digits;
  token.kind = TokenKind::kInteger;
  auto run = [&] {
    while (p < end_ && (class_of(*p) == kDigit || *p == '_')) ++p;
  };
  if (*p == '0' && p + 1 < end_ && (p[1] == 'x' || p[1] == 'X' || p[1] == 'o' || p[1] == 'O')) {
    const bool hex = (p[1] | 0x20) == 'x';
    p += 2;
    const char* from = p;
    while (p < end_ &&
           ((*p >= '0' && *p <= (hex ? '9' : '7')) || *p == '_' || (hex && (*p | 0x20) >= 'a' && (*p | 0x20) <= 'f'))) {
      ++p;
    }
    if (p == from) return fault(token, Fault::kBadNumber, name_end(p));
  } else {
    run();
    if (p + 1 < end_ && *p == '.' && class_of(p[1]) == kDigit) {
      token.kind = TokenKind::kFloat;
      ++p;
      run();
    }
    if (p < end_ && (*p | 0x20) == 'e') {
      const char* q = p + 1;
      if (q < end_ && (*q == '+' || *q == '-')) ++q;
      if (q < end_ && class_of(*q) == kDigit) {
        token.kind = TokenKind::kFloat;
        p = q;
        run();
      }
    }
  }
  if (p[-1] == '_' || name_end(p) != p) return fault(token, Fault::kBadNumber, name_end(p));
  return finish(token, p);
}

Token Scanner::punctuation(Token token) {
  const char c = *p_;
  const char d = p_ + 1 < end_ ? p_[1] : '\0';
  switch (c) {
    case '\'': return string(token, c, !conforming_);
    case '"': return string(token, c, true);
    case '`': return quoted_name(token);
    case '$': return dollar(token);
    case '.':
      if (class_of(d) == kDigit) return number(token, p_);
      break;
    case '-':
      if (!sign_is_unary()) break;
      if (class_of(d) == kDigit || (d == '.' && p_ + 2 < end_ && class_of(p_[2]) == kDigit)) {
        return number(token, p_ + 1);
      }
      break;
    default: break;
  }
  token.kind = pair_kind(c, d);
  if (token.kind != TokenKind::kInvalid) return finish(token, p_ + 2);
  token.kind = kSingles[uint8_t(c)];
  return finish(token, p_ + 1);
}

void throw_fault(std::string_view text, const Token& token) {
  const std::string seen(text.substr(token.start, token.end - token.start));
  switch (token.fault) {
    case Fault::kUnclosedString:
      throw Error(sqlstate::kSyntaxError, "unterminated quoted string at or near \"" + seen.substr(0, 40) + "\"")
          .at(token.start);
    case Fault::kUnclosedName: throw Error(sqlstate::kSyntaxError, "unterminated backquoted name").at(token.start);
    case Fault::kEmptyName: throw Error(sqlstate::kSyntaxError, "zero-length backquoted name").at(token.start);
    case Fault::kUnclosedComment: throw Error(sqlstate::kSyntaxError, "unterminated /* comment").at(token.start);
    case Fault::kUnclosedDollarString:
      throw Error(sqlstate::kSyntaxError, "unterminated dollar-quoted string").at(token.start);
    case Fault::kBadUtf8:
      throw Error(sqlstate::kCharacterNotInRepertoire, "invalid byte sequence for encoding \"UTF8\"").at(token.start);
    case Fault::kBadNumber:
      throw Error(sqlstate::kSyntaxError, "invalid number literal \"" + seen.substr(0, 60) + "\"").at(token.start);
    default: break;
  }
  if (seen == std::string_view("\0", 1)) {
    throw Error(sqlstate::kCharacterNotInRepertoire, "invalid byte sequence for encoding \"UTF8\": 0x00").at(token.start);
  }
  throw Error(sqlstate::kSyntaxError, "syntax error at or near \"" + seen + "\"").at(token.start);
}

}  // namespace elegraph::query::cypher
