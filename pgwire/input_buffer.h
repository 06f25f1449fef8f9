// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace elegraph::pgwire {

struct Message {
  char type;
  std::string_view body;  // in the buffer: valid until room() or release() is called
};

// What a client has sent and nobody has read yet, and the framing of it: a type byte, an int32 length that counts itself,
// the body. The type byte is checked before the length is believed, and the buffer grows with the bytes that really
// come, not with the length that was announced. Errors (08P01) mean that the stream is lost: close it.
class InputBuffer {
 public:
  static constexpr size_t kIdleBytes = 4096;      // what a waiting connection holds
  static constexpr size_t kKeepBytes = 16 << 10;  // more than this is given back when all is read
  static constexpr uint32_t kSmallMessage = 10'000;
  static constexpr uint32_t kLargeMessage = (1u << 30) - 1;

  InputBuffer();

  // Room for the next read; unread bytes move to the front where that makes room.
  struct Room {
    char* data;
    size_t size;
  };
  Room room();
  void filled(size_t bytes) { end_ += bytes; }

  std::optional<Message> next();
  // The type of the next message, as soon as that byte is there: for states that take but one, before its body is waited
  // for.
  std::optional<char> next_type() const { return empty() ? std::nullopt : std::optional(data_[begin_]); }
  // The start-up packet has no type byte: int32 length, body. At most 10,000 bytes.
  std::optional<std::string_view> next_startup();

  bool empty() const { return begin_ == end_; }
  // Gives memory back when nothing is unread.
  void release();

 private:
  std::optional<std::string_view> take(size_t header, size_t total);
  void resize(size_t capacity);

  std::unique_ptr<char[]> data_;
  size_t capacity_ = 0, begin_ = 0, end_ = 0;
  size_t wanted_ = 0;  // of the message that is not complete yet
};

}  // namespace elegraph::pgwire
