// SPDX-License-Identifier: Apache-2.0
// Cypher's schema statements: indexes, constraints and procedures.
#include <thread>

#include "query/commands.h"
#include "query/exec/give_way.h"
#include "query/procedures/body.h"
#include "query/session.h"
#include "storage/rcu.h"

namespace elegraph::query {
namespace {

using cypher::StatementKind;
using index::ConstraintKind;
using index::EntityKind;

Value string_list(const std::vector<std::string>& strings) {
  std::vector<Value> items;
  for (auto& s : strings) items.push_back(Value::string(s));
  return Value::list(std::move(items));
}

std::string_view constraint_type(const index::IndexDefinition& d) {
  bool node = d.entity == EntityKind::kNode;
  switch (d.constraint) {
    case ConstraintKind::kUnique: return node ? "UNIQUENESS" : "RELATIONSHIP_UNIQUENESS";
    case ConstraintKind::kExists: return node ? "NODE_PROPERTY_EXISTENCE" : "RELATIONSHIP_PROPERTY_EXISTENCE";
    case ConstraintKind::kKey: return node ? "NODE_KEY" : "RELATIONSHIP_KEY";
    case ConstraintKind::kNone: break;
  }
  return "";
}

// Columns of SHOW INDEXES and SHOW CONSTRAINTS, in order.
std::unique_ptr<RowsBuffer> show(const index::IndexSet& indexes, bool constraints) {
  auto rows = std::make_unique<RowsBuffer>(constraints ? 5 : 8);
  rcu::ReadGuard guard;
  for (auto* index : indexes.all()) {
    auto& d = index->definition();
    bool constraint = d.constraint != ConstraintKind::kNone;
    Value entity = Value::string(d.entity == EntityKind::kNode ? "NODE" : "RELATIONSHIP");
    if (constraints && constraint)
      rows->add(
          {Value::string(d.name), Value::string(constraint_type(d)), entity, string_list({d.label}), string_list(d.keys)});
    if (!constraints && d.constraint != ConstraintKind::kExists)
      rows->add({Value::string(d.name), Value::string(index->online() ? "ONLINE" : "POPULATING"), Value::string("RANGE"),
                 entity, string_list({d.label}), string_list(d.keys), Value::boolean(index->unique()),
                 Value::integer(int64_t(index->entries()))});
  }
  return rows;
}

ResultColumn column(std::string name, types::Oid oid, StaticType type) {
  return {std::move(name), oid, types::type_length(oid), type};
}

// What changes the schema has transactions of its own, which take the session's snapshot slot.
void refuse_in_transaction(SessionImplementation& session, std::string_view what) {
  if (session.transaction.explicit_block())
    throw Error(sqlstate::kActiveTransaction, std::string(what) + " cannot run inside a transaction block");
  if (session.transaction.active())
    throw Error(sqlstate::kActiveTransaction, std::string(what) + " cannot run behind other statements of one query")
        .with_hint("Send it on its own.");
  if (session.settings.default_read_only())
    throw Error(sqlstate::kReadOnlyTransaction, "cannot execute " + std::string(what) + " in a read-only transaction");
}

std::string tag_of(const cypher::Statement& schema) {
  const bool constraint = schema.constraint || schema.definition.constraint != ConstraintKind::kNone;
  switch (schema.kind) {
    case StatementKind::kCreateIndex: return constraint ? "CREATE CONSTRAINT" : "CREATE INDEX";
    case StatementKind::kDropIndex: return constraint ? "DROP CONSTRAINT" : "DROP INDEX";
    case StatementKind::kCreateProcedure: return "CREATE PROCEDURE";
    case StatementKind::kDropProcedure: return "DROP PROCEDURE";
    default: return "SELECT";
  }
}

void define(SessionImplementation& session, const cypher::Statement& schema) {
  auto& indexes = *session.database.indexes;
  auto& procedures = *session.database.procedures;
  auto* slot = session.transaction.slot();
  auto skipping = [&](std::string_view state, const std::string& what) {
    session.notice("NOTICE", Error(state, what + ", skipping"));
  };
  switch (schema.kind) {
    case StatementKind::kCreateIndex:
      if (!indexes.create(schema.definition, slot, [&session] { return session.interrupt.check(), false; }))
        skipping(sqlstate::kDuplicateObject, "an equal index or constraint exists");
      return;
    case StatementKind::kDropIndex:
      if (!indexes.drop(schema.name, schema.constraint, schema.if_exists, slot))
        skipping(sqlstate::kUndefinedObject,
                 (schema.constraint ? "constraint \"" : "index \"") + schema.name + "\" does not exist");
      return;
    case StatementKind::kCreateProcedure:
      procedures.create(define_procedure(session.database, schema, session.settings.standard_conforming_strings()),
                        schema.or_replace, slot);
      return;
    case StatementKind::kDropProcedure:
      if (!procedures.drop(schema.name, schema.if_exists, slot))
        skipping(sqlstate::kUndefinedFunction, "procedure " + schema.name + " does not exist");
      return;
    default: throw Error(sqlstate::kInternalError, "this is no definition");
  }
}

// On a thread of its own: a definition waits for other transactions to end, and what waits must hold neither an I/O
// thread nor a worker. The session lives until it has ended; a cancel or the statement's timeout ends it early.
CommandPortal::Result define_aside(SessionImplementation& session, std::shared_ptr<const cypher::Statement> schema) {
  CommandPortal::Result result;
  result.tag = tag_of(*schema);
  refuse_in_transaction(session, result.tag);
  Completion done;
  std::thread([&session, schema, done]() mutable {
    exec::become_worker("definition");
    std::exception_ptr error;
    try {
      define(session, *schema);
    } catch (...) {
      error = std::current_exception();
    }
    done.complete(error);
  }).detach();
  result.wait = done;
  return result;
}

CommandPortal::Result list(SessionImplementation& session, const cypher::Statement& schema) {
  CommandPortal::Result result;
  result.rows = show(*session.database.indexes, schema.kind == StatementKind::kShowConstraints);
  result.tag = tag_of(schema);
  result.count_rows = true;
  return result;
}

}  // namespace

ResultColumn text_column(std::string name) {
  return column(std::move(name), types::oid::kText, {Type::kString, Type::kAny});
}

std::vector<ResultColumn> describe_schema(const cypher::Statement& schema) {
  StaticType list{Type::kList, Type::kString};
  types::Oid list_oid = types::result_oid(list, false);
  if (schema.kind == StatementKind::kShowConstraints)
    return {text_column("name"), text_column("type"), text_column("entityType"), column("labelsOrTypes", list_oid, list),
            column("properties", list_oid, list)};
  if (schema.kind == StatementKind::kShowIndexes)
    return {text_column("name"),
            text_column("state"),
            text_column("type"),
            text_column("entityType"),
            column("labelsOrTypes", list_oid, list),
            column("properties", list_oid, list),
            column("unique", types::oid::kBool, {Type::kBool, Type::kAny}),
            column("entries", types::oid::kInt8, {Type::kInt, Type::kAny})};
  return {};
}

std::unique_ptr<PortalBase> make_schema_portal(SessionImplementation& session, std::shared_ptr<const Statement> statement,
                                               std::vector<int16_t> formats) {
  auto schema = statement->schema;
  const bool lists = schema->kind == StatementKind::kShowIndexes || schema->kind == StatementKind::kShowConstraints;
  auto command = [&session, schema, lists] { return lists ? list(session, *schema) : define_aside(session, schema); };
  return std::make_unique<CommandPortal>(session, std::move(statement), std::move(formats), command, false, false);
}

}  // namespace elegraph::query
