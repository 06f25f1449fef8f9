// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "query/functions/temporal/parts.h"
#include "storage/value.h"

// Readers of ISO 8601 texts: calendar, week, ordinal and quarter dates, truncated forms, basic and extended,
// zones as offset, [name] or both; durations in both forms. Errors: 22007 for what does not read, 22008 for a
// field out of its range.
namespace elegraph::query::temporal {

// `type` says which parts are wanted; absent ones are left empty. For kDateTime and kTime the zone may be
// absent. A space may stand for the T, as in PostgreSQL's texts.
Parts parse_parts(Type type, std::string_view text);
// A value of `type`; `default_zone` where the text names none.
Value parse(Type type, std::string_view text, uint16_t default_zone);
Value parse_duration(std::string_view text);
// PostgreSQL's interval texts, beside ISO's: "1 year 2 mons -3 days 04:05:06.7", "@ 1 day ago".
Value parse_interval(std::string_view text);

}  // namespace elegraph::query::temporal
