// SPDX-License-Identifier: Apache-2.0
#include "query/cypher/literals.h"
#include "query/cypher/scanner.h"
#include "query/sql/reader.h"
#include "storage/error.h"

// COPY.
namespace elegraph::query::sql {
namespace {

using cypher::Token;
using cypher::TokenKind;

// A name as written: PostgreSQL folds what is not quoted to lower case, but labels and keys have their case.
std::string written_name(std::string_view text, const Token& token) {
  std::string_view s = text.substr(token.start, token.end - token.start);
  if (token.kind != TokenKind::kString) return std::string(s);
  std::string name;
  for (size_t i = 1; i + 1 < s.size(); ++i) {
    if (s[i] == '"') ++i;
    name.push_back(s[i]);
  }
  return name;
}

// The target and its columns: [schema.]name [(column, ...)] from `location` on.
void read_target(std::string_view text, uint32_t location, Statement& out) {
  const std::string_view rest = text.substr(location);
  cypher::Scanner scanner(rest, {});
  Token token = scanner.next();
  out.copy_target = written_name(rest, token);
  for (token = scanner.next(); token.kind == TokenKind::kDot; token = scanner.next()) {
    out.copy_target = written_name(rest, scanner.next());
  }
  if (token.kind != TokenKind::kOpenParen) return;
  while (token.kind != TokenKind::kCloseParen && token.kind != TokenKind::kEnd) {
    out.copy_columns.push_back(written_name(rest, scanner.next()));
    token = scanner.next();
  }
}

std::string quoted(std::string_view s) {
  std::string out = "'";
  for (const char c : s) out += c == '\'' ? "''" : std::string(1, c);
  return out + "'";
}

std::string option_value(const Tree& arg) {
  const Tree& body = body_of(arg);
  const std::string_view kind = kind_of(arg);
  if (kind == "String") return std::string(text_of(body, "sval"));
  if (kind == "Integer") return std::to_string(number_of(body, "ival"));
  if (kind == "Float") return std::string(text_of(body, "fval"));
  if (kind == "Boolean") return flag_of(body, "boolval") ? "true" : "false";
  if (kind == "A_Star") return "*";
  std::string list = "(";
  if (const Tree* items = find(body, "items")) {
    for (size_t i = 0; i < items->size(); ++i) list += (i == 0 ? "" : ", ") + quoted(option_value((*items)[i]));
  }
  return list + ")";
}

}  // namespace

void read_copy(const Tree& node, std::string_view text, Statement& out) {
  out.kind = StatementKind::kCopy;
  out.copy_from = flag_of(node, "is_from");
  out.copy_stdin = text_of(node, "filename").empty();
  if (flag_of(node, "is_program")) throw Error(sqlstate::kFeatureNotSupported, "COPY of a program is not supported");
  if (find(node, "whereClause")) throw Error(sqlstate::kFeatureNotSupported, "COPY ... WHERE is not supported");
  if (const Tree* relation = find(node, "relation")) read_target(text, location_of(*relation), out);
  const Tree* options = find(node, "options");
  if (!options) return;
  for (size_t i = 0; i < options->size(); ++i) {
    const Tree& element = body_of((*options)[i]);
    Statement::Option option;
    option.name = text_of(element, "defname");
    const Tree* arg = find(element, "arg");
    option.has_value = arg != nullptr;
    if (arg) option.value = option_value(*arg);
    out.options.push_back(std::move(option));
  }
}

}  // namespace elegraph::query::sql
