// SPDX-License-Identifier: Apache-2.0
#include "query/plan/imagined_statistics.h"

#include <algorithm>
#include <iterator>
#include <random>

namespace elegraph::query::plan {

namespace {

enum Of : uint32_t { kAllNodes, kLabel, kAllRelationships, kType, kEnds };

}  // namespace

uint64_t ImaginedStatistics::factor(uint32_t of, uint32_t number) const {
  constexpr uint64_t kFactors[] = {1, 1, 30, 1'000, 30'000, 1'000'000};
  std::seed_seq sequence{seed_, of, number};
  return kFactors[std::mt19937(sequence)() % std::size(kFactors)];
}

uint64_t ImaginedStatistics::node_count() const { return real_->node_count() * factor(kAllNodes, 0); }
uint64_t ImaginedStatistics::node_count(LabelId label) const {
  return real_->node_count(label) * factor(kLabel, label.value);
}
uint64_t ImaginedStatistics::relationship_count() const {
  return real_->relationship_count() * factor(kAllRelationships, 0);
}
uint64_t ImaginedStatistics::relationship_count(RelTypeId type) const {
  return real_->relationship_count(type) * factor(kType, type.value);
}
uint64_t ImaginedStatistics::relationship_count(LabelId label, RelTypeId type, Direction d) const {
  return real_->relationship_count(label, type, d) * factor(kType, type.value);
}
uint64_t ImaginedStatistics::end_count(RelTypeId type, Direction d) const {
  return real_->end_count(type, d) * std::min(factor(kType, type.value), factor(kEnds, type.value));
}

}  // namespace elegraph::query::plan
