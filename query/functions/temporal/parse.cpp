// SPDX-License-Identifier: Apache-2.0
#include "query/functions/temporal/parse.h"

#include <fmt/format.h>

#include <string>

#include "query/functions/temporal/scanner.h"
#include "query/functions/temporal/zone_rules.h"
#include "storage/error.h"
#include "storage/zones.h"

namespace elegraph::query::temporal {
namespace {

std::string_view named(Type type) { return type_name(type); }

[[noreturn]] void unreadable(Type type, std::string_view text) {
  throw Error(sqlstate::kInvalidDatetime,
              fmt::format("invalid input syntax for type {}: \"{}\"", named(type), text.substr(0, 200)));
}

[[noreturn]] void out_of_range(std::string_view text) {
  throw Error(sqlstate::kDatetimeOverflow, fmt::format("date/time field value out of range: \"{}\"", text.substr(0, 200)));
}

bool read_year(Scanner& s, int64_t& year) {
  bool negative = s.peek() == '-';
  if (s.take_any("+-")) {
    size_t n = s.digits_ahead();
    if (n < 1 || n > 9 || !s.digits(n, year)) return false;
    if (negative) year = -year;
    return true;
  }
  // More than four digits are a longer year only where a dash follows: 12345-01-01.
  size_t n = s.digits_ahead();
  return s.digits(n > 4 && n <= 9 && s.peek(n) == '-' ? n : 4, year);
}

bool week_form(Scanner& s, int64_t year, int64_t& days) {
  int64_t week, day = 1;
  if (!s.digits(2, week)) return false;
  bool more = s.peek() == '-' ? Scanner::is_digit(s.peek(1)) : Scanner::is_digit(s.peek());
  if (more) {
    s.take('-');
    if (!s.digits(1, day)) return false;
  }
  if (week < 1 || week > weeks_in_year(year) || day < 1 || day > 7) out_of_range(s.text());
  days = week_year_start(year) + (week - 1) * 7 + day - 1;
  return true;
}

bool quarter_form(Scanner& s, int64_t year, int64_t& days) {
  int64_t quarter, day = 1;
  if (!s.digits(1, quarter)) return false;
  bool more = s.peek() == '-' ? Scanner::is_digit(s.peek(1)) : Scanner::is_digit(s.peek());
  if (more) {
    s.take('-');
    if (!s.digits(2, day)) return false;
  }
  if (quarter < 1 || quarter > 4 || day < 1 || day > days_in_quarter(year, int(quarter))) out_of_range(s.text());
  days = quarter_start(year, int(quarter)) + day - 1;
  return true;
}

bool ordinal_form(Scanner& s, int64_t year, int64_t& days) {
  int64_t day;
  if (!s.digits(3, day)) return false;
  if (day < 1 || day > days_in_year(year)) out_of_range(s.text());
  days = days_from_civil(year, 1, 1) + day - 1;
  return true;
}

bool calendar_form(Scanner& s, int64_t year, bool extended, int64_t& days) {
  int64_t month, day = 1;
  if (!s.digits(2, month)) return false;
  if (extended ? s.take('-') : Scanner::is_digit(s.peek()))
    if (!s.digits(2, day)) return false;
  if (month < 1 || month > 12 || day < 1 || day > days_in_month(year, int(month))) out_of_range(s.text());
  days = days_from_civil(year, int(month), int(day));
  return true;
}

bool read_date(Scanner& s, int64_t& days) {
  int64_t year;
  if (!read_year(s, year)) return false;
  // A dash that begins an offset belongs to no date ("2015T...": never reached; "2015-01:00": not a date
  // either).
  bool extended = s.take('-');
  if (s.take('W')) return week_form(s, year, days);
  if (s.take('Q')) return quarter_form(s, year, days);
  switch (s.digits_ahead()) {
    case 0:
      if (extended) return false;
      days = days_from_civil(year, 1, 1);
      return true;
    case 3: return ordinal_form(s, year, days);
    case 2:
    case 4: return calendar_form(s, year, extended, days);
    default: return false;
  }
}

bool read_fraction(Scanner& s, int64_t& nanos) {
  if (!s.take_any(".,")) return nanos = 0, true;
  size_t n = s.digits_ahead();
  if (n < 1 || n > 9 || !s.digits(n, nanos)) return false;
  for (; n < 9; n++) nanos *= 10;
  return true;
}

bool read_time(Scanner& s, int64_t& nanos) {
  int64_t hour, minute = 0, second = 0, fraction = 0;
  if (!s.digits(2, hour)) return false;
  bool extended = s.peek() == ':';
  auto next = [&] { return extended ? s.take(':') : Scanner::is_digit(s.peek()); };
  if (next()) {
    if (!s.digits(2, minute)) return false;
    if (next() && (!s.digits(2, second) || !read_fraction(s, fraction))) return false;
  }
  if (hour > 23 || minute > 59 || second > 59) out_of_range(s.text());
  nanos = ((hour * 60 + minute) * 60 + second) * kNanosPerSecond + fraction;
  return true;
}

// [+01:00][Europe/Stockholm], either or both.
bool read_zone(Scanner& s, Parts& p) {
  std::string_view rest = s.rest();
  size_t bracket = rest.find('[');
  std::string_view offset = rest.substr(0, bracket);
  s.skip(rest.size());
  int32_t seconds = 0;
  if (!offset.empty()) {
    if (!parse_offset(offset, seconds)) return false;
    p.offset = seconds;
    p.zone = zones::fixed(seconds);
  }
  if (bracket == std::string_view::npos) return !offset.empty();
  if (rest.back() != ']') return false;
  p.zone = parse_zone(rest.substr(bracket + 1, rest.size() - bracket - 2));
  return true;
}

// A text that carries both an offset and a named zone means the instant that the offset gives.
Value by_offset(Type type, const Parts& p) {
  int64_t utc = p.local_seconds() - *p.offset;
  check_days(floor_div(utc, kSecondsPerDay));
  Value v = Value::datetime(utc, p.subsecond(), *p.zone);
  return type == Type::kDateTime ? v : assemble(type, parts_of(v));
}

}  // namespace

Parts parse_parts(Type type, std::string_view text) {
  bool wants_date = type == Type::kDate || type == Type::kLocalDateTime || type == Type::kDateTime;
  bool wants_time = type != Type::kDate;
  bool wants_zone = type == Type::kTime || type == Type::kDateTime;
  Scanner s(text);
  Parts p;
  int64_t n;
  if (wants_date) {
    if (!read_date(s, n)) unreadable(type, text);
    p.days = n;
    wants_time = wants_time && !s.done() && s.take_any("Tt ");
  } else {
    s.take_any("Tt");
  }
  if (wants_time) {
    if (!read_time(s, n)) unreadable(type, text);
    p.nanos = n;
    if (s.peek() == ' ') s.skip_spaces();
    if (!s.done() && (!wants_zone || !read_zone(s, p))) unreadable(type, text);
  }
  if (!s.done()) unreadable(type, text);
  return p;
}

Value parse(Type type, std::string_view text, uint16_t default_zone) {
  Parts p = parse_parts(type, text);
  if (p.zone && p.offset && !zones::name(*p.zone).empty()) return by_offset(type, p);
  if (!p.zone) p.zone = default_zone;
  return assemble(type, p);
}

}  // namespace elegraph::query::temporal
