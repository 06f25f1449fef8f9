// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "query/cypher/parser.h"
#include "query/cypher/print.h"
#include "query/sql/classify.h"
#include "query/sql/nested.h"
#include "storage/error.h"

// Any bytes give a tree or an Error with a place inside of the text; what parses has a fingerprint, and lifting
// numbers as many literals in both. The first byte chooses standard_conforming_strings.
using namespace elegraph;
using namespace elegraph::query;

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

bool parse_one(std::string_view text, const cypher::ParseOptions& options) {
  try {
    require(!cypher::print(*cypher::parse(text, options)).empty());
    return true;
  } catch (const Error& e) {
    require(e.sqlstate.size() == 5 && !e.message.empty());
    require(!e.position || *e.position <= text.size());
    return false;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  cypher::ParseOptions options;
  options.standard_conforming_strings = data[0] % 2 == 0;
  const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
  sql::classify(text);
  sql::find_nested(text);
  for (const cypher::Piece& piece : cypher::split_statements(text, options)) {
    require(piece.text == text.substr(piece.offset, piece.text.size()));
  }
  if (!parse_one(text, options)) return 0;
  cypher::Fingerprint print;
  cypher::fingerprint(text, options, print);
  options.lift_literals = true;
  require(parse_one(text, options));
  return 0;
}
