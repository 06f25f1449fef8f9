// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace bench {

struct Target {
  uint16_t port = 0;
  std::string user = "bench", database = "elegraph";
};

// One connection on the loopback, spoken to in the raw protocol so that the load costs little beside the
// server. Not thread-safe. An ErrorResponse, and a server that closes the connection, end the program with a
// message: a benchmark whose statements fail measures nothing.
class Wire {
 public:
  explicit Wire(const Target& target);  // returns when the server is ready for a query
  ~Wire();
  Wire(Wire&& other) noexcept;
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  int fd() const { return fd_; }

  void send_query(std::string_view text);                      // simple protocol
  void send_execute(std::span<const std::string> parameters);  // of what prepare() has prepared, parameters as text
  void prepare(std::string_view text);                         // waits
  void run(std::string_view text) { send_query(text), wait(); }
  void wait() {
    while (!receive()) {}
  }
  // Takes what has come, and waits only if nothing has; true once the server is ready for the next query.
  bool receive();

 private:
  void send_all(std::string_view bytes);

  int fd_;
  std::string out_;
  // A message that has come in part: its header, and how much of its body is still to come.
  char head_[5];
  size_t head_size_ = 0, body_left_ = 0;
  std::string error_;
};

}  // namespace bench
