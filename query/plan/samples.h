// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

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

 private:
  using Kind = std::pair<bool, uint32_t>;  // of relationships; the label's or the type's number

  bool find_kind(const SlotInfo& info, KeyId key, Kind& out) const;
  bool rarest_label(const SlotInfo& info, Kind& out) const;
  bool label_with(const SlotInfo& info, KeyId key, Kind& out) const;
  std::vector<Value> node_values(LabelId label, KeyId key) const;
  std::vector<Value> relationship_values(RelTypeId type, KeyId key) const;

  const PlanningContext& planning_;
  std::map<std::pair<Kind, uint32_t>, std::vector<Value>> known_;
};

}  // namespace elegraph::query::plan
