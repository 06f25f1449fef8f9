// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string_view>

namespace elegraph::pgwire {

// Sends to several sockets with one system call, where the kernel lends an io_uring; else with one each. Apart from the
// calls themselves that spares wake-ups: a client of many connections that is woken by the first of several answers, and
// has the processor at once, finds the others only by waiting once more.
//
// Nothing waits: what a socket does not take now is not sent. Belongs to one thread, which makes its ring when it first
// needs one. Never fails: without a ring, or when it breaks, calls are made one by one.
class SendBatch {
 public:
  // use_ring: false for one call each wherever it runs
  explicit SendBatch(bool use_ring = true);
  ~SendBatch();
  SendBatch(const SendBatch&) = delete;
  SendBatch& operator=(const SendBatch&) = delete;

  // After flush() at the latest `sent` says how many of the bytes have gone, which must stay until then. An error is no
  // byte sent: the socket's next call meets it.
  void add(int socket, std::string_view bytes, size_t& sent);
  void flush();

  // Whether the kernel has lent a ring.
  bool has_ring() const { return ring_ != nullptr; }

 private:
  class Ring;
  struct Send {
    int socket;
    std::string_view bytes;
    size_t* sent;
  };
  static constexpr size_t kMost = 64;

  std::unique_ptr<Ring> ring_;
  bool asked_;  // for a ring, or not to be
  std::array<Send, kMost> sends_;
  size_t count_ = 0;
};

}  // namespace elegraph::pgwire
