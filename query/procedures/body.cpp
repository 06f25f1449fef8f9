// SPDX-License-Identifier: Apache-2.0
#include "query/procedures/body.h"

#include <algorithm>

#include "query/sql/classify.h"
#include "storage/error.h"

namespace elegraph::query {
namespace {

using Field = ProcedureSignature::Field;

bool scalar(Type t) { return t <= Type::kDuration || t == Type::kNumeric || t == Type::kUuid; }

// What the body's parameters are declared as; jsonb stands for any value.
types::Oid parameter_oid(const StaticType& type) {
  return scalar(type.type) && type.type != Type::kNull ? types::result_oid(type, false) : types::oid::kJsonb;
}

// $name, or $1 for the first argument.
uint32_t argument_of(const ProcedureSignature& s, const std::string& parameter) {
  for (uint32_t i = 0; i < s.inputs.size(); i++)
    if (s.inputs[i].name == parameter) return i;
  if (parameter.find_first_not_of("0123456789") == std::string::npos && parameter.size() < 4) {
    auto number = uint32_t(std::stoul(parameter));
    if (number > 0 && number <= s.inputs.size()) return number - 1;
  }
  throw Error(sqlstate::kUndefinedParameter,
              "procedure " + s.name + " has no argument for the parameter $" + parameter + " of its body");
}

std::vector<plan::Slot> output_slots(const ProcedureSignature& s, const plan::Plan& plan) {
  std::vector<plan::Slot> out;
  for (const Field& f : s.outputs) {
    auto column = std::ranges::find(plan.columns, f.name, &plan::ColumnDescription::name);
    if (column == plan.columns.end())
      throw Error(sqlstate::kUndefinedColumn, "the body of procedure " + s.name + " returns no column \"" + f.name + "\"");
    out.push_back(column->slot);
  }
  return out;
}

// Planned once to learn the parameters' names, then with their declared types.
std::shared_ptr<const Statement> compile_typed(const CompileContext& context, const Procedure& p) {
  const std::string& text = p.definition.body;
  if (sql::classify(text) != sql::Language::kCypher)
    throw Error(sqlstate::kSyntaxError, "the body of procedure " + p.definition.name + " is no Cypher query");
  auto parsed = cypher::parse(text, context.parse);
  std::vector<types::Oid> declared;
  for (const std::string& name : parsed->parameters)
    declared.push_back(parameter_oid(p.signature->inputs[argument_of(*p.signature, name)].type));
  return compile(context, text, declared);
}

std::vector<ProcedureDefinition::Field> fields(const std::vector<cypher::Statement::Argument>& arguments) {
  std::vector<ProcedureDefinition::Field> out;
  for (const auto& a : arguments) out.push_back({a.name, a.type});
  return out;
}

}  // namespace

ProcedureBody compile_body(GraphDatabase& database, const Procedure& p) {
  CompileContext context{};
  context.database = &database;
  context.parse.standard_conforming_strings = p.definition.standard_conforming_strings;
  ProcedureBody body;
  body.epoch = database.graph().catalog().epoch();
  body.statement = compile_typed(context, p);
  if (body.statement->kind != StatementClass::kPlanned ||
      body.statement->planned->plan->explain != cypher::ExplainMode::kNone)
    throw Error(sqlstate::kSyntaxError, "the body of procedure " + p.definition.name + " is no query");
  const plan::Plan& plan = *body.statement->planned->plan;
  for (const std::string& name : plan.parameter_names) body.arguments.push_back(argument_of(*p.signature, name));
  body.outputs = output_slots(*p.signature, plan);
  return body;
}

ProcedurePtr define_procedure(GraphDatabase& database, const cypher::Statement& declaration,
                              bool standard_conforming_strings) {
  ProcedureDefinition d;
  d.name = declaration.name;
  d.inputs = fields(declaration.inputs), d.outputs = fields(declaration.outputs);
  d.body = declaration.body;
  d.standard_conforming_strings = standard_conforming_strings;
  try {
    ProcedureBody body = compile_body(database, Procedure(d));
    d.writes = body.statement->planned->plan->writes;
    d.deterministic = body.statement->planned->plan->same_in_all_sessions;
  } catch (Error& e) {
    // It counts in the body, the client has the whole statement.
    e.position.reset();
    if (e.detail.empty()) e.detail = "It is in the body of procedure " + d.name + ".";
    throw;
  }
  return std::make_shared<Procedure>(std::move(d));
}

}  // namespace elegraph::query
