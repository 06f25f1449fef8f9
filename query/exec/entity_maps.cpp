// SPDX-License-Identifier: Apache-2.0
#include "query/exec/entity_maps.h"

#include <fmt/format.h>

namespace elegraph::query::exec {

MapEntries entries_of(const Value& v, const State& state) {
  MapEntries out;
  const auto& catalog = state.context.graph->catalog();
  auto add = [&](KeyId key, const Value& value) { out.emplace_back(std::string(catalog.name(key)), value); };
  switch (v.type()) {
    case Type::kMap: return v.as_map();
    case Type::kNode: state.reader.properties(v.as_node(), add); return out;
    case Type::kRelationship: state.reader.properties(v.as_relationship(), add); return out;
    default:
      throw Error(sqlstate::kInvalidParameterValue,
                  fmt::format("expected a map, a node or a relationship, not {}", type_name(v.type())));
  }
}

void put_entry(MapEntries& entries, const std::string& key, const Value& v) {
  for (auto& [name, value] : entries)
    if (name == key) {
      value = v;
      return;
    }
  entries.emplace_back(key, v);
}

}  // namespace elegraph::query::exec
