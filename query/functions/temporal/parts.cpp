// SPDX-License-Identifier: Apache-2.0
#include "query/functions/temporal/parts.h"

#include "query/functions/temporal/zone_rules.h"
#include "storage/error.h"
#include "storage/zones.h"

namespace elegraph::query::temporal {
namespace {

void set_local(Parts& p, int64_t seconds, int32_t nanos) {
  p.days = floor_div(seconds, kSecondsPerDay);
  p.nanos = floor_mod(seconds, kSecondsPerDay) * kNanosPerSecond + nanos;
}

}  // namespace

bool is_temporal(Type type) {
  return type == Type::kDate || type == Type::kLocalTime || type == Type::kTime || type == Type::kLocalDateTime ||
         type == Type::kDateTime;
}

Parts parts_of(const Value& v) {
  Parts p;
  switch (v.type()) {
    case Type::kDate: p.days = v.temporal(); break;
    case Type::kLocalTime: p.nanos = v.temporal(); break;
    case Type::kTime:
      p.nanos = v.temporal();
      p.offset = v.offset_seconds();
      p.zone = zones::fixed(v.offset_seconds());
      break;
    case Type::kLocalDateTime: set_local(p, v.temporal(), v.nanos()); break;
    case Type::kDateTime:
      p.zone = v.zone();
      p.offset = offset_at(v.zone(), v.temporal());
      set_local(p, v.temporal() + *p.offset, v.nanos());
      break;
    default: break;
  }
  return p;
}

void check_days(int64_t days) {
  if (days < kMinDays || days > kMaxDays)
    throw Error(sqlstate::kDatetimeOverflow, "date out of range").with_detail("Years go from -999999999 to 999999999.");
}

Value assemble(Type type, const Parts& p) {
  int64_t days = p.days.value_or(0), nanos = p.nanos.value_or(0);
  check_days(days);
  uint16_t zone = p.zone.value_or(0);
  switch (type) {
    case Type::kDate: return Value::date(days);
    case Type::kLocalTime: return Value::local_time(nanos);
    case Type::kTime: {
      // A named zone gives the offset that holds on that date.
      int32_t offset = p.offset ? *p.offset : int32_t(p.local_seconds() - utc_of_local(zone, p.local_seconds()));
      return Value::time(nanos, offset);
    }
    case Type::kLocalDateTime: return Value::local_datetime(p.local_seconds(), p.subsecond());
    default: {
      int64_t local = p.local_seconds();
      bool offset_holds = p.offset && offset_at(zone, local - *p.offset) == *p.offset;
      return Value::datetime(offset_holds ? local - *p.offset : utc_of_local(zone, local), p.subsecond(), zone);
    }
  }
}

}  // namespace elegraph::query::temporal
