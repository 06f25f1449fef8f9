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
#include "storage/disk_wait.h"

namespace elegraph::pgwire {

class Connection;

// One I/O thread: its event loop, its connections and its output buffers. All but `counters` and try_assign() belongs to
// that thread.
//
// A thread with a single connection may wait for the disk for it (DiskWait), as then nobody else waits: a new connection
// goes to another thread meanwhile. Who assigns first counts the connection and then looks for a wait, and the thread
// first announces its wait and then looks at the count, both sequentially consistent, so one of them sees the other. The
// log lets one thread write at a time, so with two I/O threads or more there is always one to take new connections.
struct IoThread final : storage::DiskWait {
  explicit IoThread(bool may_wait) : io(1), work(io.get_executor()), may_wait_(may_wait) {}

  // False while it waits for the disk: another thread must take the connection. Any thread.
  bool try_assign() {
    assigned_.fetch_add(1, std::memory_order_seq_cst);
    if (!waiting_.load(std::memory_order_seq_cst)) return true;
    unassign();
    return false;
  }
  void unassign() { assigned_.fetch_sub(1, std::memory_order_relaxed); }

  bool begin() override {
    if (!may_wait_ || assigned_.load(std::memory_order_relaxed) != 1) return false;
    waiting_.store(true, std::memory_order_seq_cst);
    if (assigned_.load(std::memory_order_seq_cst) == 1) return true;
    end();
    return false;
  }
  void end() override { waiting_.store(false, std::memory_order_release); }

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

  const bool may_wait_;  // there are other threads to take connections
  std::atomic<uint32_t> assigned_{0};  // connections that it was given and that have not ended
  std::atomic<bool> waiting_{false};
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
