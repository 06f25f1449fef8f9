// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>

#include "query/cypher/parser.h"
#include "query/sql/classify.h"

namespace elegraph::query::sql {

// Walks over the characters of a statement that stand outside of quotes and comments, as one language has them:
// SQL knows --, nested /* */ and "names"; Cypher knows //, /* */, "strings" with escapes and `names`; both
// know '...', E'...' and dollar quotes. Never throws; what is not closed reaches to the end. Allocates nothing.
class LexicalWalk {
 public:
  LexicalWalk(std::string_view text, Language language, const cypher::ParseOptions& options, size_t from = 0)
      : text_(text), at_(from), sql_(language == Language::kSql), conforming_(options.standard_conforming_strings) {}

  // The next plain character (blanks included); false at the end. Quotes and comments are stepped over, each
  // reported as one blank (comments) or as its opening quote.
  bool next(char& c, size_t& at);
  // Where the next call goes on.
  size_t position() const { return at_; }

 private:
  size_t comment_end() const;  // 0: no comment here
  size_t quote_end(char quote) const;
  size_t dollar_end() const;  // 0: no dollar quote here
  bool escapes(char quote) const;

  std::string_view text_;
  size_t at_;
  bool sql_;
  bool conforming_;
  bool word_ = false;  // the character before belongs to a name
  bool e_ = false;     // the character before is a lone E
};

}  // namespace elegraph::query::sql
