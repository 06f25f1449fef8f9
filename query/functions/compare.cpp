// SPDX-License-Identifier: Apache-2.0
#include "query/functions/compare.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <functional>

#include "query/functions/temporal/civil.h"
#include "query/functions/value_ops.h"
#include "storage/value_memory.h"

namespace elegraph::query {
namespace {

template <class T>
int three_way(const T& a, const T& b) {
  return a < b ? -1 : b < a ? 1 : 0;
}
int sign_of(int c) { return c < 0 ? -1 : c > 0 ? 1 : 0; }

bool is_text(Type t) { return t == Type::kString || t == Type::kUuid; }
bool is_nan(const Value& v) { return is_numeric(v.type()) && v.type() != Type::kInt && std::isnan(number_of(v).d); }

// Classes of ORDER BY, in its order.
int order_class(const Value& v) {
  switch (v.type()) {
    case Type::kMap: return 0;
    case Type::kNode: return 1;
    case Type::kRelationship: return 2;
    case Type::kList: return 3;
    case Type::kPath: return 4;
    case Type::kPoint: return 5;
    case Type::kDateTime: return 6;
    case Type::kLocalDateTime: return 7;
    case Type::kDate: return 8;
    case Type::kTime: return 9;
    case Type::kLocalTime: return 10;
    case Type::kDuration: return 11;
    case Type::kBytes: return 12;
    case Type::kString:
    case Type::kUuid: return 13;
    case Type::kBool: return 14;
    case Type::kInt:
    case Type::kFloat:
    case Type::kNumeric: return is_nan(v) ? 16 : 15;
    case Type::kNull:
    case Type::kAny: break;
  }
  return 17;
}

int order_lists(const std::vector<Value>& a, const std::vector<Value>& b) {
  for (size_t i = 0; i < a.size() && i < b.size(); i++)
    if (int c = order(a[i], b[i])) return c;
  return three_way(a.size(), b.size());
}

// By sorted keys first, then by the values in that order.
int order_maps(const Value& a, const Value& b) {
  auto sorted = [](const Value& m) {
    std::vector<const std::pair<std::string, Value>*> entries;
    for (auto& e : m.as_map()) entries.push_back(&e);
    std::sort(entries.begin(), entries.end(), [](auto* x, auto* y) { return x->first < y->first; });
    return entries;
  };
  auto x = sorted(a), y = sorted(b);
  if (int c = three_way(x.size(), y.size())) return c;
  for (size_t i = 0; i < x.size(); i++)
    if (int c = sign_of(x[i]->first.compare(y[i]->first))) return c;
  for (size_t i = 0; i < x.size(); i++)
    if (int c = order(x[i]->second, y[i]->second)) return c;
  return 0;
}

int order_paths(const PathObject& a, const PathObject& b) {
  if (int c = three_way(a.nodes, b.nodes)) return c;
  return three_way(a.relationships, b.relationships);
}

int order_points(const PointObject& a, const PointObject& b) {
  if (int c = three_way(a.srid, b.srid)) return c;
  if (int c = three_way(a.x, b.x)) return c;
  if (int c = three_way(a.y, b.y)) return c;
  return three_way(a.z, b.z);
}

Ternary lists_equal(const std::vector<Value>& a, const std::vector<Value>& b) {
  if (a.size() != b.size()) return false;
  bool unknown = false;
  for (size_t i = 0; i < a.size(); i++) {
    Ternary t = equals(a[i], b[i]);
    if (!t)
      unknown = true;
    else if (!*t)
      return false;
  }
  return unknown ? Ternary() : true;
}

Ternary maps_equal(const Value& a, const Value& b) {
  if (a.as_map().size() != b.as_map().size()) return false;
  for (auto& [key, value] : a.as_map())
    if (!b.map_find(key)) return false;
  bool unknown = false;
  for (auto& [key, value] : a.as_map()) {
    Ternary t = equals(value, *b.map_find(key));
    if (!t)
      unknown = true;
    else if (!*t)
      return false;
  }
  return unknown ? Ternary() : true;
}

bool durations_equal(const DurationObject& a, const DurationObject& b) {
  return a.months == b.months && a.days == b.days && a.seconds == b.seconds && a.nanos == b.nanos;
}

// What < and <= are made from.
enum class Relation : uint8_t { kLess, kEqual, kGreater, kNever, kUnknown };

Relation relation_of(int c) { return c < 0 ? Relation::kLess : c > 0 ? Relation::kGreater : Relation::kEqual; }

Relation relate(const Value& a, const Value& b);

Relation relate_lists(const std::vector<Value>& a, const std::vector<Value>& b) {
  for (size_t i = 0; i < a.size() && i < b.size(); i++) {
    Relation r = relate(a[i], b[i]);
    if (r != Relation::kEqual) return r;
  }
  return relation_of(three_way(a.size(), b.size()));
}

Relation relate(const Value& a, const Value& b) {
  Type s = a.type(), t = b.type();
  if (is_numeric(s) && is_numeric(t)) {
    if (is_nan(a) || is_nan(b)) return Relation::kNever;
    return relation_of(compare_numbers(number_of(a), number_of(b)));
  }
  if (is_text(s) && is_text(t)) return relation_of(a.as_string().compare(b.as_string()));
  if (s != t) return Relation::kUnknown;
  switch (s) {
    case Type::kBool: return relation_of(int(a.as_bool()) - int(b.as_bool()));
    case Type::kBytes: return relation_of(a.as_string().compare(b.as_string()));
    case Type::kDate:
    case Type::kLocalTime:
    case Type::kTime:
    case Type::kLocalDateTime:
    case Type::kDateTime: return relation_of(compare_temporal(a, b));
    case Type::kList: return relate_lists(a.as_list(), b.as_list());
    default: return Relation::kUnknown;
  }
}

uint64_t mix(uint64_t h, uint64_t v) {  // the finalizer of MurmurHash3, over a running state
  h ^= v + 0x9e3779b97f4a7c15ull + (h << 6) + (h >> 2);
  h ^= h >> 33, h *= 0xff51afd7ed558ccdull;
  h ^= h >> 33, h *= 0xc4ceb9fe1a85ec53ull;
  return h ^ (h >> 33);
}

uint64_t hash_text(std::string_view s) { return mix(std::hash<std::string_view>{}(s), s.size()); }

uint64_t hash_number(const Number& n) {
  if (n.integral) return mix(15, uint64_t(n.i));
  if (std::isnan(n.d)) return mix(16, 0);
  int64_t bits;
  std::memcpy(&bits, &n.d, 8);
  return mix(15, uint64_t(bits));
}

uint64_t hash_point(const PointObject& p) {
  uint64_t h = mix(5, uint64_t(p.srid));
  for (double d : {p.x, p.y, p.z}) h = mix(h, std::hash<double>{}(d));
  return h;
}

uint64_t hash_path(const PathObject& p) {
  uint64_t h = 4;
  for (NodeId n : p.nodes) h = mix(h, n.value);
  for (RelId r : p.relationships) h = mix(h, r.value);
  return h;
}

}  // namespace

bool is_numeric(Type type) { return type == Type::kInt || type == Type::kFloat || type == Type::kNumeric; }

Number number_of(const Value& v) {
  double d;
  if (v.type() == Type::kInt) return {true, v.as_int(), 0};
  if (v.type() == Type::kFloat) {
    d = v.as_float();
  } else {
    std::string_view s = v.as_string();
    int64_t i;
    auto [end, fault] = std::from_chars(s.data(), s.data() + s.size(), i);
    if (fault == std::errc() && end == s.data() + s.size()) return {true, i, 0};
    d = std::nan("");
    std::from_chars(s.data(), s.data() + s.size(), d);
  }
  constexpr double kLimit = 9223372036854775808.0;  // 2^63
  if (d >= -kLimit && d < kLimit && d == std::floor(d)) return {true, int64_t(d), 0};
  return {false, 0, d};
}

int compare_int_double(int64_t a, double b) {
  constexpr double kLimit = 9223372036854775808.0;
  if (b >= kLimit) return -1;
  if (b < -kLimit) return 1;
  int64_t whole = int64_t(b);  // towards zero
  if (a != whole) return a < whole ? -1 : 1;
  return three_way(0.0, b - double(whole));
}

int compare_numbers(const Number& a, const Number& b) {
  if (a.integral && b.integral) return three_way(a.i, b.i);
  if (a.integral) return compare_int_double(a.i, b.d);
  if (b.integral) return -compare_int_double(b.i, a.d);
  return three_way(a.d, b.d);
}

int compare_temporal(const Value& a, const Value& b) {
  switch (a.type()) {
    case Type::kTime:
      return three_way(a.temporal() - a.offset_seconds() * temporal::kNanosPerSecond,
                       b.temporal() - b.offset_seconds() * temporal::kNanosPerSecond);
    case Type::kDuration: {
      auto average = [](const DurationObject& d) {
        return __int128_t(d.months) * temporal::kSecondsPerMonth + __int128_t(d.days) * temporal::kSecondsPerDay +
               d.seconds;
      };
      auto &x = a.as_duration(), &y = b.as_duration();
      if (int c = three_way(average(x), average(y))) return c;
      if (int c = three_way(x.nanos, y.nanos)) return c;
      if (int c = three_way(x.months, y.months)) return c;
      return three_way(x.days, y.days);
    }
    default:
      if (int c = three_way(a.temporal(), b.temporal())) return c;
      return three_way(a.nanos(), b.nanos());
  }
}

Ternary equals(const Value& a, const Value& b) {
  Type s = a.type(), t = b.type();
  if (s == Type::kNull || t == Type::kNull) return std::nullopt;
  if (s == Type::kInt && t == Type::kInt) return a.as_int() == b.as_int();
  if (is_numeric(s) && is_numeric(t)) return !is_nan(a) && !is_nan(b) && compare_numbers(number_of(a), number_of(b)) == 0;
  if (is_text(s) && is_text(t)) return a.as_string() == b.as_string();
  if (s != t) return false;
  if (s == Type::kList) return lists_equal(a.as_list(), b.as_list());
  if (s == Type::kMap) return maps_equal(a, b);
  if (s == Type::kDuration) return durations_equal(a.as_duration(), b.as_duration());
  return order(a, b) == 0;
}

Ternary less(const Value& a, const Value& b) {
  Relation r = relate(a, b);
  return r == Relation::kUnknown ? Ternary() : r == Relation::kLess;
}

Ternary less_equal(const Value& a, const Value& b) {
  Relation r = relate(a, b);
  return r == Relation::kUnknown ? Ternary() : r == Relation::kLess || r == Relation::kEqual;
}

int order(const Value& a, const Value& b) {
  int k = order_class(a);
  if (int c = three_way(k, order_class(b))) return c;
  switch (a.type()) {
    case Type::kMap: return order_maps(a, b);
    case Type::kNode: return three_way(a.as_node().value, b.as_node().value);
    case Type::kRelationship: return three_way(a.as_relationship().value, b.as_relationship().value);
    case Type::kList: return order_lists(a.as_list(), b.as_list());
    case Type::kPath: return order_paths(a.as_path(), b.as_path());
    case Type::kPoint: return order_points(a.as_point(), b.as_point());
    case Type::kString:
    case Type::kUuid:
    case Type::kBytes: return sign_of(a.as_string().compare(b.as_string()));
    case Type::kBool: return three_way(a.as_bool(), b.as_bool());
    case Type::kInt:
    case Type::kFloat:
    case Type::kNumeric: return k == 16 ? 0 : compare_numbers(number_of(a), number_of(b));
    case Type::kNull:
    case Type::kAny: return 0;
    default: return compare_temporal(a, b);
  }
}

bool equivalent(const Value& a, const Value& b) {
  if (a.type() == Type::kInt && b.type() == Type::kInt) return a.as_int() == b.as_int();
  return order(a, b) == 0;
}

uint64_t hash(const Value& v) {
  switch (v.type()) {
    case Type::kInt:
    case Type::kFloat:
    case Type::kNumeric: return hash_number(number_of(v));
    case Type::kString:
    case Type::kUuid:
    case Type::kBytes: return hash_text(v.as_string());
    case Type::kTime: return mix(9, uint64_t(v.temporal() - v.offset_seconds() * temporal::kNanosPerSecond));
    case Type::kLocalDateTime:
    case Type::kDateTime: return mix(mix(uint64_t(v.type()), uint64_t(v.temporal())), uint64_t(v.nanos()));
    case Type::kDuration: {
      auto& d = v.as_duration();
      return mix(mix(mix(mix(11, uint64_t(d.months)), uint64_t(d.days)), uint64_t(d.seconds)), uint64_t(d.nanos));
    }
    case Type::kList: {
      uint64_t h = 3;
      if (v.as_list().size() >= kItemsBetweenChecks) admit_value(0);  // rows of such lists may take long
      for (auto& item : v.as_list()) h = mix(h, hash(item));
      return h;
    }
    case Type::kMap: {  // the order of keys does not matter
      uint64_t h = v.as_map().size();
      for (auto& [key, value] : v.as_map()) h += mix(hash_text(key), hash(value));
      return h;
    }
    case Type::kPath: return hash_path(v.as_path());
    case Type::kPoint: return hash_point(v.as_point());
    case Type::kNull:
    case Type::kAny: return 0x51ed270b;
    default: return mix(uint64_t(v.type()), uint64_t(v.as_int()));
  }
}

}  // namespace elegraph::query
