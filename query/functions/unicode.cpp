// SPDX-License-Identifier: Apache-2.0
#include "query/functions/unicode.h"

#include <unicode/bytestream.h>
#include <unicode/casemap.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <bit>

#include "query/functions/ascii.h"

namespace elegraph::query {
namespace {

bool continues(char c) { return (c & 0xC0) == 0x80; }

std::string_view first_of(std::string_view s) {
  size_t n = 1;
  while (n < s.size() && continues(s[n])) n++;
  return s.substr(0, n);
}
std::string_view last_of(std::string_view s) {
  size_t at = s.size() - 1;
  while (at > 0 && continues(s[at])) at--;
  return s.substr(at);
}

bool is_space(std::string_view character) {
  const char first = character[0];
  if (uint8_t(first) < 0x80) return first == ' ' || (first >= '\t' && first <= '\r');
  int32_t i = 0;
  UChar32 c;
  U8_NEXT(character.data(), i, int32_t(character.size()), c);
  return c >= 0 && u_isUWhiteSpace(c);
}

bool holds(std::string_view set, std::string_view character) {
  return set.empty() ? is_space(character) : set.find(character) != std::string_view::npos;
}

template <class Map>
std::string mapped(std::string_view s, Map map) {
  std::string out;
  icu::StringByteSink<std::string> sink(&out, int32_t(s.size()));
  UErrorCode status = U_ZERO_ERROR;
  map("", 0, icu::StringPiece(s.data(), int32_t(s.size())), sink, nullptr, status);
  return out;
}

}  // namespace

bool is_ascii(std::string_view s) {
  uint64_t all = 0;
  for_words(s, [&](uint64_t bytes) { all |= bytes; });
  return (all & kHighBits) == 0;
}

size_t count_code_points(std::string_view s) {
  size_t count = s.size();
  for_words(s, [&](uint64_t bytes) { count -= size_t(std::popcount(bytes & ~(bytes << 1) & kHighBits)); });
  return count;
}

size_t byte_of_code_point(std::string_view s, size_t n) {
  size_t i = 0;
  for (; i < s.size(); i++)
    if (!continues(s[i]) && n-- == 0) break;
  return i;
}

std::string reversed(std::string_view s) {
  std::string out;
  out.reserve(s.size());
  while (!s.empty()) {
    std::string_view last = last_of(s);
    out += last;
    s.remove_suffix(last.size());
  }
  return out;
}

std::string to_upper(std::string_view s) {
  if (!is_ascii(s)) return mapped(s, [](auto&&... a) { icu::CaseMap::utf8ToUpper(a...); });
  std::string out(s.size(), 0);
  flip_case<'a'>(out.data(), s);
  return out;
}

std::string to_lower(std::string_view s) {
  if (!is_ascii(s)) return mapped(s, [](auto&&... a) { icu::CaseMap::utf8ToLower(a...); });
  std::string out(s.size(), 0);
  flip_case<'A'>(out.data(), s);
  return out;
}

std::string_view trimmed(std::string_view s, std::string_view set, bool left, bool right) {
  while (left && !s.empty() && holds(set, first_of(s))) s.remove_prefix(first_of(s).size());
  while (right && !s.empty() && holds(set, last_of(s))) s.remove_suffix(last_of(s).size());
  return s;
}

}  // namespace elegraph::query
