// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "index/index_set.h"
#include "query/plan/physical.h"
#include "storage/error.h"

namespace elegraph::query::plan {

// An index that a plan needs was dropped after the plan was made. Another plan can do without it: clients hear of this only
// where the statement has come too far to start over.
class StalePlan : public Error {
 public:
  StalePlan() : Error(sqlstate::kFeatureNotSupported, "an index that the statement uses was dropped while it ran") {
    hint = "Run it again: its next plan does without the index.";
  }
};

// Whether all indexes that a plan uses, its subqueries' too, are there. Inside an rcu::ReadGuard.
bool has_its_indexes(const PhysicalNode& root, const index::IndexSet& indexes);

}  // namespace elegraph::query::plan
