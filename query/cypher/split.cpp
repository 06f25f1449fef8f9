// SPDX-License-Identifier: Apache-2.0
#include "query/cypher/parser.h"
#include "query/sql/lexical.h"
#include "query/sql/words.h"

namespace elegraph::query::cypher {
namespace {

// Appends [from, to) without blanks at its ends, unless nothing but blanks and comments is in it.
void add_piece(std::string_view text, size_t from, size_t to, std::vector<Piece>& out) {
  const std::string_view blanks = " \t\r\n\f\v";
  std::string_view piece = text.substr(from, to - from);
  const size_t first = piece.find_first_not_of(blanks);
  if (first == std::string_view::npos) return;
  piece = piece.substr(first, piece.find_last_not_of(blanks) - first + 1);
  if (sql::Words(piece).word().empty()) return;
  out.push_back({uint32_t(from + first), piece});
}

}  // namespace

std::vector<Piece> split_statements(std::string_view text, const ParseOptions& options) {
  std::vector<Piece> pieces;
  size_t from = 0;
  while (from < text.size()) {
    const std::string_view rest = text.substr(from);
    size_t to = rest.size();
    if (rest.find(';') != std::string_view::npos) {
      // Quotes and comments are those of the language that this statement is in.
      sql::LexicalWalk walk(rest, sql::lexical_language(rest), options);
      char c;
      size_t at;
      while (walk.next(c, at)) {
        if (c != ';') continue;
        to = at;
        break;
      }
    }
    add_piece(text, from, from + to, pieces);
    from += to + 1;
  }
  return pieces;
}

}  // namespace elegraph::query::cypher
