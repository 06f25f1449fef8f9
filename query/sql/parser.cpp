// SPDX-License-Identifier: Apache-2.0
#include "query/sql/parser.h"

#include <optional>

#include "query/sql/lower.h"
#include "query/sql/nested.h"
#include "query/sql/reader.h"
#include "query/sql/tree.h"
#include "storage/error.h"

namespace elegraph::query::sql {
namespace {

// PostgreSQL's parser sees this where another statement nests.
constexpr std::string_view kStandIn = "SELECT ";

std::string with_stand_in(std::string_view text, const NestedText& nested) {
  std::string out(text.substr(0, nested.begin));
  return out.append(kStandIn).append(text.substr(nested.end));
}

// An error behind the stand-in is elsewhere in the text as it was written.
ParseTree parse_around(std::string_view text, const std::optional<NestedText>& nested) {
  if (!nested) return ParseTree(text);
  try {
    return ParseTree(with_stand_in(text, *nested));
  } catch (Error& error) {
    if (error.position && *error.position >= nested->begin + kStandIn.size()) {
      *error.position += uint32_t(nested->end - nested->begin) - uint32_t(kStandIn.size());
    }
    throw;
  }
}

void read_named(StatementKind kind, const Tree& node, const char* member, Statement& out) {
  out.kind = kind;
  out.name = text_of(node, member);
}

// EXPLAIN of SQL: the mode goes into the lowered statement.
void read_explain(const Tree& node, std::string_view text, const TableNames* tables, Statement& out) {
  const Tree* select = as(*find(node, "query"), "SelectStmt");
  if (!select) throw Error(sqlstate::kFeatureNotSupported, "EXPLAIN of this statement is not supported");
  out.kind = StatementKind::kSelect;
  out.lowered = Lowering(text, tables).select(*select);
  out.lowered->explain = cypher::ExplainMode::kExplain;
  const Tree* options = find(node, "options");
  if (!options) return;
  for (size_t i = 0; i < options->size(); ++i) {
    const Tree& option = body_of((*options)[i]);
    const Tree* arg = find(option, "arg");
    const std::string_view value = arg ? string_of(*arg) : std::string_view();
    const bool off =
        value == "false" || value == "off" || (arg && as(*arg, "Integer") && number_of(body_of(*arg), "ival") == 0);
    if (text_of(option, "defname") == "analyze" && !off) out.lowered->explain = cypher::ExplainMode::kAnalyze;
    if (text_of(option, "defname") == "format") out.lowered->explain_json = value == "json";
  }
}

[[noreturn]] void refuse(std::string_view kind) {
  std::string what(kind.substr(0, kind.ends_with("Stmt") ? kind.size() - 4 : kind.size()));
  Error error(sqlstate::kFeatureNotSupported, "");
  if (what == "Insert" || what == "Update" || what == "Delete") {
    for (char& c : what) c = c >= 'a' && c <= 'z' ? char(c - 32) : c;
    error.message = "SQL's " + what + " is not supported";
    error.hint = "Write with Cypher: CREATE (: Label {key: $1}), MATCH (n: Label) SET n.key = $1 or DETACH DELETE n.";
  } else if (what == "Create") {
    error.message = "CREATE TABLE is not supported";
    error.hint = "A label needs no declaration: CREATE (: Label {key: $1}). Keys are declared by CREATE CONSTRAINT.";
  } else if (what == "Index") {
    error.message = "SQL's CREATE INDEX is not supported";
    error.hint = "Write CREATE INDEX name FOR (n: Label) ON (n.key).";
  } else {
    error.message = "this SQL statement is not supported (" + what + ")";
  }
  throw error;
}

bool read_session_statement(std::string_view kind, const Tree& node, std::string_view text, Statement& out) {
  if (kind == "TransactionStmt")
    read_transaction(node, out);
  else if (kind == "VariableSetStmt")
    read_set(node, text, out);
  else if (kind == "VariableShowStmt")
    read_named(StatementKind::kShow, node, "name", out);
  else if (kind == "DiscardStmt")
    read_discard(node, out);
  else if (kind == "PrepareStmt")
    read_prepare(node, out);
  else if (kind == "ExecuteStmt")
    read_execute(node, text, out);
  else if (kind == "DeallocateStmt")
    read_named(StatementKind::kDeallocate, node, "name", out);
  else if (kind == "DeclareCursorStmt")
    read_declare(node, out);
  else if (kind == "FetchStmt")
    read_fetch(node, out);
  else if (kind == "ClosePortalStmt")
    read_named(StatementKind::kClose, node, "portalname", out);
  else if (kind == "ListenStmt")
    read_named(StatementKind::kListen, node, "conditionname", out);
  else if (kind == "UnlistenStmt")
    read_named(StatementKind::kUnlisten, node, "conditionname", out);
  else if (kind == "CheckPointStmt")
    out.kind = StatementKind::kCheckpoint;
  else if (kind == "VacuumStmt")
    out.kind = flag_of(node, "is_vacuumcmd") ? StatementKind::kVacuum : StatementKind::kAnalyze;
  else
    return false;
  return true;
}

void read(std::string_view kind, const Tree& node, std::string_view text, const TableNames* tables, Statement& out) {
  if (read_session_statement(kind, node, text, out)) return;
  if (kind == "SelectStmt") {
    out.kind = StatementKind::kSelect;
    out.lowered = Lowering(text, tables).select(node);
  } else if (kind == "ExplainStmt") {
    read_explain(node, text, tables, out);
  } else if (kind == "NotifyStmt") {
    read_named(StatementKind::kNotify, node, "conditionname", out);
    if (find(node, "payload")) out.value = std::string(text_of(node, "payload"));
  } else if (kind == "CreateRoleStmt" || kind == "AlterRoleStmt" || kind == "DropRoleStmt") {
    read_role(kind, node, out);
  } else if (kind == "CreatedbStmt") {
    read_named(StatementKind::kCreateDatabase, node, "dbname", out);
  } else if (kind == "DropdbStmt") {
    read_named(StatementKind::kDropDatabase, node, "dbname", out);
    out.if_exists = flag_of(node, "missing_ok");
  } else if (kind == "CopyStmt") {
    read_copy(node, text, out);
  } else if (kind == "ConstraintsSetStmt") {
    out.kind = StatementKind::kSetConstraints;
  } else {
    refuse(kind);
  }
}

}  // namespace

std::unique_ptr<Statement> parse(std::string_view text, const cypher::ParseOptions& options, const TableNames* tables) {
  static_cast<void>(options);  // PostgreSQL's grammar was built with standard_conforming_strings on
  const std::optional<NestedText> nested = find_nested(text);
  const ParseTree tree = parse_around(text, nested);
  auto out = std::make_unique<Statement>();
  out->kind = StatementKind::kSelect;
  read(tree.kind(), tree.node(), tree.text(), tables, *out);
  if (nested) {
    out->nested = text.substr(nested->begin, nested->end - nested->begin);
    out->nested_offset = uint32_t(nested->begin);
  }
  return out;
}

}  // namespace elegraph::query::sql
