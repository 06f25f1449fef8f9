// SPDX-License-Identifier: Apache-2.0
// SQL session statements: transactions, settings, prepared statements, cursors, roles.
#include <fmt/format.h>

#include "query/commands.h"
#include "query/session.h"
#include "query/setting_table.h"

namespace elegraph::query {
namespace {

using sql::Statement;
using sql::StatementKind;
using Result = CommandPortal::Result;

Result tag(std::string text) {
  Result r;
  r.tag = std::move(text);
  return r;
}

Result one_text(std::string text) {
  Result r;
  r.rows = std::make_unique<RowsBuffer>(1);
  r.rows->add({Value::string(text)});
  return r;
}

void warn_no_block(SessionImplementation& s) {
  s.notice("WARNING", Error(sqlstate::kNoActiveTransaction, "there is no transaction in progress"));
}

Result begin(SessionImplementation& s, const Statement& c) {
  if (s.transaction.explicit_block())
    s.notice("WARNING", Error(sqlstate::kActiveTransaction, "there is already a transaction in progress"));
  else
    s.transaction.begin_block(c.read_only, c.isolation);
  return tag("BEGIN");
}

void need_block(SessionImplementation& s, std::string_view what) {
  if (!s.transaction.explicit_block())
    throw Error(sqlstate::kNoActiveTransaction, fmt::format("{} can only be used in transaction blocks", what));
}

// AND CHAIN: begins the next block as this one was.
std::function<void()> next_block(SessionImplementation& s) {
  return [&s, read_only = s.transaction.read_only(), isolation = s.settings.get("transaction_isolation")] {
    s.transaction.begin_block(read_only, isolation);
  };
}

Result rollback(SessionImplementation& s, const Statement& c) {
  if (c.chain) need_block(s, "ROLLBACK AND CHAIN");
  if (!s.transaction.explicit_block()) {
    warn_no_block(s);
    return tag("ROLLBACK");
  }
  Result r = tag("ROLLBACK");
  if (c.chain) r.after = next_block(s);
  s.close_transaction_portals();
  s.transaction.rollback();
  return r;
}

Result commit(SessionImplementation& s, const Statement& c) {
  if (c.chain) need_block(s, "COMMIT AND CHAIN");
  if (!s.transaction.explicit_block()) {
    warn_no_block(s);
    return tag("COMMIT");
  }
  if (s.transaction.state() == TransactionState::kFailed) return rollback(s, c);
  s.close_transaction_portals();
  Result r = tag("COMMIT");
  if (c.chain) r.after = next_block(s);
  Completion completion;
  const bool ended = s.transaction.commit([completion](std::exception_ptr e) mutable { completion.complete(e); });
  if (ended)
    completion.rethrow();
  else
    r.wait = completion;
  return r;
}

Result savepoint(SessionImplementation& s, const Statement& c) {
  switch (c.kind) {
    case StatementKind::kSavepoint:
      need_block(s, "SAVEPOINT");
      s.transaction.savepoint(c.name);
      return tag("SAVEPOINT");
    case StatementKind::kRelease:
      need_block(s, "RELEASE SAVEPOINT");
      s.transaction.release(c.name);
      s.lower_portals_to(s.transaction.savepoints());
      return tag("RELEASE");
    default:
      need_block(s, "ROLLBACK TO SAVEPOINT");
      s.close_portals_above(s.transaction.savepoints_below(c.name));
      s.transaction.rollback_to(c.name);
      return tag("ROLLBACK");
  }
}

Result set(SessionImplementation& s, const Statement& c) {
  if (c.local && !s.transaction.explicit_block())
    s.notice("WARNING", Error(sqlstate::kNoActiveTransaction, "SET LOCAL can only be used in transaction blocks"));
  if (c.value && c.name == "transaction_isolation" && s.transaction.explicit_block())
    s.transaction.set_isolation(*c.value);
  else if (c.value)
    s.settings.set(c.name, *c.value, c.local);
  else
    s.settings.reset(c.name);
  if (c.name == "transaction_read_only" && s.transaction.explicit_block())
    s.transaction.set_read_only(*s.settings.get(c.name) == "on");
  return tag("SET");
}

Result set_transaction(SessionImplementation& s, const Statement& c) {
  if (c.session) {
    if (c.isolation) s.settings.set("default_transaction_isolation", *c.isolation, false);
    if (c.read_only) s.settings.set("default_transaction_read_only", *c.read_only ? "on" : "off", false);
    return tag("SET");
  }
  if (!s.transaction.explicit_block()) {
    s.notice("WARNING", Error(sqlstate::kNoActiveTransaction, "SET TRANSACTION can only be used in transaction blocks"));
    return tag("SET");
  }
  if (c.isolation) s.transaction.set_isolation(*c.isolation);
  if (c.read_only) s.transaction.set_read_only(*c.read_only);
  return tag("SET");
}

std::string setting_value(SessionImplementation& s, std::string_view name) {
  if (name == "transaction_isolation" && !s.transaction.explicit_block()) return s.settings.default_isolation();
  if (name == "transaction_read_only") return s.transaction.read_only() ? "on" : "off";
  auto value = s.settings.get(name);
  if (!value) throw Error(sqlstate::kUndefinedObject, fmt::format("unrecognized configuration parameter \"{}\"", name));
  return *value;
}

Result show(SessionImplementation& s, const Statement& c) {
  if (c.name == "all") {
    Result r = tag("SHOW");
    r.rows = std::make_unique<RowsBuffer>(3);
    for (auto& row : s.settings.all())
      r.rows->add({Value::string(row.name), Value::string(row.setting), Value::string(row.description)});
    return r;
  }
  Result r = one_text(setting_value(s, c.name));
  r.tag = "SHOW";
  return r;
}

Result discard(SessionImplementation& s, const Statement& c) {
  if (c.name != "all")
    return tag("DISCARD " + std::string(c.name == "plans" ? "PLANS" : c.name == "temp" ? "TEMP" : "SEQUENCES"));
  if (s.transaction.explicit_block())
    throw Error(sqlstate::kActiveTransaction, "DISCARD ALL cannot run inside a transaction block");
  s.drop_all_portals();
  s.drop_all_statements();
  s.settings.reset_all();
  s.transaction.notifications.unlisten("");
  return tag("DISCARD ALL");
}

Result prepare(SessionImplementation& s, const Statement& c) {
  auto compiled = compile_nested(s, c, c.types);
  s.keep_statement(c.name, std::move(compiled));
  return tag("PREPARE");
}

Result deallocate(SessionImplementation& s, const Statement& c) {
  if (c.name.empty()) {
    s.drop_all_statements();
    return tag("DEALLOCATE ALL");
  }
  s.drop_statement(c.name);
  return tag("DEALLOCATE");
}

Result close(SessionImplementation& s, const Statement& c) {
  if (c.name.empty()) {
    s.drop_all_portals();
    return tag("CLOSE CURSOR ALL");
  }
  if (!s.has_portal(c.name)) throw Error(sqlstate::kInvalidCursorName, "cursor \"" + c.name + "\" does not exist");
  s.close_portal(c.name);
  return tag("CLOSE CURSOR");
}

Result role(SessionImplementation& s, const Statement& c) {
  auto& roles = *s.shared.roles;
  std::optional<std::string> verifier;
  if (c.password) verifier = c.password->empty() ? "" : Roles::make_verifier(*c.password);
  switch (c.kind) {
    case StatementKind::kCreateRole:
      roles.create(c.name, {verifier.value_or(""), c.login.value_or(true), c.superuser.value_or(true)}, c.if_not_exists);
      return tag("CREATE ROLE");
    case StatementKind::kAlterRole: roles.alter(c.name, verifier, c.login); return tag("ALTER ROLE");
    default:
      for (auto& name : c.names) roles.drop(name, c.if_exists);
      return tag("DROP ROLE");
  }
}

Result run(SessionImplementation& s, const Statement& c) {
  switch (c.kind) {
    case StatementKind::kBegin: return begin(s, c);
    case StatementKind::kCommit: return commit(s, c);
    case StatementKind::kRollback: return rollback(s, c);
    case StatementKind::kSavepoint:
    case StatementKind::kRelease:
    case StatementKind::kRollbackTo: return savepoint(s, c);
    case StatementKind::kSetTransaction: return set_transaction(s, c);
    case StatementKind::kSet: return set(s, c);
    case StatementKind::kShow: return show(s, c);
    case StatementKind::kReset:
      if (c.name == "all")
        s.settings.reset_all();
      else
        s.settings.reset(c.name);
      return tag("RESET");
    case StatementKind::kDiscard: return discard(s, c);
    case StatementKind::kPrepare: return prepare(s, c);
    case StatementKind::kDeallocate: return deallocate(s, c);
    case StatementKind::kClose: return close(s, c);
    case StatementKind::kListen: s.transaction.notifications.listen(c.name); return tag("LISTEN");
    case StatementKind::kUnlisten: s.transaction.notifications.unlisten(c.name); return tag("UNLISTEN");
    case StatementKind::kNotify:
      s.transaction.notifications.notify(s.backend_id, c.name, c.value.value_or(""));
      return tag("NOTIFY");
    case StatementKind::kCheckpoint: s.database.store->checkpoint(); return tag("CHECKPOINT");
    case StatementKind::kVacuum:
      if (s.transaction.explicit_block())
        throw Error(sqlstate::kActiveTransaction, "VACUUM cannot run inside a transaction block");
      while (s.database.graph().vacuum()) s.interrupt.check();
      return tag("VACUUM");
    case StatementKind::kSetConstraints: return tag("SET CONSTRAINTS");  // all are checked at once in any case
    case StatementKind::kAnalyze: return tag("ANALYZE");
    case StatementKind::kCreateRole:
    case StatementKind::kAlterRole:
    case StatementKind::kDropRole: return role(s, c);
    case StatementKind::kCreateDatabase:
    case StatementKind::kDropDatabase:
      throw Error(sqlstate::kFeatureNotSupported, fmt::format("{} DATABASE is not supported yet",
                                                              c.kind == StatementKind::kCreateDatabase ? "CREATE" : "DROP"))
          .with_hint(
              "There is one database, \"elegraph\". Another server with a directory and a port of its own keeps a graph "
              "apart.");
    default: break;
  }
  throw Error(sqlstate::kFeatureNotSupported, "this statement is not supported yet");
}

bool is_background(StatementKind kind) {
  return kind == StatementKind::kCheckpoint || kind == StatementKind::kVacuum || kind == StatementKind::kCreateRole ||
         kind == StatementKind::kAlterRole;
}

bool ends_transaction(StatementKind kind) {
  return kind == StatementKind::kCommit || kind == StatementKind::kRollback || kind == StatementKind::kRollbackTo;
}

std::unique_ptr<PortalBase> execute(SessionImplementation& s, const Statement& c, std::vector<int16_t> formats) {
  auto prepared = s.find_statement(c.name);
  std::vector<std::string> texts;
  std::vector<RawParameter> raw;
  for (auto& argument : c.arguments) {
    // Arguments are constants; anything else would be a statement of its own.
    const cypher::Expression* e = argument.get();
    bool negative = e->kind == cypher::ExprKind::kNegate;
    if (negative) e = e->args[0].get();
    while (e->kind == cypher::ExprKind::kCast) e = e->args[0].get();
    if (e->kind != cypher::ExprKind::kLiteral)
      throw Error(sqlstate::kFeatureNotSupported, "EXECUTE takes constants only").at(e->position);
    texts.push_back(e->literal.is_null() ? "" : (negative ? "-" : "") + to_text(e->literal));
    raw.push_back({});
  }
  for (size_t i = 0; i < texts.size(); i++) {
    const cypher::Expression* e = c.arguments[i].get();
    if (e->kind == cypher::ExprKind::kLiteral && e->literal.is_null()) continue;
    raw[i].bytes = texts[i];
  }
  if (raw.size() != prepared->parameter_types.size())
    throw Error(sqlstate::kSyntaxError, "wrong number of parameters for prepared statement \"" + c.name + "\"")
        .with_detail(fmt::format("Expected {} parameters but got {}.", prepared->parameter_types.size(), raw.size()));
  auto values = s.decode_parameters(*prepared, raw);
  return s.make_portal(std::move(prepared), std::move(values), std::move(formats));
}

}  // namespace

// PREPARE, DECLARE and their like take queries: a command of the session inside of them would be one.
[[noreturn]] static void not_a_query(std::string_view text) {
  const size_t start = std::min(text.find_first_not_of(" \t\r\n"), text.size());
  const size_t end = std::min(text.find_first_of(" \t\r\n;(", start), text.size());
  throw Error(sqlstate::kSyntaxError, fmt::format("syntax error at or near \"{}\"", text.substr(start, end - start)))
      .at(uint32_t(start));
}

std::shared_ptr<const query::Statement> compile_nested(SessionImplementation& s, const sql::Statement& c,
                                                       std::span<const types::Oid> declared) {
  try {
    auto compiled = compile(s.compile_context(), c.nested, declared);
    if (compiled->kind == StatementClass::kCommand || compiled->kind == StatementClass::kCopy) not_a_query(c.nested);
    s.tell(*compiled, c.nested_offset);
    return compiled;
  } catch (Error& e) {
    if (e.position) *e.position += c.nested_offset;
    throw;
  }
}

std::vector<ResultColumn> describe_command(SessionImplementation& session, const sql::Statement& c) {
  switch (c.kind) {
    case sql::StatementKind::kShow:
      if (c.name == "all") return {text_column("name"), text_column("setting"), text_column("description")};
      if (auto* setting = find_setting(c.name)) return {text_column(std::string(setting->name))};
      return {text_column(c.name)};
    case sql::StatementKind::kFetch:
      if (c.move) return {};
      try {
        return session.find_portal(c.name)->columns();
      } catch (const Error&) {
        return {};  // told when it runs: the cursor may be declared by then
      }
    case sql::StatementKind::kExecute: return session.find_statement(c.name)->columns();
    default: return {};
  }
}

std::unique_ptr<PortalBase> make_command_portal(SessionImplementation& session,
                                                std::shared_ptr<const query::Statement> statement,
                                                std::vector<int16_t> formats) {
  auto command = statement->command;
  if (command->kind == sql::StatementKind::kExecute) return execute(session, *command, std::move(formats));
  if (command->kind == sql::StatementKind::kFetch)
    return make_fetch_portal(session, std::move(statement), std::move(formats));
  auto action = [&session, command] {
    return command->kind == sql::StatementKind::kDeclare ? declare_cursor(session, *command) : run(session, *command);
  };
  bool background = is_background(command->kind) || (command->kind == sql::StatementKind::kDeclare && command->hold);
  return std::make_unique<CommandPortal>(session, std::move(statement), std::move(formats), action, background,
                                         ends_transaction(command->kind));
}

}  // namespace elegraph::query
