// SPDX-License-Identifier: Apache-2.0
#include "query/functions/faults.h"
#include "query/functions/temporal/arithmetic.h"
#include "query/functions/temporal/build.h"
#include "query/functions/temporal/zone_rules.h"

namespace elegraph::query::temporal {
namespace {

// A local date and time, with the zone that tells its instant.
struct Moment {
  int64_t days;
  int64_t nanos;  // of the day
  std::optional<uint16_t> zone;
  std::optional<int32_t> offset;

  int64_t utc_seconds() const {
    int64_t local = days * kSecondsPerDay + nanos / kNanosPerSecond;
    if (!zone) return local;
    if (offset && offset_at(*zone, local - *offset) == *offset) return local - *offset;
    return utc_of_local(*zone, local);
  }
  __int128_t local_nanos() const { return __int128_t(days) * kNanosPerDay + nanos; }
  __int128_t utc_nanos() const { return __int128_t(utc_seconds()) * kNanosPerSecond + nanos % kNanosPerSecond; }
};

Moment moment_of(const Parts& p, const Parts& other) {
  return {p.days.value_or(other.days.value_or(0)), p.nanos.value_or(0), p.zone ? p.zone : other.zone, p.offset};
}

Moment in_zone(const Moment& m, uint16_t zone) {
  int64_t utc = m.utc_seconds();
  int32_t offset = offset_at(zone, utc);
  int64_t local = utc + offset;
  return {floor_div(local, kSecondsPerDay), floor_mod(local, kSecondsPerDay) * kNanosPerSecond + m.nanos % kNanosPerSecond,
          zone, offset};
}

// Whole months from a to b, towards zero: a month is complete when its day and time of day are reached.
int64_t months_between(const Moment& a, const Moment& b) {
  int64_t end = b.days;
  if (end > a.days && b.nanos < a.nanos)
    end--;
  else if (end < a.days && b.nanos > a.nanos)
    end++;
  Civil x = civil_from_days(a.days), y = civil_from_days(end);
  // Days in units of 1/32 month: the division counts a month only from the same day on.
  return (((y.year - x.year) * 12 + (y.month - x.month)) * 32 + (y.day - x.day)) / 32;
}

Value difference(Moment a, const Moment& b) {
  int64_t months = months_between(a, b);
  a.days = add_months(a.days, months);
  int64_t days = int64_t((b.local_nanos() - a.local_nanos()) / kNanosPerDay);
  a.days += days;
  return make_duration(months, days, b.utc_nanos() - a.utc_nanos());
}

}  // namespace

void between_dates(int64_t from, int64_t to, Span span, DurationObject& out) {
  const bool whole_months = span == Span::kMonths || span == Span::kAll;
  out.months = whole_months ? months_between({from, 0, {}, {}}, {to, 0, {}, {}}) : 0;
  out.days = span == Span::kDays ? to - from : span == Span::kAll ? to - add_months(from, out.months) : 0;
  out.seconds = span == Span::kSeconds ? (to - from) * kSecondsPerDay : 0;
}

Value between(const Value& from, const Value& to, Span span) {
  if (!is_temporal(from.type())) wrong_argument("a difference of instants", from);
  if (!is_temporal(to.type())) wrong_argument("a difference of instants", to);
  Parts p = parts_of(from), q = parts_of(to);
  Moment a = moment_of(p, q), b = moment_of(q, p);
  if (a.zone && b.zone) b = in_zone(b, *a.zone);
  switch (span) {
    case Span::kMonths: return make_duration(months_between(a, b), 0, 0);
    case Span::kDays: return make_duration(0, (b.local_nanos() - a.local_nanos()) / kNanosPerDay, 0);
    case Span::kSeconds: return make_duration(0, 0, b.utc_nanos() - a.utc_nanos());
    case Span::kAll: break;
  }
  return difference(a, b);
}

}  // namespace elegraph::query::temporal
