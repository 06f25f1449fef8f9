// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace elegraph {

// Time zones of kDateTime values, interned as 16 bits: a fixed offset or a name of the IANA database.
// Lookups are wait-free; interning takes a mutex and is rare. Ids are those of this process: files write
// the name. Id 0 is UTC ("Z").
namespace zones {

uint16_t fixed(int32_t offset_seconds);      // throws Error 22023 past +-18:00
uint16_t named(std::string_view iana_name);  // interns; whether the name exists is the caller's business

// Empty for a fixed offset.
std::string_view name(uint16_t zone);
// The fixed offset, or 0 for a named zone (its offset depends on the instant: query/functions/temporal).
int32_t fixed_offset(uint16_t zone);

}  // namespace zones
}  // namespace elegraph
