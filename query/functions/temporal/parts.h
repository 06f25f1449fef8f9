// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "query/functions/temporal/civil.h"
#include "storage/value.h"

namespace elegraph::query::temporal {

// A temporal value taken apart into local date, time of day and zone; what the type does not have is absent.
// The common form of construction, projection, truncation and differences. A plain value.
struct Parts {
  std::optional<int64_t> days;   // local date
  std::optional<int64_t> nanos;  // of the local day
  std::optional<uint16_t> zone;
  std::optional<int32_t> offset;  // at that instant, where the zone is known

  int64_t local_seconds() const { return days.value_or(0) * kSecondsPerDay + nanos.value_or(0) / kNanosPerSecond; }
  int32_t subsecond() const { return int32_t(nanos.value_or(0) % kNanosPerSecond); }
};

bool is_temporal(Type type);  // dates, times and datetimes; not durations
Parts parts_of(const Value& v);

// Puts a value of `type` together: an absent date is 1970-01-01, an absent time midnight, an absent zone UTC.
// Error 22008 for dates past the years -999999999 to 999999999.
Value assemble(Type type, const Parts& parts);
void check_days(int64_t days);

}  // namespace elegraph::query::temporal
