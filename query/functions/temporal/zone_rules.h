// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

// Offsets of interned zones (storage/zones.h) from the system's tz database. Thread-safe; each thread keeps
// the last rule it used, so that a column in one zone looks its rules up once per change of offset.
namespace elegraph::query::temporal {

// Seconds east of UTC at an instant.
int32_t offset_at(uint16_t zone, int64_t utc_seconds);
// The instant of a local time. In a gap the time moves on by the gap's length; in an overlap the earlier one
// is taken.
int64_t utc_of_local(uint16_t zone, int64_t local_seconds);

// "Z", "+01", "+0100", "+01:00", "+01:00:30" or an IANA name (any case). Error 22023 for anything else.
uint16_t parse_zone(std::string_view text);
// Only the offset forms; false if `text` is none.
bool parse_offset(std::string_view text, int32_t& seconds);

std::string offset_text(int32_t seconds);                           // Z, +01:00, -02:12:34
std::string zone_text(uint16_t zone);                               // the name, or the offset
void append_zone(std::string& out, uint16_t zone, int32_t offset);  // +01:00[Europe/Stockholm]

}  // namespace elegraph::query::temporal
