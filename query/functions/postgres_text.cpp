// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <iterator>

#include "query/functions/byte_text.h"
#include "query/functions/temporal/civil.h"
#include "query/functions/temporal/format.h"
#include "query/functions/temporal/zone_rules.h"
#include "query/functions/value_ops.h"

// Text output as PostgreSQL's own output functions write it (DateStyle ISO).
namespace elegraph::query {
namespace {

using temporal::append_two_digits;
using temporal::kNanosPerSecond;
using temporal::kSecondsPerDay;

// PostgreSQL counts 1 BC where ISO counts the year 0.
void append_civil_date(std::string& out, int64_t days, bool& before_christ) {
  temporal::Civil c = temporal::civil_from_days(days);
  before_christ = c.year <= 0;
  fmt::format_to(std::back_inserter(out), "{:04}-", before_christ ? 1 - c.year : c.year);
  append_two_digits(out, c.month);
  out += '-';
  append_two_digits(out, c.day);
}

void append_clock(std::string& out, int64_t seconds_of_day, int64_t nanos) {
  append_two_digits(out, seconds_of_day / 3600);
  out += ':';
  append_two_digits(out, seconds_of_day / 60 % 60);
  out += ':';
  append_two_digits(out, seconds_of_day % 60);
  temporal::append_fraction(out, nanos / 1000 * 1000);
}

void append_offset(std::string& out, int32_t offset) {
  out += offset < 0 ? '-' : '+';
  int32_t a = offset < 0 ? -offset : offset;
  append_two_digits(out, a / 3600);
  if (a % 3600 == 0) return;
  out += ':';
  append_two_digits(out, a / 60 % 60);
  if (a % 60 == 0) return;
  out += ':';
  append_two_digits(out, a % 60);
}

void append_date(std::string& out, int64_t days) {
  bool before_christ;
  append_civil_date(out, days, before_christ);
  if (before_christ) out += " BC";
}

// `offset` null: without a zone.
void append_timestamp(std::string& out, int64_t local_seconds, int32_t nanos, const int32_t* offset) {
  bool before_christ;
  append_civil_date(out, temporal::floor_div(local_seconds, kSecondsPerDay), before_christ);
  out += ' ';
  append_clock(out, temporal::floor_mod(local_seconds, kSecondsPerDay), nanos);
  if (offset) append_offset(out, *offset);
  if (before_christ) out += " BC";
}

void append_zoned(std::string& out, const Value& v, uint16_t zone) {
  int32_t offset = temporal::offset_at(zone, v.temporal());
  append_timestamp(out, v.temporal() + offset, v.nanos(), &offset);
}

// IntervalStyle postgres: each part carries its sign, and a positive one after a negative one says so.
class IntervalText {
 public:
  explicit IntervalText(std::string& out) : out_(out) {}

  void part(int64_t value, std::string_view unit) {
    if (value == 0) return;
    fmt::format_to(std::back_inserter(out_), "{}{}{} {}{}", empty_ ? "" : " ", after_negative_ && value > 0 ? "+" : "",
                   value, unit, value == 1 ? "" : "s");
    after_negative_ = value < 0;
    empty_ = false;
  }
  void clock(int64_t seconds, int64_t nanos) {
    bool negative = seconds < 0 || nanos < 0;
    if (!empty_ && seconds == 0 && nanos == 0) return;
    if (!empty_) out_ += ' ';
    out_ += negative ? "-" : after_negative_ ? "+" : "";
    uint64_t s = negative ? 0 - uint64_t(seconds) : uint64_t(seconds);
    fmt::format_to(std::back_inserter(out_), "{:02}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
    temporal::append_fraction(out_, negative ? -nanos : nanos);
  }

 private:
  std::string& out_;
  bool empty_ = true, after_negative_ = false;
};

void append_interval(std::string& out, const DurationObject& d, bool iso) {
  int64_t seconds = d.seconds, nanos = d.nanos;
  if (seconds < 0 && nanos > 0) seconds++, nanos -= kNanosPerSecond;
  nanos = nanos / 1000 * 1000;  // microseconds, towards zero
  if (iso) {
    bool borrow = nanos < 0;
    Value cut = Value::duration(d.months, d.days, borrow ? seconds - 1 : seconds,
                                int32_t(borrow ? nanos + kNanosPerSecond : nanos));
    return temporal::append_duration(out, cut.as_duration());
  }
  IntervalText text(out);
  text.part(d.months / 12, "year");
  text.part(d.months % 12, "mon");
  text.part(d.days, "day");
  text.clock(seconds, nanos);
}

bool needs_quotes(std::string_view s) {
  if (s.empty()) return true;
  if (s.size() == 4 && (s[0] | 32) == 'n' && (s[1] | 32) == 'u' && (s[2] | 32) == 'l' && (s[3] | 32) == 'l') return true;
  return s.find_first_of("{},\"\\ \t\n\r\v\f") != std::string_view::npos;
}

void append_array_item(std::string& out, std::string_view text) {
  if (!needs_quotes(text)) {
    out += text;
    return;
  }
  out += '"';
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
}

void append_array(std::string& out, const std::vector<Value>& items, StaticType element, const TextStyle& style,
                  const FunctionContext& context) {
  std::string text;
  out += '{';
  for (size_t i = 0; i < items.size(); i++) {
    if (i > 0) out += ',';
    if (items[i].is_null()) {
      out += "NULL";
      continue;
    }
    text.clear();
    append_postgres_text(text, items[i], element, style, context);
    append_array_item(out, text);
  }
  out += '}';
}

}  // namespace

void append_postgres_text(std::string& out, const Value& v, StaticType as, const TextStyle& style,
                          const FunctionContext& context) {
  if (as.type == Type::kAny || as.type == Type::kMap) return append_json(out, v, context);
  switch (v.type()) {
    case Type::kBool: out += v.as_bool() ? 't' : 'f'; return;
    case Type::kInt: append_integer(out, v.as_int()); return;
    case Type::kFloat: append_float_plain(out, v.as_float()); return;
    case Type::kString:
    case Type::kNumeric:
    case Type::kUuid: out += v.as_string(); return;
    case Type::kBytes: append_hex(out, v.as_string()); return;
    case Type::kDate: append_date(out, v.temporal()); return;
    case Type::kLocalTime: append_clock(out, v.temporal() / kNanosPerSecond, v.temporal() % kNanosPerSecond); return;
    case Type::kTime:
      append_clock(out, v.temporal() / kNanosPerSecond, v.temporal() % kNanosPerSecond);
      append_offset(out, v.offset_seconds());
      return;
    case Type::kLocalDateTime: append_timestamp(out, v.temporal(), v.nanos(), nullptr); return;
    case Type::kDateTime: append_zoned(out, v, style.zone); return;
    case Type::kDuration: append_interval(out, v.as_duration(), style.iso_intervals); return;
    case Type::kList:
      if (as.type == Type::kList && as.element != Type::kAny)
        return append_array(out, v.as_list(), {as.element, Type::kAny}, style, context);
      return append_json(out, v, context);
    default: append_json(out, v, context);
  }
}

}  // namespace elegraph::query
