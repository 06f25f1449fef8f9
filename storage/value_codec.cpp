// SPDX-License-Identifier: Apache-2.0
#include "storage/value_codec.h"

#include <algorithm>
#include <limits>

#include "storage/error.h"
#include "storage/zones.h"

namespace elegraph::storage {

namespace {

constexpr int32_t kNamedZone = std::numeric_limits<int32_t>::min();

void put_float(std::string& out, double v) {
  uint64_t bits;
  std::memcpy(&bits, &v, 8);
  put_u64(out, bits);
}

void put_zone(std::string& out, uint16_t zone) {
  std::string_view name = zones::name(zone);
  put_u32(out, uint32_t(name.empty() ? zones::fixed_offset(zone) : kNamedZone));
  if (!name.empty()) put_string(out, name);
}

double to_float(uint64_t bits) {
  double v;
  std::memcpy(&v, &bits, 8);
  return v;
}

}  // namespace

void put_varint(std::string& out, uint64_t v) {
  while (v >= 0x80) {
    out.push_back(char(v | 0x80));
    v >>= 7;
  }
  out.push_back(char(v));
}

void put_u32(std::string& out, uint32_t v) { out.append(reinterpret_cast<const char*>(&v), 4); }
void put_u64(std::string& out, uint64_t v) { out.append(reinterpret_cast<const char*>(&v), 8); }

void put_string(std::string& out, std::string_view s) {
  put_varint(out, s.size());
  out.append(s);
}

void encode_value(std::string& out, const Value& v) {
  out.push_back(char(v.type()));
  switch (v.type()) {
    case Type::kNull: return;
    case Type::kBool: out.push_back(char(v.as_bool())); return;
    case Type::kInt:
    case Type::kDate:
    case Type::kLocalTime: put_u64(out, uint64_t(v.temporal())); return;
    case Type::kFloat: put_float(out, v.as_float()); return;
    case Type::kString:
    case Type::kBytes:
    case Type::kNumeric:
    case Type::kUuid: put_string(out, v.as_string()); return;
    case Type::kTime:
      put_u64(out, uint64_t(v.temporal()));
      put_u32(out, uint32_t(v.offset_seconds()));
      return;
    case Type::kLocalDateTime:
    case Type::kDateTime:
      put_u64(out, uint64_t(v.temporal()));
      put_u32(out, uint32_t(v.nanos()));
      if (v.type() == Type::kDateTime) put_zone(out, v.zone());
      return;
    case Type::kDuration: {
      const DurationObject& d = v.as_duration();
      put_u64(out, uint64_t(d.months)), put_u64(out, uint64_t(d.days)), put_u64(out, uint64_t(d.seconds));
      put_u32(out, uint32_t(d.nanos));
      return;
    }
    case Type::kList:
      put_varint(out, v.as_list().size());
      for (const Value& item : v.as_list()) encode_value(out, item);
      return;
    case Type::kMap:
      put_varint(out, v.as_map().size());
      for (auto& [key, item] : v.as_map()) put_string(out, key), encode_value(out, item);
      return;
    case Type::kPoint: {
      const PointObject& p = v.as_point();
      put_u32(out, uint32_t(p.srid));
      put_float(out, p.x), put_float(out, p.y), put_float(out, p.z);
      return;
    }
    case Type::kNode:
    case Type::kRelationship:
    case Type::kPath:
    case Type::kAny: break;
  }
  throw Error(sqlstate::kInvalidParameterValue,
              "a value of type " + std::string(type_name(v.type())) + " cannot be stored in a property");
}

void Decoder::ends_early() { throw Error(sqlstate::kDataCorrupted, "stored value ends too early"); }

uint64_t Decoder::longer_varint(uint8_t first) {
  uint64_t v = first & 0x7f;
  for (uint32_t shift = 7; shift < 64; shift += 7) {
    const uint8_t b = u8();
    v |= uint64_t(b & 0x7f) << shift;
    if (!(b & 0x80)) return v;
  }
  throw Error(sqlstate::kDataCorrupted, "stored number is too long");
}

Value Decoder::value() { return value(0); }

Value Decoder::value(uint32_t depth) {
  if (depth > uint32_t(Value::kMaxNesting)) throw Error(sqlstate::kDataCorrupted, "stored value is nested too deeply");
  Type type = Type(u8());
  switch (type) {
    case Type::kNull: return {};
    case Type::kBool: return Value::boolean(u8() != 0);
    case Type::kInt: return Value::integer(int64_t(u64()));
    case Type::kDate: return Value::date(int64_t(u64()));
    case Type::kLocalTime: return Value::local_time(int64_t(u64()));
    case Type::kFloat: return Value::floating(to_float(u64()));
    case Type::kString:
    case Type::kBytes:
    case Type::kNumeric:
    case Type::kUuid: return Value::text(type, string());
    case Type::kTime: {
      int64_t nanos = int64_t(u64());
      return Value::time(nanos, int32_t(u32()));
    }
    case Type::kLocalDateTime: {
      int64_t seconds = int64_t(u64());
      return Value::local_datetime(seconds, int32_t(u32()));
    }
    case Type::kDateTime: {
      int64_t seconds = int64_t(u64());
      int32_t nanos = int32_t(u32());
      int32_t offset = int32_t(u32());
      return Value::datetime(seconds, nanos, offset == kNamedZone ? zones::named(string()) : zones::fixed(offset));
    }
    case Type::kDuration: {
      int64_t months = int64_t(u64()), days = int64_t(u64()), seconds = int64_t(u64());
      return Value::duration(months, days, seconds, int32_t(u32()));
    }
    case Type::kList: {
      std::vector<Value> items;
      uint64_t n = varint();
      items.reserve(std::min(n, uint64_t(end_ - at_)));  // each takes a byte at least
      for (; n > 0; --n) items.push_back(value(depth + 1));
      return Value::list(std::move(items));
    }
    case Type::kMap: {
      std::vector<std::pair<std::string, Value>> entries;
      for (uint64_t n = varint(); n > 0; --n) {
        std::string key(string());
        entries.emplace_back(std::move(key), value(depth + 1));
      }
      return Value::map(std::move(entries));
    }
    case Type::kPoint: {
      int32_t srid = int32_t(u32());
      double x = to_float(u64()), y = to_float(u64()), z = to_float(u64());
      return Value::point(srid, x, y, z);
    }
    default: throw Error(sqlstate::kDataCorrupted, "stored value has an unknown type");
  }
}

}  // namespace elegraph::storage
