// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "query/types/network_order.h"

namespace elegraph::pgwire {

// Appends one backend message to a buffer: a type byte, an int32 length that counts itself, the body. The length
// is set by end(); the destructor takes an unfinished message back, so that an exception half-way leaves the buffer
// at a message boundary.
class MessageWriter {
 public:
  MessageWriter(std::string& out, char type) : out_(out), start_(out.size()) {
    char head[5] = {type, 0, 0, 0, 0};
    out_.append(head, 5);
  }
  MessageWriter(const MessageWriter&) = delete;
  MessageWriter& operator=(const MessageWriter&) = delete;
  ~MessageWriter() {
    if (!ended_) out_.resize(start_);
  }

  MessageWriter& byte(char v) { return out_ += v, *this; }
  MessageWriter& int16(int v) { return query::types::append_int16(out_, int16_t(v)), *this; }
  MessageWriter& int32(int64_t v) { return query::types::append_int32(out_, int32_t(v)), *this; }
  MessageWriter& bytes(std::string_view v) { return out_ += v, *this; }
  // A C string: cut at a NUL inside, which would end it anyway.
  MessageWriter& text(std::string_view v) {
    out_ += v.substr(0, v.find('\0'));
    out_ += '\0';
    return *this;
  }
  void end() {
    query::types::store_big(out_.data() + start_ + 1, uint32_t(out_.size() - start_ - 1));
    ended_ = true;
  }

 private:
  std::string& out_;
  size_t start_;
  bool ended_ = false;
};

// Messages of fixed text.
inline void append_empty_message(std::string& out, char type) {
  char message[5] = {type, 0, 0, 0, 4};
  out.append(message, 5);
}

}  // namespace elegraph::pgwire
