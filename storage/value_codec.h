// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
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
  uint8_t u8();
  uint32_t u32();
  uint64_t u64();
  uint64_t varint();
  std::string_view string();
  std::string_view bytes(size_t n);
  Value value();

 private:
  Value value(uint32_t depth);
  const char* at_;
  const char* end_;
};

}  // namespace elegraph::storage
