// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <array>
#include <string>

#include "query/functions/temporal/arithmetic.h"
#include "query/functions/temporal/parse.h"
#include "query/functions/temporal/scanner.h"
#include "storage/error.h"

namespace elegraph::query::temporal {
namespace {

[[noreturn]] void unreadable(std::string_view text) {
  throw Error(sqlstate::kInvalidDatetime,
              fmt::format("invalid input syntax for type DURATION: \"{}\"", text.substr(0, 200)));
}

// Sums of what a text has named, with fractions.
struct Total {
  long double months = 0, days = 0, nanos = 0;
  Value value(int sign = 1) const { return make_fractional_duration(sign * months, sign * days, sign * nanos); }
};

bool read_number(Scanner& s, long double& out) {
  bool negative = s.peek() == '-';
  s.take_any("+-");
  size_t n = s.digits_ahead();
  if (n > 18) return false;
  int64_t whole = 0;
  if (n > 0) s.digits(n, whole);
  out = (long double)whole;
  if (s.take_any(".,")) {
    long double unit = 0.1L;
    size_t places = s.digits_ahead();
    if (places == 0) return false;
    for (int64_t d; places > 0; places--, unit /= 10) s.digits(1, d), out += (long double)d * unit;
    n = 1;
  }
  if (n == 0) return false;
  if (negative) out = -out;
  return true;
}

bool add_date_unit(Total& t, char unit, long double n) {
  switch (unit) {
    case 'Y': t.months += n * 12; return true;
    case 'Q': t.months += n * 3; return true;
    case 'M': t.months += n; return true;
    case 'W': t.days += n * 7; return true;
    case 'D': t.days += n; return true;
    default: return false;
  }
}

bool add_time_unit(Total& t, char unit, long double n) {
  switch (unit) {
    case 'H': t.nanos += n * 3600 * kNanosPerSecond; return true;
    case 'M': t.nanos += n * 60 * kNanosPerSecond; return true;
    case 'S': t.nanos += n * kNanosPerSecond; return true;
    default: return false;
  }
}

char upper(char c) { return c >= 'a' && c <= 'z' ? char(c - 32) : c; }

// P1Y2M3DT4H5M6.7S
bool read_units(Scanner s, Total& t) {
  bool time = false, any = false;
  while (!s.done()) {
    if (!time && s.take_any("Tt")) {
      time = true, any = false;
      continue;
    }
    long double n;
    if (!read_number(s, n)) return false;
    char unit = upper(s.peek());
    s.skip(1);
    if (!(time ? add_time_unit(t, unit, n) : add_date_unit(t, unit, n))) return false;
    any = true;
  }
  return any;
}

// P2012-02-02T14:37:21.545: years, months, days and a time of day.
bool read_date_form(Scanner s, Total& t) {
  int64_t year, month, day;
  if (!s.digits(4, year)) return false;
  bool extended = s.take('-');
  if (!s.digits(2, month) || (extended && !s.take('-')) || !s.digits(2, day)) return false;
  if (month > 12 || day > 31) return false;
  t.months = (long double)(year * 12 + month), t.days = (long double)day;
  if (s.done()) return true;
  if (!s.take('T')) return false;
  t.nanos = (long double)*parse_parts(Type::kLocalTime, s.rest()).nanos;
  return true;
}

struct Unit {
  std::string_view name;  // without a plural s
  long double months, days, seconds;
};
constexpr Unit kUnits[] = {
    {"microsecond", 0, 0, 1e-6L},
    {"us", 0, 0, 1e-6L},
    {"usec", 0, 0, 1e-6L},
    {"millisecond", 0, 0, 1e-3L},
    {"ms", 0, 0, 1e-3L},
    {"msec", 0, 0, 1e-3L},
    {"second", 0, 0, 1},
    {"sec", 0, 0, 1},
    {"minute", 0, 0, 60},
    {"min", 0, 0, 60},
    {"hour", 0, 0, 3600},
    {"hr", 0, 0, 3600},
    {"h", 0, 0, 3600},
    {"day", 0, 1, 0},
    {"d", 0, 1, 0},
    {"week", 0, 7, 0},
    {"w", 0, 7, 0},
    {"month", 1, 0, 0},
    {"mon", 1, 0, 0},
    {"quarter", 3, 0, 0},
    {"year", 12, 0, 0},
    {"yr", 12, 0, 0},
    {"y", 12, 0, 0},
    {"decade", 120, 0, 0},
    {"century", 1200, 0, 0},
    {"centurie", 1200, 0, 0},
    {"millennium", 12000, 0, 0},
    {"nanosecond", 0, 0, 1e-9L},
};

std::string read_word(Scanner& s) {
  std::string word;
  for (char c = s.peek(); (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); c = s.peek()) {
    word += c <= 'Z' ? char(c + 32) : c;
    s.skip(1);
  }
  return word;
}

const Unit* find_unit(std::string_view word) {
  for (bool plural : {false, true}) {
    if (plural && (word.size() < 2 || word.back() != 's')) break;
    std::string_view name = plural ? word.substr(0, word.size() - 1) : word;
    for (auto& u : kUnits)
      if (u.name == name) return &u;
  }
  return nullptr;
}

// [+-]h+:mm[:ss[.fff]]
bool read_clock(Scanner& s, Total& t) {
  bool negative = s.peek() == '-';
  s.take_any("+-");
  int64_t hours, minutes;
  size_t n = s.digits_ahead();
  if (n == 0 || n > 12 || !s.digits(n, hours) || !s.take(':') || !s.digits(2, minutes)) return false;
  long double seconds = 0;
  if (s.take(':') && (s.digits_ahead() == 0 || !read_number(s, seconds))) return false;
  long double total = (long double)(hours * 3600 + minutes * 60) + seconds;
  t.nanos += (negative ? -total : total) * kNanosPerSecond;
  return true;
}

bool looks_like_clock(const Scanner& s) {
  size_t i = s.peek() == '+' || s.peek() == '-';
  while (Scanner::is_digit(s.peek(i))) i++;
  return s.peek(i) == ':';
}

bool read_postgres(Scanner s, Total& t, int& sign) {
  bool any = false;
  s.skip_spaces();
  s.take('@');
  for (s.skip_spaces(); !s.done(); s.skip_spaces()) {
    if (looks_like_clock(s)) {
      if (!read_clock(s, t)) return false;
      any = true;
      continue;
    }
    if (any && read_word(s) == "ago") {
      sign = -1, s.skip_spaces();
      return s.done();
    }
    long double n;
    if (!read_number(s, n)) return false;
    s.skip_spaces();
    std::string word = read_word(s);
    const Unit* unit = find_unit(word.empty() ? "second" : word);
    if (!unit) return false;
    t.months += n * unit->months, t.days += n * unit->days;
    t.nanos += n * unit->seconds * kNanosPerSecond;
    any = true;
  }
  return any;
}

}  // namespace

Value parse_duration(std::string_view text) {
  Scanner s(text);
  int sign = s.peek() == '-' ? -1 : 1;
  s.take_any("+-");
  if (!s.take_any("Pp")) unreadable(text);
  Total units, date;
  if (read_units(s, units)) return units.value(sign);
  if (read_date_form(s, date)) return date.value(sign);
  unreadable(text);
}

Value parse_interval(std::string_view text) {
  Total t;
  int sign = 1;
  if (read_postgres(Scanner(text), t, sign)) return t.value(sign);
  return parse_duration(text);
}

}  // namespace elegraph::query::temporal
