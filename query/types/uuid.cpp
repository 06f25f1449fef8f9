// SPDX-License-Identifier: Apache-2.0
#include "query/types/uuid.h"

#include "storage/error.h"

namespace elegraph::query::types {
namespace {

int nibble(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

void append_binary_uuid(std::string& out, std::string_view text) {
  char bytes[16];
  size_t nibbles = 0;
  for (char c : text) {
    if (c == '-') continue;
    int n = nibble(c);
    if (n < 0 || nibbles == 32) break;
    char& byte = bytes[nibbles / 2];
    byte = nibbles % 2 ? char(byte | n) : char(n << 4);
    nibbles++;
  }
  if (nibbles != 32)
    throw Error(sqlstate::kInvalidTextRepresentation, "invalid input syntax for type uuid: \"" + std::string(text) + "\"");
  out.append(bytes, 16);
}

std::string uuid_text(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  if (bytes.size() != 16) throw Error(sqlstate::kInvalidBinaryRepresentation, "incorrect binary data format for type uuid");
  std::string text;
  text.reserve(36);
  for (size_t i = 0; i < 16; i++) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += kDigits[uint8_t(bytes[i]) >> 4];
    text += kDigits[uint8_t(bytes[i]) & 15];
  }
  return text;
}

}  // namespace elegraph::query::types
