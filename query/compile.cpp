// SPDX-License-Identifier: Apache-2.0
#include "query/compile.h"

#include <xxhash.h>

#include "query/column_types.h"
#include "query/command_cache.h"
#include "query/plan/planner.h"
#include "query/sql/classify.h"
#include "query/sql/parser.h"
#include "storage/rcu.h"

namespace elegraph::query {
namespace {

// What else a plan depends on goes into its key: declared types and the settings that change types.
void extend_key(cypher::Fingerprint& print, const CompileContext& context, std::span<const types::Oid> declared) {
  bool plain = !context.jsonb_results && context.parse.standard_conforming_strings && context.ranges.empty();
  for (types::Oid oid : declared) plain = plain && oid == 0;
  if (plain) return;
  print.key.push_back('\0');
  print.key.push_back(context.jsonb_results ? 'j' : 'n');
  print.key.push_back(context.parse.standard_conforming_strings ? 's' : 'c');
  print.key.append(context.ranges).push_back('\0');
  for (types::Oid oid : declared) print.key.append(reinterpret_cast<const char*>(&oid), sizeof oid);
  print.hash = XXH3_64bits(print.key.data(), print.key.size());
}

bool is_blank(std::string_view text) { return cypher::split_statements(text, {}).empty(); }

std::vector<StaticType> static_types(std::span<const types::Oid> oids) {
  std::vector<StaticType> out;
  for (types::Oid oid : oids)
    out.push_back(oid == 0 || oid == types::oid::kUnknown ? StaticType{Type::kNull} : types::static_type(oid));
  return out;
}

std::vector<StaticType> literal_types(std::span<const Value> literals) {
  std::vector<StaticType> out;
  for (auto& v : literals) out.push_back({v.type(), Type::kAny});
  return out;
}

// An array's type does not tell its dimensions, so that its elements may be lists as well. False where there is none.
bool open_elements(std::vector<StaticType>& types) {
  bool changed = false;
  for (StaticType& t : types)
    if (t.type == Type::kList && t.element != Type::kAny) t.element = Type::kAny, changed = true;
  return changed;
}

std::shared_ptr<const plan::Plan> planned_under_guard(const cypher::Statement& parsed,
                                                      const plan::PlanningContext& planning) {
  rcu::ReadGuard guard;
  return plan::plan_query(parsed, planning);
}

// Labels as SQL's tables.
class LabelTables final : public sql::TableNames {
 public:
  explicit LabelTables(const storage::Catalog& catalog) : catalog_(catalog) {}
  std::optional<std::vector<std::string>> columns(std::string_view table) const override {
    auto label = catalog_.find_label(table);
    if (!label) return std::nullopt;
    std::vector<std::string> names;
    for (KeyId key : catalog_.node_keys(*label)) names.emplace_back(catalog_.name(key));
    return names;
  }

