// SPDX-License-Identifier: Apache-2.0
#include "query/functions/families.h"

namespace elegraph::query {

std::span<const FunctionDef> families::temporal() { return {}; }

}  // namespace elegraph::query
