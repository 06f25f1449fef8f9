// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "query/cypher/scanner.h"
#include "storage/value.h"

// What literal tokens mean. All of these take the statement's text and a token of it.
namespace elegraph::query::cypher {

// kInteger, kFloat: false where the number does not fit (int64, double).
bool decode_number(std::string_view text, const Token& token, Value& out);

// kString, kEscapeString, kDollarString. `error_at` is set to the byte of a bad escape when false is returned.
bool decode_string(std::string_view text, const Token& token, const ParseOptions& options, std::string& out,
                   uint32_t& error_at);

// The contents of a string that has nothing to decode; false where decode_string() is needed.
inline bool plain_string(std::string_view text, const Token& token, std::string_view& out) {
  if (token.kind != TokenKind::kString) return false;
  out = text.substr(token.start + 1, token.end - token.start - 2);
  for (const char c : out) {
    if (c == '\\' || c == '\'' || c == '"' || c == '\0') return false;
  }
  return true;
}

// kName, kQuotedName, and the name of a kParameter.
std::string decode_name(std::string_view text, const Token& token);

inline bool is_literal(TokenKind k) {
  return k == TokenKind::kInteger || k == TokenKind::kFloat || k == TokenKind::kString || k == TokenKind::kEscapeString;
}

}  // namespace elegraph::query::cypher
