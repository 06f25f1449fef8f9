// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "tests/unit/pgwire/messages.h"

namespace elegraph::pgwire::test {

// A client that speaks the protocol message by message over a blocking loopback socket; 20 seconds of patience.
class Client {
 public:
  explicit Client(uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    timeval limit{20, 0};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) throw std::runtime_error("connect");
  }
  ~Client() { hang_up(); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      ssize_t n = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0) return;
      bytes.remove_prefix(size_t(n));
    }
  }
  // Raw bytes; empty at the end of the stream.
  std::string receive() {
    char buffer[65536];
    ssize_t n = ::recv(socket_, buffer, sizeof buffer, 0);
    return n > 0 ? std::string(buffer, size_t(n)) : std::string();
  }
  bool nothing_came() const {
    char byte;
    return ::recv(socket_, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0;
  }
  // Answers until `states` ReadyForQuery messages, or the end of the stream.
  std::vector<Answer> until_ready(int states = 1) {
    std::vector<Answer> all;
    while (states > 0) {
      for (auto& a : take_answers(pending_)) {
        states -= a.type == 'Z';
        all.push_back(std::move(a));
      }
      if (states <= 0) break;
      std::string more = receive();
      if (more.empty()) break;
      pending_ += more;
    }
    return all;
  }
  std::string talk(std::string_view bytes, int states = 1) {
    send(bytes);
    return summary(until_ready(states));
  }
  std::string open(std::vector<std::string> settings = {"user", "u"}) { return talk(startup(settings)); }
  void hang_up() {
    if (socket_ >= 0) ::close(socket_);
    socket_ = -1;
  }

 private:
  int socket_;
  std::string pending_;
};

}  // namespace elegraph::pgwire::test
