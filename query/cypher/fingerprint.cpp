// SPDX-License-Identifier: Apache-2.0
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cstring>

#include "query/cypher/lifting.h"
#include "query/cypher/parser.h"

namespace elegraph::query::cypher {
namespace {

std::string_view placeholder(TokenKind k) { return k == TokenKind::kInteger ? "?i" : k == TokenKind::kFloat ? "?f" : "?s"; }

// Appends to memory that is known to suffice: the key of n bytes of text has at most kGrowth n + 2.
class KeyWriter {
 public:
  static constexpr size_t kGrowth = 3;  // "5" becomes " ?i"

  KeyWriter(std::string& key, size_t text_size) : key_(key) {
    key.resize(kGrowth * text_size + 2);
    p_ = key.data();
  }
  void put(char c) { *p_++ = c; }
  void put(std::string_view s) {
    if (s.size() <= 8) {
      for (const char c : s) *p_++ = c;
    } else {
      std::memcpy(p_, s.data(), s.size());
      p_ += s.size();
    }
  }
  void finish() { key_.resize(size_t(p_ - key_.data())); }

 private:
  std::string& key_;
  char* p_;
};

}  // namespace

void fingerprint(std::string_view text, const ParseOptions& options, Fingerprint& out) {
  out.literals.clear();
  KeyWriter key(out.key, text.size());
  // The setting changes what unlifted strings mean.
  key.put(options.standard_conforming_strings ? 'c' : 'e');
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
    const bool raw = treatment == LiteralLifter::Treatment::kRaw;
    if (raw && after_raw) {
      key.put(text.substr(previous_end, token.start - previous_end));
    } else {
      key.put(' ');
    }
    switch (treatment) {
      case LiteralLifter::Treatment::kKeyword: key.put(keyword_text(token.keyword)); break;
      case LiteralLifter::Treatment::kLift:
        key.put(placeholder(token.kind));
        out.literals.push_back(std::move(value));
        break;
      default: key.put(text.substr(token.start, token.end - token.start));
    }
    after_raw = raw;
    previous_end = token.end;
  }
  key.finish();
  out.hash = XXH3_64bits(out.key.data(), out.key.size());
}

}  // namespace elegraph::query::cypher
