// SPDX-License-Identifier: Apache-2.0
// Cypher's schema statements: indexes, constraints and procedures.
#include "query/commands.h"
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
      rows->add({Value::string(d.name), Value::string(constraint_type(d)), entity, string_list({d.label}),
                 string_list(d.keys)});
    if (!constraints && d.constraint != ConstraintKind::kExists)
      rows->add({Value::string(d.name), Value::string(index->online() ? "ONLINE" : "POPULATING"),
                 Value::string("RANGE"), entity, string_list({d.label}), string_list(d.keys),
                 Value::boolean(index->unique()), Value::integer(int64_t(index->entries()))});
  }
  return rows;
}

ResultColumn column(std::string name, types::Oid oid, StaticType type) {
  return {std::move(name), oid, types::type_length(oid), type};
}

void refuse_in_block(SessionImplementation& session, std::string_view what) {
  if (session.transaction.explicit_block())
    throw Error(sqlstate::kActiveTransaction, std::string(what) + " cannot run inside a transaction block");
}

CommandPortal::Result run(SessionImplementation& session, const cypher::Statement& schema) {
  auto& indexes = *session.database.indexes;
  CommandPortal::Result result;
  bool constraint = schema.constraint || schema.definition.constraint != ConstraintKind::kNone;
  auto name_tag = [&](std::string_view verb) {
    return std::string(verb) + (constraint ? " CONSTRAINT" : " INDEX");
  };
  switch (schema.kind) {
    case StatementKind::kCreateIndex:
      result.tag = name_tag("CREATE");
      refuse_in_block(session, result.tag);
      if (!indexes.create(schema.definition, session.transaction.slot(),
                          [&session] { return session.interrupt.cancelled.load(std::memory_order_relaxed); }))
        session.notice("NOTICE", Error(sqlstate::kDuplicateObject, "an equal index or constraint exists, skipping"));
      return result;
    case StatementKind::kDropIndex:
      result.tag = name_tag("DROP");
      refuse_in_block(session, result.tag);
      if (!indexes.drop(schema.name, schema.constraint, schema.if_exists, session.transaction.slot()))
        session.notice("NOTICE", Error(sqlstate::kUndefinedObject, (schema.constraint ? "constraint \"" : "index \"") +
                                                                       schema.name + "\" does not exist, skipping"));
      return result;
    case StatementKind::kShowIndexes:
    case StatementKind::kShowConstraints:
      result.rows = show(indexes, schema.kind == StatementKind::kShowConstraints);
      result.tag = "SELECT";
      result.count_rows = true;
      return result;
    case StatementKind::kCreateProcedure:
      result.tag = "CREATE PROCEDURE";
      refuse_in_block(session, result.tag);
      session.database.procedures->create(
          define_procedure(session.database, schema, session.settings.standard_conforming_strings()), schema.or_replace,
          session.transaction.slot());
      return result;
    case StatementKind::kDropProcedure:
      result.tag = "DROP PROCEDURE";
      refuse_in_block(session, result.tag);
      if (!session.database.procedures->drop(schema.name, schema.if_exists, session.transaction.slot()))
        session.notice("NOTICE", Error(sqlstate::kUndefinedFunction, "procedure " + schema.name + " does not exist, skipping"));
      return result;
    case StatementKind::kQuery: break;
  }
  throw Error(sqlstate::kInternalError, "a query is no schema statement");
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

std::unique_ptr<PortalBase> make_schema_portal(SessionImplementation& session,
                                               std::shared_ptr<const Statement> statement,
                                               std::vector<int16_t> formats) {
  auto schema = statement->schema;
  bool slow = schema->kind != StatementKind::kShowIndexes && schema->kind != StatementKind::kShowConstraints;
  auto command = [&session, schema] { return run(session, *schema); };
  return std::make_unique<CommandPortal>(session, std::move(statement), std::move(formats), command, slow, false);
}

}  // namespace elegraph::query
