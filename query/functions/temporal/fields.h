// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "query/functions/temporal/parts.h"
#include "storage/value.h"

namespace elegraph::query::temporal {

// The map that a temporal value is made from: {year: 1984, week: 10, time: t, timezone: 'Z'}. Refers to the
// map's value. Errors: 22023 for fields of a wrong type, unknown names and mixed ways to name a day; 22008
// for values out of range.
class Fields {
 public:
  explicit Fields(const Value& map);

  bool empty() const;
  bool any(std::initializer_list<std::string_view> names) const;
  bool any_null() const;
  std::optional<int64_t> integer(std::string_view name) const;
  std::optional<int64_t> integer(std::string_view name, int64_t least, int64_t most) const;
  std::optional<uint16_t> zone() const;                    // `timezone`
  std::optional<Parts> base(std::string_view name) const;  // a temporal value under `name`

  bool has_date() const;
  bool has_time() const;
  // The day that the fields name, over the base day where there is one; without one the year is needed.
  int64_t days(std::optional<int64_t> base) const;
  // The time of day, over the base time; without one the hour is needed. `keep_subsecond`: fractions are
  // added to the base's instead of replacing them (truncation).
  int64_t nanos(std::optional<int64_t> base, bool keep_subsecond) const;

 private:
  int64_t week_days(std::optional<int64_t> base) const;
  int64_t quarter_days(std::optional<int64_t> base) const;
  int64_t ordinal_days(std::optional<int64_t> base) const;
  int64_t calendar_days(std::optional<int64_t> base) const;
  int64_t year_or(std::optional<int64_t> base) const;
  std::optional<int64_t> subsecond() const;

  const Value& map_;
};

}  // namespace elegraph::query::temporal
