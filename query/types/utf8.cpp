// SPDX-License-Identifier: Apache-2.0
#include "query/types/utf8.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "storage/error.h"

namespace elegraph::query::types {
namespace {

// Skips plain characters (1 .. 127) eight at a time.
size_t skip_ascii(std::string_view s, size_t at) {
  constexpr uint64_t kHigh = 0x8080808080808080u, kOnes = 0x0101010101010101u;
  while (at + 8 <= s.size()) {
    uint64_t word;
    std::memcpy(&word, s.data() + at, 8);
    if ((word | (word - kOnes)) & kHigh) break;  // a high bit, or (maybe) a zero byte
    at += 8;
  }
  while (at < s.size() && s[at] > 0) at++;
  return at;
}

bool continuation(std::string_view s, size_t at) { return at < s.size() && (uint8_t(s[at]) & 0xc0) == 0x80; }

// The length of the valid sequence that starts with a non-ASCII byte, or 0.
size_t sequence(std::string_view s, size_t at) {
  uint8_t lead = uint8_t(s[at]);
  size_t length = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
  for (size_t i = 1; i < length; i++)
    if (!continuation(s, at + i)) return 0;
  if (length < 3) return length;
  uint8_t second = uint8_t(s[at + 1]);
  if (lead == 0xe0 && second < 0xa0) return 0;   // overlong
  if (lead == 0xed && second >= 0xa0) return 0;  // surrogate
  if (lead == 0xf0 && second < 0x90) return 0;   // overlong
  if (lead == 0xf4 && second >= 0x90) return 0;  // past U+10FFFF
  return length;
}

}  // namespace

size_t find_invalid_text(std::string_view s) {
  for (size_t at = 0;;) {
    at = skip_ascii(s, at);
    if (at == s.size()) return std::string_view::npos;
    size_t length = s[at] ? sequence(s, at) : 0;
    if (!length) return at;
    at += length;
  }
}

void require_text(std::string_view s) {
  size_t bad = find_invalid_text(s);
  if (bad == std::string_view::npos) return;
  uint8_t lead = uint8_t(s[bad]);
  size_t expected = lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  std::string shown;
  for (size_t i = bad; i < std::min(bad + expected, s.size()); i++) shown += fmt::format(" 0x{:02x}", uint8_t(s[i]));
  throw Error(sqlstate::kCharacterNotInRepertoire, "invalid byte sequence for encoding \"UTF8\":" + shown);
}

size_t count_characters(std::string_view text, size_t offset) {
  size_t end = std::min(offset, text.size());
  return size_t(std::count_if(text.begin(), text.begin() + ptrdiff_t(end),
                              [](char c) { return (uint8_t(c) & 0xc0) != 0x80; })) +
         (offset - end);
}

}  // namespace elegraph::query::types
