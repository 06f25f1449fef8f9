// SPDX-License-Identifier: Apache-2.0
#include "query/copy/options.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "storage/error.h"

namespace elegraph::query::copy {
namespace {

[[noreturn]] void invalid(const std::string& message) { throw Error(sqlstate::kInvalidParameterValue, message); }

bool read_bool(const OptionText& o) {
  std::string v = o.value;
  std::ranges::transform(v, v.begin(), [](unsigned char c) { return char(std::tolower(c)); });
  if (!o.has_value || v == "true" || v == "on" || v == "1" || v == "match") return true;
  if (v == "false" || v == "off" || v == "0") return false;
  invalid(o.name + " requires a Boolean value");
}

char read_char(const OptionText& o) {
  if (o.value.size() != 1) invalid("COPY " + o.name + " must be a single one-byte character");
  return o.value[0];
}

// A cursor over the small texts inside options.
struct Scanner {
  const std::string& text;
  size_t at = 0;

  void blanks() {
    while (at < text.size() && std::isspace(static_cast<unsigned char>(text[at]))) at++;
  }
  bool take(char c) {
    blanks();
    if (at >= text.size() || text[at] != c) return false;
    at++;
    return true;
  }
  // A name: quoted ("..." or '...' or `...`), or everything up to one of `stops` or a blank.
  std::string name(std::string_view stops) {
    blanks();
    std::string out;
    if (at < text.size() && (text[at] == '"' || text[at] == '`' || text[at] == '\'')) {
      char quote = text[at++];
      for (; at < text.size(); at++) {
        if (text[at] == quote && at + 1 < text.size() && text[at + 1] == quote)
          at++;
        else if (text[at] == quote)
          break;
        out += text[at];
      }
      at++;
      return out;
    }
    while (at < text.size() && stops.find(text[at]) == std::string_view::npos &&
           !std::isspace(static_cast<unsigned char>(text[at])))
      out += text[at++];
    return out;
  }
  bool done() {
    blanks();
    return at >= text.size();
  }
};

std::vector<std::string> read_names(const std::string& text) {
  std::vector<std::string> out;
  Scanner s{text};
  s.take('(');
  while (!s.done() && !s.take(')')) {
    out.push_back(s.name(",)"));
    s.take(',');
  }
  return out;
}

void set_defaults(Options& o) {
  if (o.format != Format::kCsv) return;
  o.delimiter = ',';
  o.null_text.clear();
}

}  // namespace

Options::End read_end(const std::string& option, const std::string& text) {
  Scanner s{text};
  Options::End end;
  s.take(':');
  end.label = s.name("(");
  if (!s.take('(')) invalid("COPY " + option + " must name a label and a property, such as '\"Person\"(id)'");
  end.key = s.name(")");
  if (!s.take(')') || !s.done() || end.label.empty() || end.key.empty())
    invalid("COPY " + option + " must name a label and a property, such as '\"Person\"(id)'");
  return end;
}

std::vector<Options::ColumnType> read_types(const std::string& text) {
  std::vector<Options::ColumnType> out;
  Scanner s{text};
  while (!s.done()) {
    Options::ColumnType column;
    column.column = s.name(",");
    s.blanks();
    size_t end = std::min(text.find(',', s.at), text.size());
    column.type = text.substr(s.at, end - s.at);
    s.at = std::min(end + 1, text.size());
    while (!column.type.empty() && column.type.back() == ' ') column.type.pop_back();
    if (column.column.empty() || column.type.empty())
      invalid("COPY TYPES must list columns with their types, such as 'id int8, email text[]'");
    out.push_back(std::move(column));
  }
  return out;
}

Options read_options(const std::vector<OptionText>& given) {
  Options o;
  std::set<std::string> seen;
  for (auto& option : given) {
    if (!seen.insert(option.name).second) throw Error(sqlstate::kSyntaxError, "conflicting or redundant options");
    if (option.name != "format") continue;
    if (option.value == "csv")
      o.format = Format::kCsv;
    else if (option.value == "binary")
      o.format = Format::kBinary;
    else if (option.value != "text")
      invalid("COPY format \"" + option.value + "\" not recognized");
  }
  set_defaults(o);
  bool escape_given = false;
  for (auto& option : given) {
    const std::string& name = option.name;
    if (name == "format" || name == "freeze") continue;
    if (name == "delimiter")
      o.delimiter = read_char(option);
    else if (name == "null")
      o.null_text = option.value;
    else if (name == "quote")
      o.quote = read_char(option);
    else if (name == "escape")
      o.escape = read_char(option), escape_given = true;
    else if (name == "header")
      o.header = read_bool(option);
    else if (name == "force_quote" && option.value == "*")
      o.force_quote_all = true;
    else if (name == "force_quote")
      o.force_quote = read_names(option.value);
    else if (name == "force_null")
      o.force_null = read_names(option.value);
    else if (name == "force_not_null")
      o.force_not_null = read_names(option.value);
    else if (name == "labels")
      o.labels = read_names(option.value);
    else if (name == "list_separator")
      o.list_separator = read_char(option);
    else if (name == "start")
      o.start = read_end("START", option.value);
    else if (name == "end")
      o.end = read_end("END", option.value);
    else if (name == "types")
      o.types = read_types(option.value);
    else if (name == "encoding") {
      std::string v = option.value;
      std::ranges::transform(v, v.begin(), [](unsigned char c) { return char(std::tolower(c)); });
      if (v != "utf8" && v != "utf-8" && v != "unicode")
        throw Error(sqlstate::kFeatureNotSupported, "COPY encoding \"" + option.value + "\" is not supported")
            .with_hint("The only encoding is UTF8.");
    } else {
      throw Error(sqlstate::kSyntaxError, "option \"" + name + "\" not recognized")
          .with_hint(
              "COPY knows FORMAT, DELIMITER, NULL, HEADER, QUOTE, ESCAPE, FORCE_QUOTE, FORCE_NULL, FORCE_NOT_NULL, "
              "ENCODING, LABELS, START, END, TYPES and LIST_SEPARATOR.");
    }
  }
  if (!escape_given) o.escape = o.quote;
  if (o.start.has_value() != o.end.has_value()) invalid("COPY of relationships needs both START and END");
  if (o.format == Format::kBinary && (o.header || o.list_separator))
    throw Error(sqlstate::kFeatureNotSupported, "cannot specify HEADER or LIST_SEPARATOR in BINARY mode");
  if (o.format == Format::kCsv && o.delimiter == o.quote) invalid("COPY delimiter and quote must be different");
  return o;
}

}  // namespace elegraph::query::copy
