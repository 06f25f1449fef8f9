// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "query/types/network_order.h"
#include "query/types/type_mapping.h"
#include "storage/value.h"

// Binary temporals: days or microseconds since 2000-01-01, as PostgreSQL with integer_datetimes has them.
// Nanoseconds are cut to microseconds. Cypher has no infinite instants: they are refused on the way in
// (22008), and so is on the way out what PostgreSQL's range does not hold.
namespace elegraph::query::types {

inline constexpr int64_t kEpochDays = 10957;           // 2000-01-01 in days since 1970-01-01
inline constexpr int64_t kEpochSeconds = 946'684'800;  // the same in seconds

void append_binary_date(std::string& out, int64_t days);
void append_binary_timestamp(std::string& out, int64_t seconds, int32_t nanos);
void append_binary_interval(std::string& out, const DurationObject& d);

// `bytes` have been checked to be of the type's length. `zone`: that of a timestamptz, which is an instant only.
Value read_binary_temporal(std::string_view bytes, Form form, uint16_t zone);

}  // namespace elegraph::query::types
