// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "query/plan/cost_model.h"
#include "query/plan/pattern_graph.h"
#include "query/plan/physical.h"

namespace elegraph::query::plan {

// One way to get at the nodes of a pattern node, or at the relationships of a pattern relationship.
struct AccessPath {
  // Or kLabelScan, kAnyLabelScan, kNodeIndexSeek, kNodeById, kRelationshipIndexSeek, kDistinct, kUnion
  NodeKind kind = NodeKind::kAllNodesScan;
  IndexId index;
  std::string index_label;             // or type
  std::vector<std::string> any_label;  // kAnyLabelScan
  std::vector<BoundPtr> equal;
  std::optional<IndexBound> lower, upper;
  BoundPtr in_list, prefix, id;
  // kDistinct: of a pattern that the nodes must be in. kUnion: of the paths to nodes with one and with another label.
  std::shared_ptr<PhysicalNode> plan;
  std::vector<uint32_t> consumed;  // predicates that hold for all of its rows
  std::vector<uint32_t> counted;   // those that its rows are counted by; some are looked at again
  bool single = false;             // at most one row
  double rows = 0;
  double cost = 0;
};

// The cheapest access path to `node` when the slots in `bound` have values.
AccessPath best_access(const StatementContext& context, const CostModel& costs, const PatternGraph& graph,
                       const PatternNode& node, const SlotSet& bound, const std::vector<SlotSet>& predicate_slots,
                       std::span<const SemiSide* const> semi_sides);  // by predicate, null for none

// The cheapest index seek for a relationship of a single type; nothing where no index serves what is asked of it.
std::optional<AccessPath> relationship_seek(const StatementContext& context, const CostModel& costs,
                                            const PatternGraph& graph, const PatternRelationship& relationship,
                                            const SlotSet& bound, const std::vector<SlotSet>& predicate_slots);

void set_seek(PhysicalNode& node, const AccessPath& path);  // kind, index and what is looked for
std::shared_ptr<PhysicalNode> make_access(const AccessPath& path, const PatternNode& node, const CostModel& costs);

}  // namespace elegraph::query::plan
