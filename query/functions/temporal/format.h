// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "storage/value.h"

// Cypher's text forms of temporal values and durations, as toString gives and JSON carries.
namespace elegraph::query::temporal {

inline constexpr size_t kLongestDate = 16;
char* write_date(char* to, int64_t days);                         // as append_date; the end
void append_date(std::string& out, int64_t days);                 // 1984-10-11, -0044-03-15, +12345-01-01
void append_time(std::string& out, int64_t nanos);                // 12:31[:14[.645]]
void append_duration(std::string& out, const DurationObject& d);  // P1Y2M3DT4H5M6.7S
void append_text(std::string& out, const Value& v);               // any temporal value or duration

// ".645" without trailing zeros; nothing for 0.
void append_fraction(std::string& out, int64_t nanos);
void append_two_digits(std::string& out, int64_t n);

}  // namespace elegraph::query::temporal
