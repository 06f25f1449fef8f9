// SPDX-License-Identifier: Apache-2.0
#include "query/functions/temporal/arithmetic.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "query/functions/temporal/civil.h"
#include "query/functions/temporal/parts.h"
#include "query/functions/vector_loops.h"
#include "storage/error.h"

namespace elegraph::query::temporal {
namespace {

[[noreturn]] void duration_overflow() { throw Error(sqlstate::kNumericOutOfRange, "duration out of range"); }

int64_t narrow(__int128_t n) {
  if (n < std::numeric_limits<int64_t>::min() || n > std::numeric_limits<int64_t>::max()) duration_overflow();
  return int64_t(n);
}

__int128_t total_nanos(const DurationObject& d) { return __int128_t(d.seconds) * kNanosPerSecond + d.nanos; }

// Seconds since the epoch that are out of any calendar's range stop here, before they overflow.
int64_t checked_days(__int128_t days) {
  if (days < kMinDays || days > kMaxDays) check_days(kMaxDays + 1);
  return int64_t(days);
}

int64_t checked_seconds(__int128_t seconds) {
  if (seconds < kMinDays * kSecondsPerDay || seconds >= (kMaxDays + 1) * kSecondsPerDay) check_days(kMaxDays + 1);
  return int64_t(seconds);
}

__int128_t floor_div128(__int128_t a, int64_t b) { return a / b - (a % b < 0); }

__int128_t whole(long double v) {
  if (!(std::fabs(v) < 1e37L)) duration_overflow();
  return __int128_t(v);
}

Value add_to_time(const Value& t, const DurationObject& d, int sign) {
  __int128_t nanos = __int128_t(t.temporal()) + sign * total_nanos(d);
  int64_t day = int64_t(nanos - floor_div128(nanos, kNanosPerDay) * kNanosPerDay);
  return t.type() == Type::kTime ? Value::time(day, t.offset_seconds()) : Value::local_time(day);
}

// What a duration adds to dates: months, then days.
struct DateStep {
  __int128_t months, days;

