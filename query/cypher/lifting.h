// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "query/cypher/literals.h"
#include "query/cypher/scanner.h"
#include "storage/value.h"

namespace elegraph::query::cypher {

// Decides, token by token, which literals of a statement become parameters of its cached plan, and how the
// other tokens enter the cache key. fingerprint() and parse() both ask this class and so number literals alike.
//
// Not lifted: literals of projections (RETURN, WITH and their ORDER BY), whose text names columns and is compared with
// other items; hop ranges and quantifiers, which the grammar wants as numbers; places in lists (`r[i + 1]`, `i IN range(0,
// size(r) - 2)`), which say what of a walk is compared with what; 0 and 1 beside a number of rows (`COUNT { .. } > 0`),
// which ask whether there are any; LIMITs, which say how a statement is best run and are mostly the same; signed or
// computed SKIPs; statements that are not queries; what does not decode (the parser reports it); and all past kMaxLifted.
// When in doubt it keeps the text: that costs a cache entry, never a wrong plan.
class LiteralLifter {
 public:
  static constexpr uint32_t kMaxLifted = 256;

  enum class Treatment : uint8_t {
    kPlain,    // the token's text
    kKeyword,  // a keyword: any case is the same
    kRaw,      // the token's text and the blanks before it: part of a projection
    kLift,     // a literal that becomes a parameter: `value`
  };

  LiteralLifter(std::string_view text, const ParseOptions& options) : text_(text), options_(options) {}

  // Call for every token in order. `value` is set for kLift.
  Treatment feed(const Token& token, Value& value);

 private:
  enum class Mode : uint8_t {
    kLift,
    kRaw,        // in a projection: its text counts as written
    kInsideRaw,  // in brackets of a projection: raw until they close
    kKeep,       // literals stay, blanks do not matter
    kSkip,       // right after SKIP
    kPattern,    // between -[ and ]
  };
  static constexpr uint32_t kMaxDepth = 96;

  void start(const Token& token);
  bool operand_position() const;
  bool keyword_position(Keyword k) const;
  void on_keyword(Keyword k);
  void on_open(TokenKind bracket);
  bool opens_places(TokenKind bracket) const;
  bool asks_for_any(const Token& token) const;
  void on_close();
  bool lift(const Token& token, Value& value);

  std::string_view text_;
  const ParseOptions& options_;
  Mode mode_ = Mode::kLift;
  uint32_t depth_ = 0;
  uint32_t tokens_ = 0;
  uint32_t lifted_ = 0;
  bool created_ = false;   // the first token is CREATE
  bool frozen_ = false;    // not a query, or nested too deep: raw to the end
  bool in_range_ = false;  // IN range is what came last
  bool counted_ = false;   // a bracket was closed, and at most a comparison came behind it
  TokenKind previous_ = TokenKind::kEnd;
  Keyword previous_keyword_ = Keyword::kNone;
  std::array<Mode, kMaxDepth> outer_;
  std::string scratch_;
};

}  // namespace elegraph::query::cypher
