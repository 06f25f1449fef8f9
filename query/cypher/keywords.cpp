// SPDX-License-Identifier: Apache-2.0
#include "query/cypher/keywords.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace elegraph::query::cypher {
namespace {

constexpr size_t kCount = size_t(Keyword::kCountOfKeywords);
constexpr size_t kLongest = 16;

constexpr std::array<std::string_view, kCount> kTexts = {"",
#define ELEGRAPH_ENTRY(name, text) text,
                                                         ELEGRAPH_CYPHER_KEYWORDS(ELEGRAPH_ENTRY)
#undef ELEGRAPH_ENTRY
};

// Case folds into bit 5; that other characters fold too does no harm, the full comparison follows.
constexpr uint32_t slot_of(std::string_view w) {
  uint32_t h = uint32_t(w.size());
  h = h * 31 + (uint8_t(w[0]) | 0x20u);
  h = h * 31 + (uint8_t(w[1]) | 0x20u);
  h = h * 31 + (uint8_t(w[w.size() - 1]) | 0x20u);
  h = h * 31 + (uint8_t(w[w.size() / 2]) | 0x20u);
  return (h * 2654435761u) >> 22;
}

constexpr std::array<uint8_t, 1024> make_table() {
  std::array<uint8_t, 1024> table{};
  for (size_t k = 1; k < kCount; ++k) {
    uint32_t slot = slot_of(kTexts[k]);
    while (table[slot]) slot = (slot + 1) % 1024;
    table[slot] = uint8_t(k);
  }
  return table;
}
constexpr std::array<uint8_t, 1024> kTable = make_table();

constexpr char upper(char c) { return c >= 'a' && c <= 'z' ? char(c - 32) : c; }

bool equal_folded(std::string_view word, std::string_view upper_text) {
  if (word.size() != upper_text.size()) return false;
  for (size_t i = 0; i < word.size(); ++i) {
    if (upper(word[i]) != upper_text[i]) return false;
  }
  return true;
}

// Edit distance with transpositions (optimal string alignment) of two short words, case folded.
size_t edit_distance(std::string_view a, std::string_view b) {
  std::array<std::array<size_t, kLongest + 3>, kLongest + 3> d{};
  for (size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
  for (size_t j = 0; j <= b.size(); ++j) d[0][j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t cost = upper(a[i - 1]) == b[j - 1] ? 0 : 1;
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + cost});
      if (i > 1 && j > 1 && upper(a[i - 1]) == b[j - 2] && upper(a[i - 2]) == b[j - 1]) {
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
      }
    }
  }
  return d[a.size()][b.size()];
}

}  // namespace

Keyword find_keyword(std::string_view word) {
  if (word.size() < 2 || word.size() > kLongest) return Keyword::kNone;
  for (uint32_t slot = slot_of(word); kTable[slot]; slot = (slot + 1) % 1024) {
    if (equal_folded(word, kTexts[kTable[slot]])) return Keyword(kTable[slot]);
  }
  return Keyword::kNone;
}

std::string_view keyword_text(Keyword k) { return kTexts[size_t(k)]; }

Keyword nearest_keyword(std::string_view word) {
  if (word.size() < 3 || word.size() > kLongest + 2) return Keyword::kNone;
  const size_t allowed = word.size() < 4 ? 1 : 2;
  Keyword best = Keyword::kNone;
  size_t best_distance = allowed + 1;
  for (size_t k = 1; k < kCount; ++k) {
    // Two-letter operators are near to everything.
    if (kTexts[k].size() < 4) continue;
    const size_t distance = edit_distance(word, kTexts[k]);
    if (distance < best_distance) best = Keyword(k), best_distance = distance;
  }
  return best_distance == 0 ? Keyword::kNone : best;
}

}  // namespace elegraph::query::cypher
