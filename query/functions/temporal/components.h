// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "storage/value.h"

namespace elegraph::query::temporal {

// d.year, t.offsetMinutes, ... Error 22023 for a component that values of this type do not have.
Value component(const Value& v, std::string_view name);
Value duration_component(const DurationObject& d, std::string_view name);

}  // namespace elegraph::query::temporal
