// SPDX-License-Identifier: Apache-2.0
#include "index/key_encoding.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <vector>

namespace elegraph::index {
namespace {

__extension__ using Int128 = __int128;

enum : uint8_t {
  kEnd = 0x00,
  kItem = 0x01,
  kMap = 0x10,
  kNode = 0x14,
  kRelationship = 0x18,
  kList = 0x1c,
  kPath = 0x20,
  kPoint = 0x24,
  kDateTime = 0x30,
  kLocalDateTime = 0x34,
  kDate = 0x38,
  kTime = 0x3c,
  kLocalTime = 0x40,
  kDuration = 0x44,
  kString = 0x50,
  kUuid = 0x54,
  kBytes = 0x58,
  kNumeric = 0x5c,
  kBool = 0x60,
  kNumberFirst = 0x76,
  kNumber = 0x80,
  kNumberLast = 0x89,
  kNaN = 0x90,
  kNull = 0xf0,
};

constexpr double kTwoTo64 = 18446744073709551616.0;
constexpr int64_t kSecondsPerMonth = 2629746;  // of the mean Gregorian year, as Cypher orders durations
constexpr int64_t kSecondsPerDay = 86400;
constexpr int64_t kNanosPerSecond = 1'000'000'000;

void put(std::string& out, uint8_t byte) { out.push_back(char(byte)); }

template <class T>
void put_unsigned(std::string& out, T v, unsigned bytes = sizeof(T)) {
  char big_endian[sizeof(T)];
  for (unsigned i = 0; i < bytes; i++) big_endian[i] = char(uint8_t(v >> (8 * (bytes - 1 - i))));
  out.append(big_endian, bytes);
}

void put_signed(std::string& out, int64_t v) { put_unsigned(out, uint64_t(v) ^ (uint64_t(1) << 63)); }
void put_nanos(std::string& out, int32_t v) { put_unsigned(out, uint32_t(v)); }  // never negative

void put_text(std::string& out, std::string_view text) {
  for (;;) {
    const auto escaped = std::ranges::find_if(text, [](char c) { return uint8_t(c) <= 0x01; });
    out.append(text.begin(), escaped);
    if (escaped == text.end()) return;
    put(out, 0x01);
    put(out, uint8_t(*escaped + 1));
    text = {escaped + 1, text.end()};
  }
}

void put_double(std::string& out, double v) {
  uint64_t bits = std::bit_cast<uint64_t>(v == 0 ? 0.0 : v);
  put_unsigned(out, bits >> 63 ? ~bits : bits | uint64_t(1) << 63);
}

void put_float(std::string& out, double v) {
  if (std::isnan(v)) return put(out, kNaN);
  double magnitude = std::fabs(v);
  size_t start = out.size();
  if (magnitude >= kTwoTo64) {
    put(out, kNumberLast);
    put_unsigned(out, std::bit_cast<uint64_t>(magnitude));
  } else {
    auto whole = uint64_t(magnitude);
    double fraction = magnitude - double(whole);
    unsigned bytes = unsigned(std::bit_width(whole) + 7) / 8;
    put(out, uint8_t(kNumber + bytes));
    put_unsigned(out, whole, bytes);
    put(out, fraction == 0 ? kEnd : kItem);
    if (fraction != 0) put_unsigned(out, std::bit_cast<uint64_t>(fraction));
  }
  if (v < 0)
    for (; start < out.size(); ++start) out[start] = char(~out[start]);
}

void put_duration(std::string& out, const DurationObject& d) {
  Int128 mean = Int128(d.months) * kSecondsPerMonth + Int128(d.days) * kSecondsPerDay + d.seconds;
  put_signed(out, int64_t(mean >> 64));
  put_unsigned(out, uint64_t(mean));
  put_nanos(out, d.nanos);
  put_signed(out, d.months);
  put_signed(out, d.days);
}

void put_map(std::string& out, const Value& v) {
  std::vector<const std::pair<std::string, Value>*> entries;
  for (auto& e : v.as_map()) entries.push_back(&e);
  std::sort(entries.begin(), entries.end(), [](auto* a, auto* b) { return a->first < b->first; });
  for (auto* e : entries) {
    put(out, kItem);
    put_text(out, e->first);
    put(out, kEnd);
    append_key(out, e->second);
  }
  put(out, kEnd);
}

void put_path(std::string& out, const PathObject& p) {
  for (size_t i = 0; i < p.nodes.size(); ++i) {
    put(out, kItem);
    put_unsigned(out, p.nodes[i].value);
    if (i < p.relationships.size()) put_unsigned(out, p.relationships[i].value);
  }
  put(out, kEnd);
}

void put_point(std::string& out, const PointObject& p) {
  put_unsigned(out, uint32_t(p.srid));
  put_double(out, p.x);
  put_double(out, p.y);
  put_double(out, p.z);
}

uint8_t class_byte(Type type) {
  switch (type) {
    case Type::kMap: return kMap;
    case Type::kNode: return kNode;
    case Type::kRelationship: return kRelationship;
    case Type::kList: return kList;
    case Type::kPath: return kPath;
    case Type::kPoint: return kPoint;
    case Type::kDateTime: return kDateTime;
    case Type::kLocalDateTime: return kLocalDateTime;
    case Type::kDate: return kDate;
    case Type::kTime: return kTime;
    case Type::kLocalTime: return kLocalTime;
    case Type::kDuration: return kDuration;
    case Type::kString: return kString;
    case Type::kUuid: return kUuid;
    case Type::kBytes: return kBytes;
    case Type::kNumeric: return kNumeric;
    case Type::kBool: return kBool;
    case Type::kInt:
    case Type::kFloat: return kNumber;
    case Type::kNull:
    case Type::kAny: break;
  }
  return kNull;
}

void put_body(std::string& out, const Value& v) {
  switch (v.type()) {
    case Type::kMap: return put_map(out, v);
    case Type::kNode: return put_unsigned(out, v.as_node().value);
    case Type::kRelationship: return put_unsigned(out, v.as_relationship().value);
    case Type::kPath: return put_path(out, v.as_path());
    case Type::kPoint: return put_point(out, v.as_point());
    case Type::kDuration: return put_duration(out, v.as_duration());
    case Type::kBool: return put(out, v.as_bool());
    case Type::kDate:
    case Type::kLocalTime: return put_signed(out, v.temporal());
    case Type::kTime: return put_signed(out, v.temporal() - v.offset_seconds() * kNanosPerSecond);
    case Type::kLocalDateTime:
    case Type::kDateTime: return put_signed(out, v.temporal()), put_nanos(out, v.nanos());
    case Type::kList:
      for (auto& item : v.as_list()) append_key(out, item);
      return put(out, kEnd);
    case Type::kString:
    case Type::kUuid:
    case Type::kBytes:
    case Type::kNumeric: return put_text(out, v.as_string()), put(out, kEnd);
    default: return;
  }
}

size_t text_size(std::string_view text) { return text.find(char(kEnd)) + 1; }

size_t key_size(std::string_view key);

size_t list_size(std::string_view items) {
  size_t size = 0;
  while (uint8_t(items[size]) != kEnd) size += key_size(items.substr(size));
  return size + 1;
}

size_t number_size(std::string_view key) {
  const bool negative = uint8_t(key[0]) < kNumber;
  const uint8_t flip = negative ? 0xff : 0;
  const auto byte = [&](size_t i) { return uint8_t(uint8_t(key[i]) ^ flip); };
  if (byte(0) == kNumberLast) return 1 + sizeof(double);
  const size_t end = 1 + size_t(byte(0) - kNumber);
  return end + 1 + (byte(end) == kItem ? sizeof(double) : 0);
}

// Of the one that `key` begins with.
size_t key_size(std::string_view key) {
  const std::string_view body = key.substr(1);
  switch (uint8_t(key[0])) {
    case kList: return 1 + list_size(body);
    case kPoint: return 1 + sizeof(uint32_t) + 3 * sizeof(double);
    case kDateTime:
    case kLocalDateTime: return 1 + sizeof(int64_t) + sizeof(uint32_t);
    case kDate:
    case kTime:
    case kLocalTime: return 1 + sizeof(int64_t);
    case kDuration: return 1 + sizeof(Int128) + sizeof(uint32_t) + 2 * sizeof(int64_t);
    case kString:
    case kUuid:
    case kBytes:
    case kNumeric: return 1 + text_size(body);
    case kBool: return 2;
    case kNaN:
    case kNull: return 1;
    default: return number_size(key);
  }
}

}  // namespace

size_t composite_prefix_size(std::string_view key, size_t components) {
  size_t size = 0;
  while (components-- > 0) size += key_size(key.substr(size));
  return size;
}

uint32_t integer_key(int64_t value, uint8_t* out) {
  uint64_t sign = value < 0 ? ~uint64_t(0) : 0;
  uint64_t magnitude = (uint64_t(value) ^ sign) - sign;
  unsigned bytes = unsigned(std::bit_width(magnitude) + 7) / 8;
  auto flip = uint8_t(sign);
  *out++ = uint8_t(kNumber + bytes) ^ flip;
  for (unsigned i = bytes; i-- > 0;) *out++ = uint8_t(magnitude >> (8 * i)) ^ flip;
  *out = kEnd ^ flip;
  return bytes + 2;
}

void append_key(std::string& out, int64_t value) {
  uint8_t bytes[kIntegerKeyBytes];
  uint32_t size = integer_key(value, bytes);
  out.append(reinterpret_cast<const char*>(bytes), size);
}

void append_key(std::string& out, const Value& value) {
  if (value.type() == Type::kInt) return append_key(out, value.as_int());
  if (value.type() == Type::kFloat) return put_float(out, value.as_float());
  put(out, class_byte(value.type()));
  put_body(out, value);
}

std::string composite_key(std::span<const Value> values) {
  std::string key;
  for (auto& v : values) append_key(key, v);
  return key;
}

void append_key(std::string& out, const Vector& column, uint32_t row) {
  switch (column.type()) {
    case Type::kInt: return append_key(out, column.data<int64_t>()[column.at(row)]);
    case Type::kFloat: return put_float(out, column.data<double>()[column.at(row)]);
    case Type::kDate:
    case Type::kLocalTime:
      put(out, class_byte(column.type()));
      return put_signed(out, column.data<int64_t>()[column.at(row)]);
    case Type::kString: append_string_prefix(out, column.strings()[column.at(row)].view()); return put(out, kEnd);
    default: return append_key(out, column.value(row));
  }
}

void append_string_prefix(std::string& out, std::string_view text) {
  put(out, kString);
  put_text(out, text);
}

KeyClass key_class(const Value& value) {
  if (value.type() == Type::kFloat && std::isnan(value.as_float())) return {kNaN, kNaN};
  if (value.is_number()) return {kNumberFirst, kNumberLast};
  uint8_t byte = class_byte(value.type());
  return {byte, byte};
}

std::string after_prefix(std::string prefix) {
  while (!prefix.empty() && uint8_t(prefix.back()) == 0xff) prefix.pop_back();
  if (!prefix.empty()) prefix.back() = char(uint8_t(prefix.back()) + 1);
  return prefix;
}

}  // namespace elegraph::index
