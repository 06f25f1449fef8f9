// SPDX-License-Identifier: Apache-2.0
#include "query/plan/imagined_statistics.h"

#include <algorithm>
#include <iterator>
#include <random>

namespace elegraph::query::plan {

namespace {

enum Of : uint32_t { kLabel, kType, kEnds };

// Nodes have many relationships as a rule.
constexpr uint64_t kNodeFactors[] = {1, 30, 1'000, 30'000};
constexpr uint64_t kRelationshipFactors[] = {30, 1'000, 30'000, 1'000'000};

}  // namespace

uint64_t ImaginedStatistics::random(uint32_t of, uint32_t number) const {
  std::seed_seq sequence{seed_, of, number};
  return std::mt19937(sequence)();
}
uint64_t ImaginedStatistics::factor(LabelId label) const {
  return kNodeFactors[random(kLabel, label.value) % std::size(kNodeFactors)];
}
uint64_t ImaginedStatistics::factor(RelTypeId type) const {
  return kRelationshipFactors[random(kType, type.value) % std::size(kRelationshipFactors)];
}

uint64_t ImaginedStatistics::node_count() const { return real_->node_count() * std::ranges::max(kNodeFactors); }
uint64_t ImaginedStatistics::node_count(LabelId label) const { return real_->node_count(label) * factor(label); }
uint64_t ImaginedStatistics::relationship_count() const {
  return real_->relationship_count() * std::ranges::max(kRelationshipFactors);
}
uint64_t ImaginedStatistics::relationship_count(RelTypeId type) const {
  return real_->relationship_count(type) * factor(type);
}
uint64_t ImaginedStatistics::relationship_count(LabelId label, RelTypeId type, Direction d) const {
  return real_->relationship_count(label, type, d) * factor(type);
}
uint64_t ImaginedStatistics::end_count(RelTypeId type, Direction d) const {
  const uint64_t ends = kNodeFactors[random(kEnds, type.value) % std::size(kNodeFactors)];
  return real_->end_count(type, d) * std::min(factor(type), ends);
}

}  // namespace elegraph::query::plan
