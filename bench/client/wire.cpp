// SPDX-License-Identifier: Apache-2.0
#include "bench/client/wire.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace bench {
namespace {

constexpr size_t kErrorBytes = 4096;

[[noreturn]] void fail(const char* what) {
  std::fprintf(stderr, "load_client: %s\n", what);
  std::exit(1);
}

void append_int32(std::string& out, uint32_t v) {
  v = htonl(v);
  out.append(reinterpret_cast<const char*>(&v), 4);
}

// A message whose body `fill` appends.
template <class Fill>
void append_message(std::string& out, char type, Fill fill) {
  if (type) out += type;
  size_t start = out.size();
  append_int32(out, 0);
  fill();
  uint32_t size = htonl(uint32_t(out.size() - start));
  std::memcpy(out.data() + start, &size, 4);
}

}  // namespace

Wire::Wire(const Target& target) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(target.port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (fd_ < 0 || ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address)) fail(std::strerror(errno));
  int on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  append_message(out_, 0, [&] {
    append_int32(out_, 196608);
    for (const std::string& word :
         {std::string("user"), target.user, std::string("database"), target.database, std::string()})
      out_.append(word.c_str(), word.size() + 1);
  });
  send_all(out_);
  wait();
}

Wire::~Wire() {
  if (fd_ >= 0) ::close(fd_);
}

Wire::Wire(Wire&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      out_(std::move(other.out_)),
      head_size_(other.head_size_),
      body_left_(other.body_left_) {
  std::memcpy(head_, other.head_, sizeof head_);
}

void Wire::send_all(std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail(std::strerror(errno));
    bytes.remove_prefix(size_t(n));
  }
  out_.clear();
}

void Wire::send_query(std::string_view text) {
  append_message(out_, 'Q', [&] { out_.append(text) += '\0'; });
  send_all(out_);
}

void Wire::prepare(std::string_view text) {
  append_message(out_, 'P', [&] { out_.append("s", 2).append(text).append(3, '\0'); });
  append_message(out_, 'S', [] {});
  send_all(out_);
  wait();
}

void Wire::send_execute(std::span<const std::string> parameters) {
  append_message(out_, 'B', [&] {
    out_.append("\0s\0\0\0", 5);  // the unnamed portal, the statement s, all parameters in text
    out_ += char(parameters.size() >> 8);
    out_ += char(parameters.size());
    for (const std::string& p : parameters) {
      append_int32(out_, uint32_t(p.size()));
      out_ += p;
    }
    out_.append(2, '\0');
  });
  append_message(out_, 'E', [&] { out_.append(5, '\0'); });
  append_message(out_, 'S', [] {});
  send_all(out_);
}

bool Wire::receive() {
  char buffer[65536];
  ssize_t n = ::recv(fd_, buffer, sizeof buffer, 0);
  if (n < 0 && errno == EINTR) return false;
  if (n < 0) fail(std::strerror(errno));
  if (n == 0) fail("the server closed the connection");
  bool ready = false;
  for (const char *at = buffer, *end = buffer + n; at < end;) {
    if (head_size_ < sizeof head_) {
      size_t take = std::min(sizeof head_ - head_size_, size_t(end - at));
      std::memcpy(head_ + head_size_, at, take);
      head_size_ += take, at += take;
      if (head_size_ < sizeof head_) break;
      uint32_t size;
      std::memcpy(&size, head_ + 1, 4);
      body_left_ = ntohl(size) - 4;
    }
    size_t take = std::min(body_left_, size_t(end - at));
    if (head_[0] == 'E' && error_.size() < kErrorBytes) error_.append(at, take);
    body_left_ -= take, at += take;
    if (body_left_) break;
    head_size_ = 0;
    if (head_[0] == 'Z') ready = true;
    if (head_[0] == 'E') {
      std::replace(error_.begin(), error_.end(), '\0', ' ');
      fail(error_.c_str());
    }
  }
  return ready;
}

}  // namespace bench
