// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "query/plan/physical.h"
#include "query/plan/slot_set.h"

// Which slots flow where in a physical plan. Pure functions but for finish_plan.
namespace elegraph::query::plan {

SlotSet produced_by(const PhysicalNode& node);  // by this node alone
SlotSet read_by(const PhysicalNode& node);      // by this node's own expressions and fields
SlotSet produced_in(const PhysicalNode& root);  // by the whole tree
// The slots that a tree reads and does not make: those of the row that it runs for.
SlotSet outer_slots(const PhysicalNode& root);

// Whether `slot` is found by a scan or expansion of the tree in every row, so that it is never null.
bool always_bound(const PhysicalNode& root, Slot slot);

// Fills `live` of every node, subplans included, for a root whose rows are read at `needed`.
void fill_live(PhysicalNode& root, const SlotSet& needed);
// Numbers the nodes in pre-order (expression subplans after the node that holds them); returns how many there are.
uint32_t number_nodes(PhysicalNode& root, uint32_t first = 0);

}  // namespace elegraph::query::plan
