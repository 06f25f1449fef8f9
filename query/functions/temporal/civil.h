// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

// Calendar arithmetic on the proleptic Gregorian calendar, years -999999999 to 999999999, days counted from
// 1970-01-01. Pure functions. The day count follows H. Hinnant, "chrono-Compatible Low-Level Date
// Algorithms".
namespace elegraph::query::temporal {

inline constexpr int64_t kMaxYear = 999'999'999;
inline constexpr int64_t kNanosPerSecond = 1'000'000'000;
inline constexpr int64_t kSecondsPerDay = 86'400;
inline constexpr int64_t kNanosPerMicro = 1'000;
inline constexpr int64_t kMicrosPerDay = kSecondsPerDay * 1'000'000;
inline constexpr int64_t kNanosPerDay = kSecondsPerDay * kNanosPerSecond;
// The average Gregorian month, that fractions of months are turned into.
inline constexpr int64_t kSecondsPerMonth = 2'629'746;

struct Civil {
  int64_t year;
  int month, day;  // from 1
};
struct WeekDate {
  int64_t year;   // the ISO week-based year
  int week, day;  // week from 1; day 1 is Monday
};

constexpr int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b != 0 && (a % b < 0) != (b < 0)); }
constexpr int64_t floor_mod(int64_t a, int64_t b) { return a - floor_div(a, b) * b; }

constexpr bool is_leap(int64_t year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }
constexpr int days_in_year(int64_t year) { return is_leap(year) ? 366 : 365; }
constexpr int days_in_month(int64_t year, int month) {
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && is_leap(year) ? 29 : kDays[month - 1];
}

inline constexpr int64_t kDaysBefore1970 = 719468;  // from 0000-03-01, where the algorithms' count begins

// Of the years 1 to 700,000, in 32 bits and mostly without divisions, as the way back below: C. Neri and L. Schneider,
// "Euclidean affine functions and their application to calendar algorithms".
constexpr int64_t near_days_from_civil(uint32_t year, uint32_t month, uint32_t day) {
  const bool last_year = month <= 2;
  const uint32_t y = year - last_year, century = y / 100;
  const uint32_t day_of_year = (979 * (last_year ? month + 12 : month) - 2919) / 32 + day - 1;
  return int64_t{1461 * y / 4 - century + century / 4 + day_of_year} - kDaysBefore1970;
}

constexpr int64_t days_from_civil(int64_t year, int month, int day) {
  if (year > 0 && year <= 700'000) return near_days_from_civil(uint32_t(year), uint32_t(month), uint32_t(day));
  int64_t y = year - (month <= 2);
  int64_t era = floor_div(y, 400);
  int64_t year_of_era = y - era * 400;
  int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + day_of_era - kDaysBefore1970;
}

// For `days` from 0000-03-01 on, below 2^28 of them.
constexpr Civil near_civil_from_days(uint32_t days) {
  const uint32_t in_centuries = 4 * days + 3, century = in_centuries / 146097;
  const uint64_t years = uint64_t{2939745} * (in_centuries % 146097 | 3);
  const uint32_t day_of_year = uint32_t(years) / 2939745 / 4;  // from March 1st
  const uint32_t months = 2141 * day_of_year + 197913;
  const bool next_year = day_of_year >= 306;
  return {int64_t{100} * century + int64_t(years >> 32) + next_year, int(months >> 16) - (next_year ? 12 : 0),
          int((months & 0xffff) / 2141) + 1};
}

constexpr Civil civil_from_days(int64_t days) {
  if (uint64_t(days) + uint64_t{kDaysBefore1970} < 1u << 28) return near_civil_from_days(uint32_t(days + kDaysBefore1970));
  int64_t z = days + kDaysBefore1970;
  int64_t era = floor_div(z, 146097);
  int64_t day_of_era = z - era * 146097;
  int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  int64_t shifted = (5 * day_of_year + 2) / 153;
  int day = int(day_of_year - (153 * shifted + 2) / 5 + 1);
  int month = int(shifted < 10 ? shifted + 3 : shifted - 9);
  return {year_of_era + era * 400 + (month <= 2), month, day};
}

inline constexpr int64_t kMinDays = days_from_civil(-kMaxYear, 1, 1);
inline constexpr int64_t kMaxDays = days_from_civil(kMaxYear, 12, 31);

constexpr int day_of_week(int64_t days) { return int(floor_mod(days + 3, 7)) + 1; }  // Monday is 1
constexpr int day_of_year(int64_t days) { return int(days - days_from_civil(civil_from_days(days).year, 1, 1)) + 1; }
constexpr int quarter_of(int month) { return (month - 1) / 3 + 1; }
constexpr int64_t quarter_start(int64_t year, int quarter) { return days_from_civil(year, quarter * 3 - 2, 1); }
constexpr int days_in_quarter(int64_t year, int quarter) {
  return int((quarter == 4 ? days_from_civil(year + 1, 1, 1) : quarter_start(year, quarter + 1)) -
             quarter_start(year, quarter));
}
constexpr int day_of_quarter(int64_t days) {
  Civil c = civil_from_days(days);
  return int(days - quarter_start(c.year, quarter_of(c.month))) + 1;
}

// Monday of the first ISO week of a week-based year: the week that holds January 4th.
constexpr int64_t week_year_start(int64_t year) {
  int64_t fourth = days_from_civil(year, 1, 4);
  return fourth - (day_of_week(fourth) - 1);
}
constexpr int weeks_in_year(int64_t year) { return int((week_year_start(year + 1) - week_year_start(year)) / 7); }
constexpr WeekDate week_date(int64_t days) {
  int64_t year = civil_from_days(days - (day_of_week(days) - 4)).year;  // that week's Thursday decides
  return {year, int((days - week_year_start(year)) / 7) + 1, day_of_week(days)};
}

}  // namespace elegraph::query::temporal
