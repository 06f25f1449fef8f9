// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "query/functions/registry.h"

namespace elegraph::query::copy {

enum class Format : uint8_t { kText, kCsv, kBinary };

// One COPY's options, as PostgreSQL has them, and Elegraph's own (docs/wire.md, "COPY").
struct Options {
  Format format = Format::kText;
  char delimiter = '\t';
  std::string null_text = "\\N";
  char quote = '"', escape = '"';
  bool header = false;
  bool force_quote_all = false;
  std::vector<std::string> force_quote, force_null, force_not_null;
  // Elegraph's own.
  std::vector<std::string> labels;  // LABELS: instead of the target's name
  std::optional<char> list_separator;
  struct End {
    std::string label, key;
  };
  std::optional<End> start, end;  // both: the target is a relationship type
  struct ColumnType {
    std::string column, type;
  };
  std::vector<ColumnType> types;  // TYPES
};

struct OptionText {
  std::string name;   // lower case
  std::string value;  // "true" where none was given
  bool has_value = false;
};
// From the option list of the statement. Errors: 42601 unknown or doubled option, 22023 a value that does not fit.
Options read_options(const std::vector<OptionText>& options);

// '"Person"(id)' or 'Person(id)'.
Options::End read_end(const std::string& option, const std::string& text);
// 'id int8, born date, email text[]'.
std::vector<Options::ColumnType> read_types(const std::string& text);

}  // namespace elegraph::query::copy
