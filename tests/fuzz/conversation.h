// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "pgwire/backend.h"
#include "query/engine.h"

namespace elegraph::fuzz {

// A server in memory and one client's half of the wire protocol without sockets: bytes go in, and what comes back is
// checked: whole messages, errors with an SQLSTATE, none of them an internal error (XX000), no wait without an end.
// Everything is made anew for each input, so that an input means the same whatever ran before it.
class Conversation : private pgwire::Waker {
 public:
  Conversation();
  ~Conversation();

  // The start-up packets and what follows them, `chunk` bytes at a time (0: all at once).
  void feed(std::string_view bytes, size_t chunk);
  // A session as a trusted client gets it, for messages alone.
  void open(std::string_view user);
  // One message to the session that open() made. What it answered.
  std::string send(char type, std::string_view body);
  bool closed() const { return closed_; }

 private:
  void read_input();
  void perform(pgwire::Step step);
  void check_output();
  void fail(const Error& error);
  void run_task();
  void await();
  void wake() override;

  std::unique_ptr<query::Engine> engine_;
  std::unique_ptr<query::Session> session_;
  pgwire::ThreadCounters counters_;
  pgwire::InputBuffer input_;
  std::string out_, answer_;
  std::unique_ptr<pgwire::Backend> backend_;
  int requests_ = 0;
  bool closed_ = false;

  std::mutex mutex_;
  std::condition_variable woken_;
  bool awake_ = false;
};

}  // namespace elegraph::fuzz
