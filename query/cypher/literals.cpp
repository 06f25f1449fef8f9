// SPDX-License-Identifier: Apache-2.0
#include "query/cypher/literals.h"

#include <unicode/utf8.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>

namespace elegraph::query::cypher {
namespace {

bool decode_integer(std::string_view digits, bool negative, Value& out) {
  int base = 10;
  if (digits.size() > 1 && digits[0] == '0' && (digits[1] | 0x20) >= 'a') {
    base = (digits[1] | 0x20) == 'x' ? 16 : 8;
    digits.remove_prefix(2);
  }
  uint64_t magnitude;
  const auto [p, error] = std::from_chars(digits.data(), digits.data() + digits.size(), magnitude, base);
  if (error != std::errc() || magnitude > uint64_t(INT64_MAX) + (negative ? 1 : 0)) return false;
  out = Value::integer(int64_t(negative ? 0 - magnitude : magnitude));
  return true;
}

bool decode_float(std::string_view digits, bool negative, Value& out) {
  double v;
  const auto [p, error] = std::from_chars(digits.data(), digits.data() + digits.size(), v);
  if (error == std::errc::result_out_of_range) v = std::strtod(std::string(digits).c_str(), nullptr);
  if (std::isinf(v)) return false;
  out = Value::floating(negative ? -v : v);
  return true;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c = char(c | 0x20);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// Reads exactly `count` hexadecimal digits.
bool read_hex(std::string_view s, size_t& i, size_t count, uint32_t& out) {
  if (s.size() - i < count) return false;
  out = 0;
  for (size_t n = 0; n < count; ++n, ++i) {
    const int d = hex_digit(s[i]);
    if (d < 0) return false;
    out = out * 16 + uint32_t(d);
  }
  return true;
}

bool append_code_point(std::string& out, uint32_t c) {
  if (c == 0 || c > 0x10FFFF || U_IS_SURROGATE(c)) return false;
  uint8_t bytes[4];
  int32_t length = 0;
  U8_APPEND_UNSAFE(bytes, length, c);
  out.append(reinterpret_cast<char*>(bytes), size_t(length));
  return true;
}

// After "\u" or "\U": also joins a pair of surrogates.
bool append_unicode_escape(std::string_view s, size_t& i, size_t digits, std::string& out) {
  uint32_t c;
  if (!read_hex(s, i, digits, c)) return false;
  uint32_t low;
  if (U16_IS_LEAD(c) && i + 1 < s.size() && s[i] == '\\' && s[i + 1] == 'u') {
    i += 2;
    if (!read_hex(s, i, 4, low) || !U16_IS_TRAIL(low)) return false;
    c = uint32_t(U16_GET_SUPPLEMENTARY(c, low));
  }
  return append_code_point(out, c);
}

// The escapes that Cypher and PostgreSQL share; '\0' for others.
char simple_escape(char c) {
  switch (c) {
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    case '\\':
    case '\'':
    case '"':
    case '`': return c;
    default: return '\0';
  }
}

// \xHH and \ooo of E'...': bytes, whose validity as UTF-8 is checked at the end.
bool append_byte_escape(std::string_view s, size_t& i, std::string& out) {
  uint32_t byte = 0;
  size_t digits = 0;
  const bool hex = s[i] == 'x';
  if (hex) ++i;
  for (; digits < (hex ? 2u : 3u) && i < s.size(); ++digits, ++i) {
    const int d = hex_digit(s[i]);
    if (d < 0 || (!hex && d > 7)) break;
    byte = byte * (hex ? 16 : 8) + uint32_t(d);
  }
  if (digits == 0 || (byte & 0xFF) == 0) return false;
  out.push_back(char(byte));
  return true;
}

// At a backslash.
bool append_escape(std::string_view s, size_t& i, bool postgres, std::string& out) {
  if (++i == s.size()) return false;
  const char c = s[i];
  if (c == 'u' || c == 'U') return append_unicode_escape(s, ++i, c == 'u' ? 4 : 8, out);
  if (const char plain = simple_escape(postgres ? c : char(c >= 'A' && c <= 'Z' ? c | 0x20 : c))) {
    out.push_back(plain);
    ++i;
    return true;
  }
  if (!postgres) return false;
  if (c == 'x' || (c >= '0' && c <= '7')) return append_byte_escape(s, i, out);
  out.push_back(c);
  ++i;
  return true;
}

bool valid_utf8(std::string_view s) {
  for (int32_t i = 0; i < int32_t(s.size());) {
    UChar32 c;
    U8_NEXT(reinterpret_cast<const uint8_t*>(s.data()), i, int32_t(s.size()), c);
    if (c < 0) return false;
  }
  return true;
}

}  // namespace

bool decode_number(std::string_view text, const Token& token, Value& out) {
  std::string_view digits = text.substr(token.start, token.end - token.start);
  const bool negative = digits[0] == '-';
  if (negative) digits.remove_prefix(1);
  std::string plain;
  if (digits.find('_') != std::string_view::npos) {
    plain = digits;
    plain.erase(std::remove(plain.begin(), plain.end(), '_'), plain.end());
    digits = plain;
  }
  return token.kind == TokenKind::kInteger ? decode_integer(digits, negative, out) : decode_float(digits, negative, out);
}

bool decode_string(std::string_view text, const Token& token, const ParseOptions& options, std::string& out,
                   uint32_t& error_at) {
  out.clear();
  std::string_view s = text.substr(token.start, token.end - token.start);
  if (token.kind == TokenKind::kDollarString) {
    const size_t tag = s.find('$', 1) + 1;
    out = s.substr(tag, s.size() - 2 * tag);
    return true;
  }
  const bool postgres = token.kind == TokenKind::kEscapeString;
  const size_t open = postgres ? 1 : 0;
  const char quote = s[open];
  const bool escapes = postgres || quote == '"' || !options.standard_conforming_strings;
  s = s.substr(open + 1, s.size() - open - 2);
  for (size_t i = 0; i < s.size();) {
    const size_t at = i;
    if (s[i] == '\\' && escapes) {
      if (!append_escape(s, i, postgres, out)) {
        error_at = uint32_t(token.start + open + 1 + at);
        return false;
      }
    } else {
      if (s[i] == quote) ++i;  // the first of a doubled quote
      out.push_back(s[i++]);
    }
  }
  if (out.find('\0') != std::string::npos || (postgres && !valid_utf8(out))) {
    error_at = token.start;
    return false;
  }
  return true;
}

std::string decode_name(std::string_view text, const Token& token) {
  std::string_view s = text.substr(token.start, token.end - token.start);
  if (token.kind == TokenKind::kParameter) s.remove_prefix(1);
  if (s.empty() || s[0] != '`') return std::string(s);
  s = s.substr(1, s.size() - 2);
  std::string out;
  out.reserve(s.size());
  for (size_t i = 0; i < s.size(); ++i) {
    if (s[i] == '`') ++i;
    out.push_back(s[i]);
  }
  return out;
}

}  // namespace elegraph::query::cypher
