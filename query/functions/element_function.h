// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "query/functions/registry.h"

namespace elegraph::query {

// For a function that makes a list: one that takes an INTEGER behind the same arguments, and gives what the list has there
// without making it. Null where there is none. It has no name of its own.
const FunctionDef* element_function(const FunctionDef& makes_list);
// For one that makes a duration: one that takes a component's name behind the same arguments, and gives that component.
const FunctionDef* component_function(const FunctionDef& makes_duration, std::string_view component);

}  // namespace elegraph::query
