// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "storage/graph_interface.h"

namespace elegraph::query::plan {

// For tests: figures of a graph that is larger than the one there is, by a factor of its own for each label and type, so
// that small graphs are asked by plans which pay for large and uneven ones. What is found must not depend on it.
// Thread-safe.
class ImaginedStatistics final : public storage::Statistics {
 public:
  // The factors follow from `seed`.
  ImaginedStatistics(const storage::Statistics& real, uint32_t seed) : real_(&real), seed_(seed) {}

  uint64_t node_count() const override;
  uint64_t node_count(LabelId label) const override;
  uint64_t relationship_count() const override;
  uint64_t relationship_count(RelTypeId type) const override;
  uint64_t relationship_count(LabelId label, RelTypeId type, Direction d) const override;
  uint64_t end_count(RelTypeId type, Direction d) const override;

 private:
  uint64_t random(uint32_t of, uint32_t number) const;
  uint64_t factor(LabelId label) const;
  uint64_t factor(RelTypeId type) const;

  const storage::Statistics* real_;
  uint32_t seed_;
};

}  // namespace elegraph::query::plan
