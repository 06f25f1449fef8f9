// SPDX-License-Identifier: Apache-2.0
#include "pgwire/server.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <chrono>
#include <thread>

#include "pgwire/connection.h"
#include "pgwire/listener.h"
#include "pgwire/shared_state.h"
#include "pgwire/tls.h"
#include "storage/thread_memory.h"

namespace elegraph::pgwire {
namespace {

namespace asio = boost::asio;

void serve_thread(query::Engine& engine, IoThread& thread) {
  engine.arena().run_inside([&thread] {
    const storage::DiskWait::Scope scope(&thread);
    for (;;) {
      try {
        thread.io.run();
        return;
      } catch (const std::exception& e) {
        spdlog::error("an I/O handler failed: {}", e.what());
      }
    }
  });
}

}  // namespace

struct Server::Parts {
  Parts(query::Engine& engine, ServerOptions options) : shared(engine, std::move(options)) {}

  template <class F>
  void on_all_connections(F f) {
    for (auto& thread : shared.threads)
      asio::post(thread->io, [&t = *thread, f] {
        for (Connection* c : std::vector<Connection*>(t.connections.begin(), t.connections.end())) f(*c);
      });
  }
  // Closed ones are counted first: a connection may be closed by another thread than the one that opened it.
  uint64_t open() const {
    uint64_t opened = 0, closed = 0;
    for (auto& thread : shared.threads) closed += thread->counters.closed.get();
    for (auto& thread : shared.threads) opened += thread->counters.opened.get();
    return opened - closed;
  }
  bool wait_closed(std::chrono::milliseconds limit) const {
    auto deadline = std::chrono::steady_clock::now() + limit;
    while (open() > 0) {
      if (std::chrono::steady_clock::now() >= deadline) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return true;
  }

  SharedState shared;
  asio::io_context accepting{1};
  std::vector<std::shared_ptr<Listener>> listeners;
  std::vector<std::thread> running;
  std::unique_ptr<storage::RestListener> rest;
  uint16_t port = 0;
};

Server::Server(query::Engine& engine, ServerOptions options)
    : parts_(std::make_unique<Parts>(engine, std::move(options))) {}

Server::~Server() { stop(); }

void Server::start() {
  Parts& p = *parts_;
  auto& options = p.shared.options;
  if (options.tls) {
    p.shared.tls = make_tls_context(options.tls_certificate, options.tls_key);
    p.shared.certificate_hash = certificate_hash(*p.shared.tls);
  }
  const uint32_t threads = std::max(1u, p.shared.engine.io_threads());
  for (uint32_t i = 0; i < threads; i++)
    p.shared.threads.push_back(std::make_unique<IoThread>(p.shared.threads, i, threads > 1));
  p.port = options.port;
  for (auto& address : options.addresses) {
    auto listener = std::make_shared<Listener>(p.shared, p.accepting, p.shared.threads, address, p.port);
    p.port = listener->port();
    p.listeners.push_back(std::move(listener));
  }
  p.rest = std::make_unique<storage::RestListener>([&p] {
    for (auto& thread : p.shared.threads) asio::post(thread->io, storage::give_back_thread_memory);
    asio::post(p.accepting, storage::give_back_thread_memory);
  });
  for (auto& listener : p.listeners) listener->start();
  for (auto& thread : p.shared.threads)
    p.running.emplace_back([&engine = p.shared.engine, &t = *thread] { serve_thread(engine, t); });
  p.running.emplace_back([&p] { p.accepting.run(); });
}

void Server::stop() {
  Parts& p = *parts_;
  if (p.running.empty()) return;
  p.shared.stopping = true;
  asio::post(p.accepting, [&p] {
    for (auto& listener : p.listeners) listener->close();
  });
  p.on_all_connections([](Connection& c) { c.stop(); });
  // What is cancelled ends soon; a client that does not read its results is cut off. A statement that holds its I/O thread
  // is cancelled from here.
  if (!p.wait_closed(p.shared.options.shutdown_grace)) {
    do {
      p.shared.cancels.cancel_all();
      p.on_all_connections([](Connection& c) { c.abort(); });
    } while (!p.wait_closed(std::chrono::milliseconds(200)));
  }
  p.rest.reset();
  for (auto& thread : p.shared.threads) thread->work.reset(), thread->io.stop();
  p.accepting.stop();
  for (auto& thread : p.running) thread.join();
  p.running.clear();
  for (auto& listener : p.listeners) listener->close();  // its thread may have ended before it came to that
  p.listeners.clear();
}

uint16_t Server::port() const { return parts_->port; }

Metrics Server::metrics() const {
  Metrics m;
  m.connections_open = parts_->open();
  for (auto& thread : parts_->shared.threads) {
    auto& c = thread->counters;
    m.connections_opened += c.opened.get();
    m.connections_moved += c.moved.get();
    m.statements += c.statements.get();
    m.errors += c.errors.get();
    m.bytes_in += c.bytes_in.get();
    m.bytes_out += c.bytes_out.get();
  }
  m.shared_statements = parts_->shared.engine.shared_statements();
  m.connections_rejected = parts_->shared.rejected.load(std::memory_order_relaxed);
  m.cancel_requests = parts_->shared.cancel_requests.load(std::memory_order_relaxed);
  return m;
}

}  // namespace elegraph::pgwire
