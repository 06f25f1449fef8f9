// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "query/plan/physical.h"
#include "query/plan/planner.h"

// What a pipeline reads and writes of the graph, to decide where a write must wait for all reads before it (the Halloween
// problem), or a read for all writes. Conservative.
namespace elegraph::query::plan {

// A set of names, or everything.
struct NameSet {
  bool all = false;
  std::vector<std::string> names;
  void add(const std::string& name) { names.push_back(name); }
  bool empty() const { return !all && names.empty(); }
  bool meets(const NameSet& o) const;
};

struct Effects {
  NameSet reads_labels;   // nodes found by label; `all`: any node
  NameSet checks_labels;  // of nodes that are found otherwise, by their relationships as a rule
  NameSet reads_types;    // relationships found by type
  NameSet reads_keys;
  NameSet writes_labels;   // of nodes made, or set; `all`: nodes without labels too
  NameSet changes_labels;  // of nodes that were there: among writes_labels too
  NameSet writes_types;
  NameSet writes_keys;
  bool makes_nodes = false;
  bool deletes = false;

  bool reads() const { return !reads_labels.empty() || !reads_types.empty() || !reads_keys.empty(); }
  bool writes() const {
    return makes_nodes || deletes || !writes_labels.empty() || !writes_types.empty() || !writes_keys.empty();
  }
};

// Of the operators that still run while rows reach `root`: what lies below a sort, an aggregate or a kEager is done.
Effects effects_of(const PhysicalNode& root, const index::IndexSet& indexes);
// Of all operators of a plan that runs once for each row.
Effects effects_of_subplan(const PhysicalNode& root, const index::IndexSet& indexes);
void add_reads(const BoundExpression& e, Effects& out);  // subplans read everything
// Whether what `writer` writes can change what `reader` reads.
bool interferes(const Effects& reader, const Effects& writer);

// Whether at most one row can come.
bool at_most_one_row(const PhysicalNode& root, const index::IndexSet& indexes);

}  // namespace elegraph::query::plan
