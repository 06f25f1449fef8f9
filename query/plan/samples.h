// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

#include "query/plan/expression.h"
#include "storage/ids.h"
#include "storage/value.h"

namespace elegraph::query::plan {

struct PlanningContext;
struct SlotInfo;

// Values of properties that no index tells anything of: those of some hundred nodes of a label, or relationships of a type,
// from all over it. Lives for one plan_query call. REQUIRES: rcu::ReadGuard around all calls.
class Samples {
 public:
  explicit Samples(const PlanningContext& planning) : planning_(planning) {}

  // Nulls for those that do not have the property. Empty where nothing is known: the nodes and relationships are few, or
  // may be of any kind.
  const std::vector<Value>& of(const SlotInfo& info, KeyId key);

  // Of the relationships that nodes with the label `near` have, the share that leads to nodes with all of the labels `far`;
  // none where nothing is known.
  std::optional<double> far_share(LabelId near, RelTypeId type, Direction d, std::span<const LabelId> far);

 private:
  using Kind = std::pair<bool, uint32_t>;  // of relationships; the label's or the type's number

  bool find_kind(const SlotInfo& info, KeyId key, Kind& out) const;
  bool rarest_label(const SlotInfo& info, Kind& out) const;
  bool label_with(const SlotInfo& info, KeyId key, Kind& out) const;
  std::vector<Value> node_values(LabelId label, KeyId key) const;
  std::vector<Value> relationship_values(RelTypeId type, KeyId key) const;

  std::vector<NodeId> some_ends(LabelId near, RelTypeId type, Direction d) const;

  const PlanningContext& planning_;
  std::map<std::tuple<uint32_t, uint32_t, Direction>, std::vector<NodeId>> ends_;
  std::map<std::pair<Kind, uint32_t>, std::vector<Value>> known_;
};

}  // namespace elegraph::query::plan
