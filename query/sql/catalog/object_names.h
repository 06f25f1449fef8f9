// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "query/functions/registry.h"

// The oid of a named object, as casts to regclass, regtype and regnamespace give it, and back.
namespace elegraph::query::sql {

// `type` is the cast's: "regclass", ... Errors: 42P01, 42704, 3F000, 42883 where there is no such object.
int64_t object_oid(std::string_view type, std::string_view name, const FunctionContext& context);
// As SQL writes it; the number where there is no such object.
std::string object_name(std::string_view type, int64_t oid, const FunctionContext& context);

}  // namespace elegraph::query::sql
