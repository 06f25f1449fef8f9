// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "storage/value.h"

// Points of the four coordinate systems: WGS-84 in 2D (4326) and 3D (4979), cartesian in 2D (7203) and 3D
// (9157). Coordinates of WGS-84 are degrees (x is the longitude) and metres of height. Pure functions.
namespace elegraph::query {

bool is_three_dimensional(int32_t srid);
bool is_geographic(int32_t srid);
std::string_view crs_name(int32_t srid);  // "wgs-84", ...

Value point_component(const PointObject& p,
                      std::string_view key);   // null for components that it does not have
std::string point_text(const PointObject& p);  // point({x: 1.0, y: 2.0, crs: 'cartesian'})
void append_point_json(std::string& out, const PointObject& p);

}  // namespace elegraph::query
