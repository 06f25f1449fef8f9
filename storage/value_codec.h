// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "storage/value.h"

// Values as bytes, for boxed cells, the log and checkpoints. Little-endian; the first byte is the Type:
//
//   null        -                                   local datetime  i64 seconds, i32 nanos
//   bool        u8                                  datetime        i64 UTC seconds, i32 nanos, zone
//   int, date, local time  i64                      duration        i64 months, i64 days, i64 seconds, i32 nanos
//   float       8 bytes IEEE 754                    list            v count, values
//   string, bytes, numeric, uuid  v size, bytes     map             v count, each v size, key bytes, value
//   time        i64 nanos, i32 offset               point           i32 srid, x, y, z as floats
//   zone: i32 offset where it is fixed, else i32 minimum and v size, name
//
// v is an unsigned LEB128 varint. Entities and paths are not storable (22023).
namespace elegraph::storage {

void put_varint(std::string& out, uint64_t v);
void put_u32(std::string& out, uint32_t v);
void put_u64(std::string& out, uint64_t v);
void put_string(std::string& out, std::string_view s);
void encode_value(std::string& out, const Value& v);

// Reads bytes front to back; every member throws Error XX001 past the end.
class Decoder {
 public:
  explicit Decoder(std::string_view bytes) : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}
  bool done() const { return at_ == end_; }
  // The next byte, which stays; 0xff at the end.
  uint8_t peek() const { return done() ? 0xff : uint8_t(*at_); }
  uint8_t u8() { return uint8_t(*take(1)); }
  uint32_t u32() { return number<uint32_t>(); }
  uint64_t u64() { return number<uint64_t>(); }
  uint64_t varint() {
    const uint8_t first = u8();
    return first < 0x80 ? first : longer_varint(first);
  }
  std::string_view string() { return bytes(varint()); }
  std::string_view bytes(size_t n) { return {take(n), n}; }
  Value value();

 private:
  const char* take(size_t n) {
    if (size_t(end_ - at_) < n) ends_early();
    at_ += n;
    return at_ - n;
  }
  template <class T>
  T number() {
    T v;
    std::memcpy(&v, take(sizeof v), sizeof v);
    return v;
  }
  [[noreturn]] static void ends_early();
  uint64_t longer_varint(uint8_t first);
  Value value(uint32_t depth);
  const char* at_;
  const char* end_;
};

}  // namespace elegraph::storage
