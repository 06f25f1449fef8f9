// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "query/plan/physical.h"

namespace elegraph::query::plan {

// What is known of the rows that an operator gives.
struct Use {
  bool as_set = false;   // rows that are alike count once
  bool in_part = false;  // perhaps only the first of them are taken
};

// Of what `n`, whose own rows are used so, takes from its input, left or right.
Use use_of_input(const PhysicalNode& n, bool left, Use use);

}  // namespace elegraph::query::plan
