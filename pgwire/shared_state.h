// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "pgwire/cancel_registry.h"
#include "pgwire/metrics.h"
#include "pgwire/scram.h"
#include "pgwire/server.h"

namespace elegraph::pgwire {

class Connection;

// One I/O thread: its event loop, its connections and its output buffers. All but `counters` belongs to that thread.
struct IoThread {
  IoThread() : io(1), work(io.get_executor()) {}

  // Output buffers of connections that have nothing to write.
  void borrow(std::string& buffer) {
    if (buffer.capacity() > kSmall || spare.empty()) return;
    buffer = std::move(spare.back());
    spare.pop_back();
  }
  void give_back(std::string& buffer) {
    if (buffer.capacity() <= kSmall) return;
    buffer.clear();
    if (buffer.capacity() <= kLargest && spare.size() < kSpares) spare.push_back(std::move(buffer));
    buffer = std::string();
  }

  boost::asio::io_context io;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work;
  ThreadCounters counters;
  std::unordered_set<Connection*> connections;
  std::vector<std::string> spare;

 private:
  static constexpr size_t kSmall = 64, kLargest = 256 << 10, kSpares = 16;
};

// What all connections of a server share. Thread-safe: constant after start, or atomic.
struct SharedState {
  SharedState(query::Engine& e, ServerOptions o) : engine(e), options(std::move(o)) {}

  query::Engine& engine;
  const ServerOptions options;
  CancelRegistry cancels;
  std::unique_ptr<boost::asio::ssl::context> tls;
  std::string certificate_hash;
  const Digest mock_secret = random_digest();  // for users that do not exist
  std::atomic<uint32_t> open{0};
  std::atomic<uint64_t> rejected{0}, cancel_requests{0};
  std::atomic<bool> stopping{false};
};

}  // namespace elegraph::pgwire
