// SPDX-License-Identifier: Apache-2.0
#include "query/functions/points.h"

#include <cmath>

#include "query/functions/byte_text.h"
#include "query/functions/compare.h"
#include "query/functions/families.h"
#include "query/functions/faults.h"
#include "query/functions/value_ops.h"

namespace elegraph::query {
namespace {

constexpr int32_t kWgs84 = 4326, kWgs84_3d = 4979, kCartesian = 7203, kCartesian3d = 9157;
constexpr double kEarthRadius = 6378140.0;  // metres
constexpr double kRadians = 3.14159265358979323846 / 180;

double coordinate(const Value& map, std::string_view key, std::string_view other, bool& given) {
  const Value* v = map.map_find(key);
  if (!v) v = map.map_find(other);
  given = v != nullptr;
  if (!given || v->is_null()) return 0;
  if (!is_numeric(v->type())) wrong_argument("point()", *v);
  Number n = number_of(*v);
  return n.integral ? double(n.i) : n.d;
}

int32_t srid_of_name(std::string_view name) {
  for (int32_t srid : {kWgs84, kWgs84_3d, kCartesian, kCartesian3d})
    if (crs_name(srid) == name) return srid;
  invalid_value("coordinate reference system \"" + std::string(name) + "\" is not known");
}

int32_t srid_of(const Value& map, bool geographic, bool has_z) {
  int32_t srid = geographic ? (has_z ? kWgs84_3d : kWgs84) : (has_z ? kCartesian3d : kCartesian);
  if (const Value* v = map.map_find("crs"); v && v->type() == Type::kString) srid = srid_of_name(v->as_string());
  if (const Value* v = map.map_find("srid"); v && v->type() == Type::kInt) srid = int32_t(v->as_int());
  if (crs_name(srid).empty()) invalid_value("srid " + std::to_string(srid) + " is not known");
  if (is_three_dimensional(srid) != has_z) invalid_value("point() has the wrong number of coordinates for its srid");
  return srid;
}

Value make_point(std::span<const Value> args, const FunctionContext&) {
  if (args[0].type() == Type::kPoint) return args[0];
  if (args[0].type() != Type::kMap) wrong_argument("point()", args[0]);
  for (auto& [key, value] : args[0].as_map())
    if (value.is_null()) return {};
  bool has_x, has_y, has_z;
  double x = coordinate(args[0], "x", "longitude", has_x);
  double y = coordinate(args[0], "y", "latitude", has_y);
  double z = coordinate(args[0], "z", "height", has_z);
  if (!has_x || !has_y) invalid_value("point() needs x and y, or longitude and latitude");
  int32_t srid = srid_of(args[0], args[0].map_find("longitude") || args[0].map_find("latitude"), has_z);
  if (is_geographic(srid) && !(y >= -90 && y <= 90)) invalid_value("a latitude goes from -90 to 90");
  if (is_geographic(srid)) x = std::remainder(x, 360.0);
  return Value::point(srid, x, y, z);
}

double geographic_distance(const PointObject& a, const PointObject& b) {  // haversine
  double lat = (b.y - a.y) * kRadians / 2, lon = (b.x - a.x) * kRadians / 2;
  double h =
      std::sin(lat) * std::sin(lat) + std::cos(a.y * kRadians) * std::cos(b.y * kRadians) * std::sin(lon) * std::sin(lon);
  double along = 2 * std::asin(std::sqrt(std::fmin(1, h))) * (kEarthRadius + (a.z + b.z) / 2);
  return std::hypot(along, a.z - b.z);
}

Value distance(std::span<const Value> args, const FunctionContext&) {
  for (auto& a : args)
    if (a.type() != Type::kPoint) return {};
  auto &a = args[0].as_point(), &b = args[1].as_point();
  if (a.srid != b.srid) return {};
  if (is_geographic(a.srid)) return Value::floating(geographic_distance(a, b));
  return Value::floating(std::hypot(a.x - b.x, a.y - b.y, a.z - b.z));
}

Value within_box(std::span<const Value> args, const FunctionContext&) {
  for (auto& a : args)
    if (a.type() != Type::kPoint) return {};
  auto &p = args[0].as_point(), &low = args[1].as_point(), &high = args[2].as_point();
  if (p.srid != low.srid || p.srid != high.srid) return {};
  bool x = is_geographic(p.srid) && low.x > high.x ? p.x >= low.x || p.x <= high.x  // over the date line
                                                   : p.x >= low.x && p.x <= high.x;
  return Value::boolean(x && p.y >= low.y && p.y <= high.y && p.z >= low.z && p.z <= high.z);
}

constexpr FunctionDef kFunctions[] = {
    {.name = "point", .min_args = 1, .max_args = 1, .call = make_point, .result = types::always<Type::kPoint>},
    {.name = "point.distance", .min_args = 2, .max_args = 2, .call = distance, .result = types::always<Type::kFloat>},
    {.name = "distance", .min_args = 2, .max_args = 2, .call = distance, .result = types::always<Type::kFloat>},
    {.name = "point.withinbbox", .min_args = 3, .max_args = 3, .call = within_box, .result = types::always<Type::kBool>},
};

}  // namespace

std::span<const FunctionDef> families::points() { return kFunctions; }

bool is_three_dimensional(int32_t srid) { return srid == kWgs84_3d || srid == kCartesian3d; }
bool is_geographic(int32_t srid) { return srid == kWgs84 || srid == kWgs84_3d; }

std::string_view crs_name(int32_t srid) {
  switch (srid) {
    case kWgs84: return "wgs-84";
    case kWgs84_3d: return "wgs-84-3d";
    case kCartesian: return "cartesian";
    case kCartesian3d: return "cartesian-3d";
    default: return "";
  }
}

Value point_component(const PointObject& p, std::string_view key) {
  bool geographic = is_geographic(p.srid);
  if (key == "x" || (geographic && key == "longitude")) return Value::floating(p.x);
  if (key == "y" || (geographic && key == "latitude")) return Value::floating(p.y);
  if (is_three_dimensional(p.srid) && (key == "z" || (geographic && key == "height"))) return Value::floating(p.z);
  if (key == "srid") return Value::integer(p.srid);
  if (key == "crs") return Value::string(crs_name(p.srid));
  return {};
}

std::string point_text(const PointObject& p) {
  std::string out = "point({x: ";
  append_float(out, p.x);
  out += ", y: ";
  append_float(out, p.y);
  if (is_three_dimensional(p.srid)) out += ", z: ", append_float(out, p.z);
  out.append(", crs: '").append(crs_name(p.srid)).append("'})");
  return out;
}

void append_point_json(std::string& out, const PointObject& p) {
  out += "{\"x\": ";
  append_json(out, Value::floating(p.x), FunctionContext());
  out += ", \"y\": ";
  append_json(out, Value::floating(p.y), FunctionContext());
  if (is_three_dimensional(p.srid)) {
    out += ", \"z\": ";
    append_json(out, Value::floating(p.z), FunctionContext());
  }
  out += ", \"srid\": ";
  append_integer(out, p.srid);
  out += '}';
}

}  // namespace elegraph::query
