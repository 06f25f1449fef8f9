// SPDX-License-Identifier: Apache-2.0
#include "pgwire/input_buffer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "query/types/network_order.h"
#include "storage/error.h"

namespace elegraph::pgwire {
namespace {

// The longest message of a type; 0 for a type that no client sends.
uint32_t limit_of(char type) {
  switch (type) {
    case 'Q':
    case 'P':
    case 'B':
    case 'F':
    case 'd': return InputBuffer::kLargeMessage;
    case 'C':
    case 'D':
    case 'E':
    case 'H':
    case 'S':
    case 'X':
    case 'c':
    case 'f':
    case 'p': return InputBuffer::kSmallMessage;
    default: return 0;
  }
}

}  // namespace

InputBuffer::InputBuffer() { resize(kIdleBytes); }

void InputBuffer::resize(size_t capacity) {
  std::unique_ptr<char[]> data(new char[capacity]);
  if (!empty()) std::memcpy(data.get(), data_.get() + begin_, end_ - begin_);
  data_ = std::move(data);
  capacity_ = capacity;
  end_ -= begin_;
  begin_ = 0;
}

InputBuffer::Room InputBuffer::room() {
  if (begin_ == end_) begin_ = end_ = 0;
  size_t unread = end_ - begin_;
  if (wanted_ > capacity_ && unread >= capacity_ / 2) {
    // Twice what has come, at most what was announced and some of what follows.
    resize(std::min(capacity_ * 2, std::max(wanted_ + 1024, capacity_)));
  } else if (end_ == capacity_ || begin_ + std::max(wanted_, size_t{512}) > capacity_) {
    std::memmove(data_.get(), data_.get() + begin_, unread);
    begin_ = 0, end_ = unread;
  }
  if (end_ == capacity_) resize(capacity_ * 2);
  return {data_.get() + end_, capacity_ - end_};
}

std::optional<std::string_view> InputBuffer::take(size_t header, size_t total) {
  wanted_ = total;
  if (end_ - begin_ < total) return std::nullopt;
  std::string_view body(data_.get() + begin_ + header, total - header);
  begin_ += total;
  wanted_ = 0;
  return body;
}

std::optional<Message> InputBuffer::next() {
  size_t unread = end_ - begin_;
  if (!unread) return std::nullopt;
  char type = data_[begin_];
  uint32_t limit = limit_of(type);
  if (!limit)
    throw Error(sqlstate::kProtocolViolation, fmt::format("invalid frontend message type {}", int(uint8_t(type))));
  if (unread < 5) return std::nullopt;
  uint32_t length = query::types::load_big<uint32_t>(data_.get() + begin_ + 1);
  if (length < 4 || length > limit) throw Error(sqlstate::kProtocolViolation, "invalid message length");
  auto body = take(5, size_t(length) + 1);
  if (!body) return std::nullopt;
  return Message{type, *body};
}

std::optional<std::string_view> InputBuffer::next_startup() {
  if (end_ - begin_ < 4) return std::nullopt;
  uint32_t length = query::types::load_big<uint32_t>(data_.get() + begin_);
  if (length < 8 || length > kSmallMessage) throw Error(sqlstate::kProtocolViolation, "invalid length of startup packet");
  return take(4, length);
}

void InputBuffer::release() {
  if (begin_ == end_ && capacity_ > kKeepBytes) {
    begin_ = end_ = 0;
    resize(kIdleBytes);
  }
}

}  // namespace elegraph::pgwire
