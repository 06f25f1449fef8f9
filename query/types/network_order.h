// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>

// Big-endian integers as the wire has them.
namespace elegraph::query::types {

static_assert(std::endian::native == std::endian::little, "the byte order of all platforms that are served");

inline uint16_t swap_bytes(uint16_t v) { return __builtin_bswap16(v); }
inline uint32_t swap_bytes(uint32_t v) { return __builtin_bswap32(v); }
inline uint64_t swap_bytes(uint64_t v) { return __builtin_bswap64(v); }

template <class U>
U load_big(const char* p) {
  U v;
  std::memcpy(&v, p, sizeof v);
  return swap_bytes(v);
}

template <class U>
void store_big(char* p, U v) {
  v = swap_bytes(v);
  std::memcpy(p, &v, sizeof v);
}

template <class U>
void append_big(std::string& out, U v) {
  char bytes[sizeof v];
  store_big(bytes, v);
  out.append(bytes, sizeof v);
}

inline void append_int16(std::string& out, int16_t v) { append_big(out, uint16_t(v)); }
inline void append_int32(std::string& out, int32_t v) { append_big(out, uint32_t(v)); }
inline void append_int64(std::string& out, int64_t v) { append_big(out, uint64_t(v)); }

}  // namespace elegraph::query::types
