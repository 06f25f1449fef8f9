// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace elegraph::storage {

// How many cores this process may keep busy, at least 1: those it may run on, and no more than the CPU quota of its control
// groups allows (a container's, or a service's). Looked up once. Thread-safe.
uint32_t available_cores();

// What a control group's cpu.max ("200000 100000", "max 100000") allows, rounded up; none: no limit, or not readable.
std::optional<uint32_t> cores_of_quota(std::string_view cpu_max);

}  // namespace elegraph::storage
