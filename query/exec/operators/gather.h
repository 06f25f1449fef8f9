// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "query/exec/operator.h"

namespace elegraph::query::exec {

// The operator for `node`, the top of a pipeline whose rows go on one after the other. Where much is read for each row
// that it gives, copies of it run side by side: the rows that they made within some milliseconds are kept and handed on,
// and the copies go on from where they are when more is wanted. Rows come in any order then.
OperatorPtr make_gathered(const plan::PhysicalNode& node, BuildContext& build);

// The same for parts of an operator, `node`, that does the same once more with the rows of all of them: what comes of its
// input where `make` gives the part.
using MakePart = std::function<OperatorPtr(BuildContext&)>;
OperatorPtr gather_parts(const plan::PhysicalNode& node, BuildContext& build, MakePart make);
// Whether that is worth it. Otherwise the operator is to take its input itself.
bool can_gather_parts(const plan::PhysicalNode& node, const BuildContext& build);

}  // namespace elegraph::query::exec