 private:
  const storage::Catalog& catalog_;
};

std::shared_ptr<Statement> planned_statement(std::string_view text, std::span<const types::Oid> declared,
                                             std::shared_ptr<const plan::PlannedStatement> planned,
                                             std::vector<Value> literals) {
  auto statement = std::make_shared<Statement>();
  statement->kind = StatementClass::kPlanned;
  statement->source = text;
  statement->declared.assign(declared.begin(), declared.end());
  statement->parameter_types = planned->parameters;
  statement->planned = std::move(planned);
  statement->literals = std::move(literals);
  return statement;
}

std::shared_ptr<const Statement> compile_cypher(const CompileContext& context, std::string_view text,
                                                std::span<const types::Oid> declared) {
  cypher::Fingerprint print;
  cypher::fingerprint(text, context.parse, print);
  extend_key(print, context, declared);
  uint64_t epoch = context.database->graph().catalog().epoch();
  {
    rcu::ReadGuard guard;
    if (auto hit = context.database->plans.find(print.hash, print.key, epoch))
      return planned_statement(text, declared, std::move(hit), std::move(print.literals));
  }
  cypher::ParseOptions lifting = context.parse;
  lifting.lift_literals = true;
  std::shared_ptr<const cypher::Statement> parsed = cypher::parse(text, lifting);
  if (parsed->kind != cypher::StatementKind::kQuery) {
    auto statement = std::make_shared<Statement>();
    statement->kind = StatementClass::kSchema;
    statement->source = text;
    // Definitions are read without lifting: their names and options are no literals.
    statement->schema = cypher::parse(text, context.parse);
    return statement;
  }
  auto planned = plan_statement(context, *parsed, text, declared, print.literals);
  if (parsed->explain == cypher::ExplainMode::kNone && planned->plan->catalog_epoch == epoch)
    planned = context.database->plans.insert(print.hash, std::move(print.key), std::move(planned));
  auto statement = planned_statement(text, declared, std::move(planned), std::move(print.literals));
  statement->notices = statement->planned->plan->notices;
  return statement;
}

std::shared_ptr<const Statement> compile_sql(const CompileContext& context, std::string_view text,
                                             std::span<const types::Oid> declared) {
  // The text as it is, literals and all: what pools and drivers send again and again.
  cypher::Fingerprint print;
  print.key.assign("S").append(text);
  print.hash = XXH3_64bits(print.key.data(), print.key.size());
  extend_key(print, context, declared);
  uint64_t epoch = context.database->graph().catalog().epoch();
  {
    rcu::ReadGuard guard;
    if (auto hit = context.database->plans.find(print.hash, print.key, epoch))
      return planned_statement(text, declared, std::move(hit), {});
  }
  LabelTables tables(context.database->graph().catalog());
  std::shared_ptr<const sql::Statement> parsed = sql::parse(text, context.parse, &tables);
  if (parsed->lowered) {
    auto planned = plan_statement(context, *parsed->lowered, text, declared, {});
    if (parsed->lowered->explain == cypher::ExplainMode::kNone && planned->plan->catalog_epoch == epoch)
      planned = context.database->plans.insert(print.hash, std::move(print.key), std::move(planned));
    return planned_statement(text, declared, std::move(planned), {});
  }
  auto statement = std::make_shared<Statement>();
  statement->kind = parsed->kind == sql::StatementKind::kCopy ? StatementClass::kCopy : StatementClass::kCommand;
  statement->source = text;
  statement->command = std::move(parsed);
  if (statement->kind == StatementClass::kCommand && statement->command->nested.empty() &&
      statement->command->arguments.empty())
    command_cache::insert(statement);
  return statement;
}

// The cached plan of what EXPLAIN ANALYZE explains, so that it can share with those who run it.
void find_explained(const CompileContext& context, const cypher::Statement& parsed, std::string_view text,
                    std::span<const types::Oid> declared, plan::PlannedStatement& out) {
  if (parsed.explain != cypher::ExplainMode::kAnalyze || parsed.body_position == 0) return;
  cypher::Fingerprint print;
  cypher::fingerprint(text.substr(parsed.body_position), context.parse, print);
  extend_key(print, context, declared);
  rcu::ReadGuard guard;
  out.explained = context.database->plans.find(print.hash, print.key, context.database->graph().catalog().epoch());
  out.explained_literals = std::move(print.literals);
}

}  // namespace

std::shared_ptr<const plan::PlannedStatement> plan_statement(const CompileContext& context, const cypher::Statement& parsed,
                                                             std::string_view text, std::span<const types::Oid> declared,
                                                             std::span<const Value> literals) {
  auto declared_types = static_types(declared);
  auto lifted = literal_types(literals);
  plan::PlanningContext planning{};
  auto& graph = context.database->graph();
  planning.catalog = &graph.catalog();
  planning.statistics = &context.database->planned_by();
  planning.indexes = context.database->indexes.get();
  planning.graph = &graph;
  planning.procedures = context.database->procedures.get();
  planning.declared_parameters = declared_types;
  planning.lifted_literals = lifted;
  std::vector<Value> values(context.values.begin(), context.values.end());
  if (values.empty()) {
    values.resize(parsed.parameters.size());
    values.insert(values.end(), literals.begin(), literals.end());
  }
  planning.values = values;
  planning.text = text;
  planning.jsonb_results = context.jsonb_results;
  planning.interrupt = context.interrupt;

  auto planned = std::make_shared<plan::PlannedStatement>();
  try {
    planned->plan = planned_under_guard(parsed, planning);
  } catch (const Error& error) {
    if (error.sqlstate != sqlstate::kDatatypeMismatch || !open_elements(declared_types)) throw;
    planned->plan = planned_under_guard(parsed, planning);
  }
  planned->sharing = plan::sharing_of(*planned->plan);
  find_explained(context, parsed, text, declared, *planned);
  const plan::Plan& p = *planned->plan;
  if (p.explain != cypher::ExplainMode::kNone)
    planned->columns.push_back({"QUERY PLAN", types::oid::kText, -1, {Type::kString, Type::kAny}});
  for (size_t i = 0; i < p.columns.size() && p.explain == cypher::ExplainMode::kNone; i++) {
    auto& column = p.columns[i];
    types::Oid written = context.jsonb_results ? 0 : written_type(parsed, i);
    types::Oid oid = written ? written : types::result_oid(column.type, context.jsonb_results);
    const std::string* name = written_name(parsed, i);
    planned->columns.push_back({name ? *name : column.name, oid, types::type_length(oid), column.type});
    planned->slots.push_back(column.slot);
  }
  for (uint32_t i = 0; i < p.user_parameters; i++) {
    bool given = i < declared.size() && declared[i] != 0 && declared[i] != types::oid::kUnknown;
    planned->parameters.push_back(given ? declared[i] : types::result_oid(p.parameters[i], false));
  }
  for (auto& v : literals) planned->literals.push_back(types::result_oid({v.type(), Type::kAny}, false));
  return planned;
}

std::shared_ptr<const plan::PlannedStatement> find_cached(const CompileContext& context, std::string_view text,
                                                          cypher::Fingerprint& scratch) {
  if (sql::classify(text) != sql::Language::kCypher) return nullptr;
  cypher::fingerprint(text, context.parse, scratch);
  extend_key(scratch, context, {});
  rcu::ReadGuard guard;
  return context.database->plans.find(scratch.hash, scratch.key, context.database->graph().catalog().epoch());
}

std::shared_ptr<const Statement> compile(const CompileContext& context, std::string_view text,
                                         std::span<const types::Oid> declared) {
  if (auto command = command_cache::find(text)) return command;
  if (is_blank(text)) {
    auto statement = std::make_shared<Statement>();
    statement->source = text;
    return statement;
  }
  if (sql::classify(text) == sql::Language::kCypher) return compile_cypher(context, text, declared);
  return compile_sql(context, text, declared);
}

}  // namespace elegraph::query
