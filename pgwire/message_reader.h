// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include "query/types/network_order.h"
#include "storage/error.h"

namespace elegraph::pgwire {

// A cursor over one message's body. Reading past its end, and leaving bytes unread, is Error 08P01.
class MessageReader {
 public:
  explicit MessageReader(std::string_view body) : rest_(body) {}

  uint8_t byte() { return uint8_t(bytes(1)[0]); }
  int16_t int16() { return int16_t(query::types::load_big<uint16_t>(bytes(2).data())); }
  int32_t int32() { return int32_t(query::types::load_big<uint32_t>(bytes(4).data())); }
  std::string_view bytes(size_t n) {
    if (rest_.size() < n) throw Error(sqlstate::kProtocolViolation, "insufficient data left in message");
    std::string_view taken = rest_.substr(0, n);
    rest_.remove_prefix(n);
    return taken;
  }
  // A C string without its NUL.
  std::string_view text() {
    size_t end = rest_.find('\0');
    if (end == std::string_view::npos) throw Error(sqlstate::kProtocolViolation, "invalid string in message");
    std::string_view taken = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    return taken;
  }
  // A count word: 16 bits without a sign, so that there may be 65,535 parameters.
  uint16_t count() { return uint16_t(int16()); }
  bool at_end() const { return rest_.empty(); }
  void end() const {
    if (!rest_.empty()) throw Error(sqlstate::kProtocolViolation, "invalid message format");
  }
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

}  // namespace elegraph::pgwire
