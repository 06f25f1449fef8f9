// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "query/functions/registry.h"
#include "query/functions/temporal/fields.h"
#include "storage/value.h"
#include "storage/vector.h"

// What date(), time(), datetime(), ... do with their argument (openCypher, "Temporal instants").
namespace elegraph::query::temporal {

// From a text, a map or another temporal value; `zone` where nothing names one.
Value build(Type type, const Value& from, const FunctionContext& context);
// The instant as `type`, on the clocks of `zone`.
Value at_instant(Type type, int64_t utc_seconds, int32_t nanos, uint16_t zone);
// {years: 1, months: 1.5, ...}
Value build_duration(const Value& map);
// T.truncate(unit, value, fields)
Value truncate(Type type, std::string_view unit, const Value& v, const Value* fields, const FunctionContext& context);

// duration.between and its kin. Values without a date take the other's, without a zone the other's, without a
// time midnight; two zones meet on the clocks of the first.
enum class Span : uint8_t { kAll, kMonths, kDays, kSeconds };
Value between(const Value& from, const Value& to, Span span);
// Of two dates, into months, days and seconds of `out`.
void between_dates(int64_t from, int64_t to, Span span, DurationObject& out);

// Columns of dates, of local and of zoned datetimes. False for anything else.
bool dates_of(const Vector& in, const uint16_t* rows, uint32_t count, Vector& out);  // date()
// date.truncate(); false for units that dates do not have, too.
bool truncate_vector(std::string_view unit, const Vector& in, const uint16_t* rows, uint32_t count, Vector& out);

}  // namespace elegraph::query::temporal
