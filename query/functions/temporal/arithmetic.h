// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "storage/value.h"
#include "storage/vector.h"

// Arithmetic of durations and temporal values as openCypher's CIP2015-08-06 has it: months first (the day is
// cut to the month's length), then days, then seconds; components never carry over into greater ones. Errors:
// 22008 when a result is out of range, 22003 when a duration's component is.
namespace elegraph::query::temporal {

Value add(const Value& instant, const DurationObject& d, int sign);
Value sum(const DurationObject& a, const DurationObject& b, int sign);  // a + sign * b
// Fractions of months and days flow into days and seconds.
Value scale(const DurationObject& d, double factor);

// Months and days as they are; nanoseconds become seconds and nanoseconds.
Value make_duration(__int128_t months, __int128_t days, __int128_t nanos);
// Fractions of months go into seconds at the average month's length and from there into days; fractions of
// days go into seconds.
Value make_fractional_duration(long double months, long double days, long double nanos);
// A column of dates, times or datetimes moved by a duration that is the same for all, as add() does it. False for anything
// else.
bool add_vector(const Vector& in, const Vector& duration, int sign, const uint16_t* rows, uint32_t count, Vector& out);
int64_t add_months(int64_t days, __int128_t months);  // to a date; the day is cut to the month's length

}  // namespace elegraph::query::temporal
