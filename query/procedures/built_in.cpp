// SPDX-License-Identifier: Apache-2.0
// The procedures that are there without being declared: what a graph is made of.
#include "query/database.h"
#include "query/procedures/memory.h"
#include "query/procedures/procedure.h"
#include "query/version.h"

namespace elegraph::query {
namespace {

using Rows = Procedure::Rows;

Rows labels(GraphDatabase& database, std::span<const Value>) {
  auto& graph = database.graph();
  Rows rows;
  for (uint32_t i = 0; i < graph.catalog().label_count(); i++)
    if (graph.statistics().node_count(LabelId(i)) > 0) rows.push_back({Value::string(graph.catalog().name(LabelId(i)))});
  return rows;
}

Rows relationship_types(GraphDatabase& database, std::span<const Value>) {
  auto& graph = database.graph();
  Rows rows;
  for (uint32_t i = 0; i < graph.catalog().rel_type_count(); i++)
    if (graph.statistics().relationship_count(RelTypeId(i)) > 0)
      rows.push_back({Value::string(graph.catalog().name(RelTypeId(i)))});
  return rows;
}

Rows property_keys(GraphDatabase& database, std::span<const Value>) {
  auto& catalog = database.graph().catalog();
  Rows rows;
  for (uint32_t i = 0; i < catalog.key_count(); i++) rows.push_back({Value::string(catalog.name(KeyId(i)))});
  return rows;
}

Rows components(GraphDatabase&, std::span<const Value>) {
  return {{Value::string("Elegraph"), Value::list({Value::string(kVersion)}), Value::string("community")}};
}

Rows procedures(GraphDatabase& database, std::span<const Value>) {
  Rows rows;
  for (const ProcedurePtr& p : database.procedures->all())
    rows.push_back({Value::string(p->definition.name), Value::string(signature_text(p->definition)),
                    Value::string(p->definition.writes ? "WRITE" : "READ"), Value::boolean(p->built_in != nullptr)});
  return rows;
}

ProcedurePtr make(std::string name, std::vector<ProcedureDefinition::Field> outputs, Procedure::BuiltIn function) {
  ProcedureDefinition d;
  d.name = std::move(name), d.outputs = std::move(outputs);
  return std::make_shared<Procedure>(std::move(d), function);
}

}  // namespace

std::span<const ProcedurePtr> built_in_procedures() {
  static const std::vector<ProcedurePtr> kAll = {
      make("db.labels", {{"label", "STRING"}}, labels),
      make("db.relationshipTypes", {{"relationshipType", "STRING"}}, relationship_types),
      make("db.propertyKeys", {{"propertyKey", "STRING"}}, property_keys),
      make("db.memory", {{"area", "STRING"}, {"bytes", "INTEGER"}}, memory_rows),
      make("dbms.components", {{"name", "STRING"}, {"versions", "LIST<STRING>"}, {"edition", "STRING"}}, components),
      make("dbms.procedures", {{"name", "STRING"}, {"signature", "STRING"}, {"mode", "STRING"}, {"builtIn", "BOOLEAN"}},
           procedures),
  };
  return kAll;
}

}  // namespace elegraph::query
