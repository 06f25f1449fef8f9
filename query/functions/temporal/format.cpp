// SPDX-License-Identifier: Apache-2.0
#include "query/functions/temporal/format.h"

#include <fmt/format.h>

#include <charconv>
#include <iterator>

#include "query/functions/temporal/civil.h"
#include "query/functions/temporal/parts.h"
#include "query/functions/temporal/zone_rules.h"

namespace elegraph::query::temporal {
namespace {

void append_number(std::string& out, int64_t n, char unit) {
  if (n != 0) fmt::format_to(std::back_inserter(out), "{}{}", n, unit);
}

// Seconds and nanoseconds with one sign: truncated towards zero.
void append_seconds(std::string& out, int64_t seconds, int64_t nanos) {
  if (seconds == 0 && nanos == 0) return;
  if (seconds == 0 && nanos < 0) out += '-';
  fmt::format_to(std::back_inserter(out), "{}", seconds);
  append_fraction(out, nanos < 0 ? -nanos : nanos);
  out += 'S';
}

char* write_two_digits(char* to, int n) {
  to[0] = char('0' + n / 10), to[1] = char('0' + n % 10);
  return to + 2;
}

}  // namespace

void append_two_digits(std::string& out, int64_t n) {
  out += char('0' + n / 10);
  out += char('0' + n % 10);
}

void append_fraction(std::string& out, int64_t nanos) {
  if (nanos == 0) return;
  char digits[10] = {'.'};
  int last = 0;
  for (int i = 9; i > 0; i--) {
    digits[i] = char('0' + nanos % 10);
    if (last == 0 && digits[i] != '0') last = i;
    nanos /= 10;
  }
  out.append(digits, size_t(last) + 1);
}

char* write_date(char* to, int64_t days) {
  const Civil c = civil_from_days(days);
  const int64_t year = c.year < 0 ? -c.year : c.year;
  if (c.year < 0) *to++ = '-';
  if (c.year > 9999) *to++ = '+';
  if (year > 9999)
    to = std::to_chars(to, to + kLongestDate, year).ptr;
  else
    to = write_two_digits(write_two_digits(to, int(year / 100)), int(year % 100));
  *to++ = '-';
  to = write_two_digits(to, c.month);
  *to++ = '-';
  return write_two_digits(to, c.day);
}

void append_date(std::string& out, int64_t days) {
  char buffer[kLongestDate];
  out.append(buffer, write_date(buffer, days));
}

void append_time(std::string& out, int64_t nanos) {
  int64_t seconds = nanos / kNanosPerSecond;
  append_two_digits(out, seconds / 3600);
  out += ':';
  append_two_digits(out, seconds / 60 % 60);
  if (nanos % (60 * kNanosPerSecond) == 0) return;
  out += ':';
  append_two_digits(out, seconds % 60);
  append_fraction(out, nanos % kNanosPerSecond);
}

void append_duration(std::string& out, const DurationObject& d) {
  size_t start = out.size();
  out += 'P';
  append_number(out, d.months / 12, 'Y');
  append_number(out, d.months % 12, 'M');
  append_number(out, d.days, 'D');
  if (d.seconds != 0 || d.nanos != 0) {
    out += 'T';
    int64_t seconds = d.seconds, nanos = d.nanos;
    if (seconds < 0 && nanos > 0) seconds++, nanos -= kNanosPerSecond;
    append_number(out, seconds / 3600, 'H');
    append_number(out, seconds / 60 % 60, 'M');
    append_seconds(out, seconds % 60, nanos);
  }
  if (out.size() == start + 1) out += "T0S";
}

void append_text(std::string& out, const Value& v) {
  if (v.type() == Type::kDuration) return append_duration(out, v.as_duration());
  Parts p = parts_of(v);
  if (p.days) append_date(out, *p.days);
  if (p.days && p.nanos) out += 'T';
  if (p.nanos) append_time(out, *p.nanos);
  if (p.zone) append_zone(out, *p.zone, *p.offset);
}

}  // namespace elegraph::query::temporal