  // The time part counts in whole days, truncated.
  DateStep(const DurationObject& d, int sign)
      : months(sign * __int128_t(d.months)), days(sign * (__int128_t(d.days) + total_nanos(d) / kNanosPerDay)) {}
  int64_t from(int64_t date) const { return checked_days((months == 0 ? date : add_months(date, months)) + days); }
};

void add_to_dates(const Vector& dates, const DateStep& step, const uint16_t* rows, uint32_t count, Vector& out) {
  out.reset(Type::kDate);
  const int64_t* from = dates.data<int64_t>();
  int64_t* to = out.mutable_data<int64_t>();
  for_valid(dates, rows, count, out, [&](uint32_t row) { to[row] = step.from(from[row]); });
}

// False where microseconds do not hold a result.
bool add_to_instants(const Vector& in, const DurationObject& d, int sign, const uint16_t* rows, uint32_t count,
                     Vector& out) {
  if (d.nanos % kNanosPerMicro != 0) return false;
  const __int128_t months = sign * __int128_t(d.months), days = sign * __int128_t(d.days),
                   micros = sign * (total_nanos(d) / kNanosPerMicro);
  out.reset(in.type());
  const int64_t* from = in.data<int64_t>();
  int64_t* to = out.mutable_data<int64_t>();
  bool fits = true;
  for_valid(in, rows, count, out, [&](uint32_t row) {
    const int64_t day = floor_div(from[row], kMicrosPerDay), rest = from[row] - day * kMicrosPerDay;
    const __int128_t moved = (months == 0 ? day : add_months(day, months)) + days;
    const __int128_t sum = moved * kMicrosPerDay + rest + micros;
    to[row] = int64_t(sum);
    fits &= sum == to[row];
  });
  return fits;
}

bool add_to_values(const Vector& in, const DurationObject& d, int sign, const uint16_t* rows, uint32_t count, Vector& out) {
  out.reset(Type::kAny);
  for (uint32_t i = 0; i < count; i++) {
    const uint32_t row = rows ? rows[i] : i;
    const Value& v = in.data<Value>()[row];
    if (is_temporal(v.type()))
      out.set(row, add(v, d, sign));
    else if (!v.is_null())
      return false;
  }
  return true;
}

}  // namespace

int64_t add_months(int64_t days, __int128_t months) {
  constexpr int64_t kMost = 2 * 12 * (kMaxYear + 1);  // more leave any year
  if (months < -kMost || months > kMost) check_days(kMaxDays + 1);
  Civil c = civil_from_days(days);
  int64_t index = int64_t(months) + c.year * 12 + (c.month - 1);
  int64_t year = floor_div(index, 12);
  if (year < -kMaxYear || year > kMaxYear) check_days(kMaxDays + 1);
  int month = int(index - year * 12) + 1;
  return days_from_civil(year, month, std::min(c.day, days_in_month(year, month)));
}

bool add_vector(const Vector& in, const Vector& duration, int sign, const uint16_t* rows, uint32_t count, Vector& out) {
  if (in.constant()) return false;
  if (duration.type() != Type::kAny || !duration.constant() || !duration.valid(0)) return false;
  const Value& d = duration.data<Value>()[0];
  if (d.type() != Type::kDuration) return false;
  if (Vector::is_instant(in.type())) return add_to_instants(in, d.as_duration(), sign, rows, count, out);
  if (in.type() == Type::kAny) return add_to_values(in, d.as_duration(), sign, rows, count, out);
  if (in.type() != Type::kDate) return false;
  add_to_dates(in, DateStep(d.as_duration(), sign), rows, count, out);
  return true;
}

Value add(const Value& v, const DurationObject& d, int sign) {
  if (v.type() == Type::kTime || v.type() == Type::kLocalTime) return add_to_time(v, d, sign);
  if (v.type() == Type::kDate) return Value::date(DateStep(d, sign).from(v.temporal()));
  // Months and days move the local date; the rest is added to the instant.
  Value moved = v;
  if (d.months != 0 || d.days != 0) {
    Parts p = parts_of(v);
    p.days = checked_days(__int128_t(add_months(*p.days, sign * __int128_t(d.months))) + sign * __int128_t(d.days));
    moved = assemble(v.type(), p);
  }
  int64_t nanos = moved.nanos() + sign * int64_t(d.nanos);
  int64_t carry = floor_div(nanos, kNanosPerSecond);
  int64_t seconds = checked_seconds(moved.temporal() + sign * __int128_t(d.seconds) + carry);
  int32_t rest = int32_t(nanos - carry * kNanosPerSecond);
  return v.type() == Type::kDateTime ? Value::datetime(seconds, rest, v.zone()) : Value::local_datetime(seconds, rest);
}

Value make_duration(__int128_t months, __int128_t days, __int128_t nanos) {
  __int128_t seconds = floor_div128(nanos, kNanosPerSecond);
  return Value::duration(narrow(months), narrow(days), narrow(seconds), int32_t(nanos - seconds * kNanosPerSecond));
}

Value make_fractional_duration(long double months, long double days, long double nanos) {
  __int128_t whole_months = whole(months);
  // Rounding here keeps what a decimal fraction meant: 0.75 months is 1972309.5 seconds, not a bit less.
  __int128_t month_nanos = whole(std::round((months - (long double)whole_months) * kSecondsPerMonth * kNanosPerSecond));
  __int128_t whole_days = whole(days);
  __int128_t day_nanos = whole(std::round((days - (long double)whole_days) * kNanosPerDay));
  return make_duration(whole_months, whole_days + month_nanos / kNanosPerDay,
                       month_nanos % kNanosPerDay + day_nanos + whole(std::round(nanos)));
}

Value sum(const DurationObject& a, const DurationObject& b, int sign) {
  return make_duration(__int128_t(a.months) + sign * __int128_t(b.months), __int128_t(a.days) + sign * __int128_t(b.days),
                       total_nanos(a) + sign * total_nanos(b));
}

Value scale(const DurationObject& d, double factor) {
  return make_fractional_duration((long double)d.months * factor, (long double)d.days * factor,
                                  (long double)total_nanos(d) * factor);
}

}  // namespace elegraph::query::temporal
