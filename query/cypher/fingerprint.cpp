// SPDX-License-Identifier: Apache-2.0
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "query/cypher/lifting.h"
#include "query/cypher/parser.h"

namespace elegraph::query::cypher {
namespace {

std::string_view placeholder(TokenKind k) {
  return k == TokenKind::kInteger ? "?i" : k == TokenKind::kFloat ? "?f" : "?s";
}

}  // namespace

void fingerprint(std::string_view text, const ParseOptions& options, Fingerprint& out) {
  out.key.clear();
  out.literals.clear();
  out.key.reserve(text.size() + text.size() / 2);
  // The setting changes what unlifted strings mean.
  out.key.push_back(options.standard_conforming_strings ? 'c' : 'e');
  Scanner scanner(text, options);
  LiteralLifter lifter(text, options);
  uint32_t previous_end = 0;
  bool after_raw = false;
  Value value;
  for (Token token = scanner.next(); token.kind != TokenKind::kEnd; token = scanner.next()) {
    if (token.kind == TokenKind::kInvalid) throw_fault(text, token);
    if (token.kind == TokenKind::kSemicolon && previous_end != 0) {
      // A trailing semicolon says nothing; any other is the parser's business.
      const Scanner bookmark = scanner;
      if (scanner.next().kind == TokenKind::kEnd) break;
      scanner = bookmark;
    }
    const LiteralLifter::Treatment treatment = lifter.feed(token, value);
    const std::string_view written = text.substr(token.start, token.end - token.start);
    const bool raw = treatment == LiteralLifter::Treatment::kRaw;
    if (raw && after_raw) {
      out.key.append(text, previous_end, token.start - previous_end);
    } else {
      out.key.push_back(' ');
    }
    switch (treatment) {
      case LiteralLifter::Treatment::kKeyword: out.key.append(keyword_text(token.keyword)); break;
      case LiteralLifter::Treatment::kLift:
        out.key.append(placeholder(token.kind));
        out.literals.push_back(std::move(value));
        break;
      default: out.key.append(written);
    }
    after_raw = raw;
    previous_end = token.end;
  }
  out.hash = XXH3_64bits(out.key.data(), out.key.size());
}

}  // namespace elegraph::query::cypher
