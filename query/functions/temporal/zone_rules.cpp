// SPDX-License-Identifier: Apache-2.0
#include "query/functions/temporal/zone_rules.h"

#include <date/tz.h>
#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <vector>

#include "query/functions/temporal/civil.h"
#include "storage/error.h"
#include "storage/zones.h"

namespace elegraph::query::temporal {
namespace {

struct Rule {
  uint16_t zone = 0;
  int64_t begin = 1, end = 0;  // seconds UTC; empty at first
  int32_t offset = 0;
};

const date::time_zone* find_zone(uint16_t zone) {
  thread_local std::vector<const date::time_zone*> known;
  if (zone >= known.size()) known.resize(zone + 1u);
  if (!known[zone]) known[zone] = date::locate_zone(std::string(zones::name(zone)));
  return known[zone];
}

// The database lists transitions up to 2037. Later years use the rules of an earlier year that has the same
// calendar, so that summer time goes on as the last rules say.
int64_t shift_to_known_years(int64_t utc_seconds) {
  constexpr int64_t kKnown = days_from_civil(2037, 1, 1) * kSecondsPerDay;
  if (utc_seconds < kKnown) return 0;
  int64_t year = civil_from_days(floor_div(utc_seconds, kSecondsPerDay)).year;
  int64_t start = days_from_civil(year, 1, 1);
  int64_t like = 2036;
  while (is_leap(like) != is_leap(year) || day_of_week(days_from_civil(like, 1, 1)) != day_of_week(start)) like--;
  return (start - days_from_civil(like, 1, 1)) * kSecondsPerDay;
}

std::string find_name_ignoring_case(std::string_view text) {
  auto same = [&](const std::string& name) {
    return name.size() == text.size() && std::equal(name.begin(), name.end(), text.begin(), [](char a, char b) {
             return (a >= 'A' && a <= 'Z' ? a + 32 : a) == (b >= 'A' && b <= 'Z' ? b + 32 : b);
           });
  };
  for (auto& zone : date::get_tzdb().zones)
    if (same(zone.name())) return zone.name();
  return {};
}

bool plausible_name(std::string_view text) {
  return !text.empty() && text.size() < 64 &&
         std::all_of(
             text.begin(), text.end(),
             [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' || c == '_' ||
                      c == '-' || c == '+';
             });
}

[[noreturn]] void unknown_zone(std::string_view text) {
  throw Error(sqlstate::kInvalidParameterValue, fmt::format("time zone \"{}\" is not known", text))
      .with_hint("Use an offset as in '+01:00' or a name of the IANA database as in 'Europe/Stockholm'.");
}

}  // namespace

int32_t offset_at(uint16_t zone, int64_t utc_seconds) {
  if (zone == 0 || zones::name(zone).empty()) return zones::fixed_offset(zone);
  int64_t shift = shift_to_known_years(utc_seconds);
  int64_t when = utc_seconds - shift;
  thread_local Rule last;
  if (last.zone == zone && when >= last.begin && when < last.end) return last.offset;
  auto info = find_zone(zone)->get_info(date::sys_seconds(std::chrono::seconds(when)));
  last = {zone, info.begin.time_since_epoch().count(), info.end.time_since_epoch().count(), int32_t(info.offset.count())};
  return last.offset;
}

int64_t utc_of_local(uint16_t zone, int64_t local_seconds) {
  if (zone == 0 || zones::name(zone).empty()) return local_seconds - zones::fixed_offset(zone);
  // Offsets a day before and after: they bracket any change. Trying the earlier rule first takes the first
  // instant of an overlap and moves times inside a gap on by its length.
  int32_t before = offset_at(zone, local_seconds - kSecondsPerDay);
  int32_t after = offset_at(zone, local_seconds + kSecondsPerDay);
  if (before == after) {
    int64_t utc = local_seconds - before;
    if (offset_at(zone, utc) == before) return utc;
  }
  for (int32_t offset : {before, after})
    if (offset_at(zone, local_seconds - offset) == offset) return local_seconds - offset;
  return local_seconds - before;
}

bool parse_offset(std::string_view text, int32_t& seconds) {
  if (text == "Z" || text == "z") return seconds = 0, true;
  if (text.size() < 2 || (text[0] != '+' && text[0] != '-')) return false;
  int parts[3] = {0, 0, 0};
  size_t at = 1;
  int n = 0;
  bool colons = false;
  for (; n < 3 && at < text.size(); n++) {
    if (n == 1) colons = text[at] == ':';
    if (n > 0 && colons && text[at++] != ':') return false;
    size_t digits = 0;
    while (at < text.size() && digits < 2 && text[at] >= '0' && text[at] <= '9')
      parts[n] = parts[n] * 10 + (text[at++] - '0'), digits++;
    if (digits == 0 || (digits == 1 && n > 0)) return false;
  }
  if (at != text.size() || parts[1] > 59 || parts[2] > 59) return false;
  seconds = parts[0] * 3600 + parts[1] * 60 + parts[2];
  if (text[0] == '-') seconds = -seconds;
  return true;
}

uint16_t parse_zone(std::string_view text) {
  int32_t seconds;
  if (parse_offset(text, seconds)) return zones::fixed(seconds);
  if (!plausible_name(text)) unknown_zone(text);
  try {
    return date::locate_zone(std::string(text)), zones::named(text);
  } catch (const std::runtime_error&) {
    std::string name = find_name_ignoring_case(text);
    if (name.empty()) unknown_zone(text);
    return zones::named(name);
  }
}

std::string offset_text(int32_t seconds) {
  if (seconds == 0) return "Z";
  int32_t a = seconds < 0 ? -seconds : seconds;
  char sign = seconds < 0 ? '-' : '+';
  if (a % 60) return fmt::format("{}{:02}:{:02}:{:02}", sign, a / 3600, a / 60 % 60, a % 60);
  return fmt::format("{}{:02}:{:02}", sign, a / 3600, a / 60 % 60);
}

std::string zone_text(uint16_t zone) {
  std::string_view name = zones::name(zone);
  return name.empty() ? offset_text(zones::fixed_offset(zone)) : std::string(name);
}

void append_zone(std::string& out, uint16_t zone, int32_t offset) {
  out += offset_text(offset);
  std::string_view name = zones::name(zone);
  if (!name.empty()) out.append("[").append(name).append("]");
}

}  // namespace elegraph::query::temporal
