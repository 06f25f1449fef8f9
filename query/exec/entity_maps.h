// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "query/exec/state.h"

namespace elegraph::query::exec {

using MapEntries = std::vector<std::pair<std::string, Value>>;

// A map's entries, or a node's or relationship's properties, in an order that is stable. Errors: 22023 for anything else.
MapEntries entries_of(const Value& v, const State& state);

// Adds the entry, or replaces the value of the one with this key.
void put_entry(MapEntries& entries, const std::string& key, const Value& v);

}  // namespace elegraph::query::exec
