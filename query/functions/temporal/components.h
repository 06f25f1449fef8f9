// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "storage/value.h"
#include "storage/vector.h"

namespace elegraph::query::temporal {

// d.year, t.offsetMinutes, ... Error 22023 for a component that values of this type do not have.
Value component(const Value& v, std::string_view name);
// The same of a column, with the component looked up once. False where the rows are not all temporal values whose
// component is a number: `out` holds anything then, and going row by row finds the row for an error.
bool component_vector(const Vector& in, std::string_view name, const uint16_t* rows, uint32_t count, Vector& out);

// Of durations: those that any duration has, for the sum of all nanoseconds may be too large. Null for other names.
using WholeComponent = int64_t (*)(const DurationObject&);
WholeComponent whole_component(std::string_view name);
Value duration_component(const DurationObject& d, std::string_view name);

}  // namespace elegraph::query::temporal
