// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "pgwire/metrics.h"
#include "pgwire/placement.h"
#include "query/engine.h"

namespace elegraph::pgwire {

struct ServerOptions {
  std::vector<std::string> addresses = {"127.0.0.1", "::1"};  // and directories (endpoint.h)
  uint16_t port = 5432;                                       // 0: any free one (tests)
  uint32_t max_connections = 10'000;                          // 53300 past it
  std::chrono::milliseconds handshake_timeout{60'000};
  std::chrono::milliseconds shutdown_grace{5'000};  // for running statements, before they are cancelled
  bool tls = false;
  std::string tls_certificate, tls_key;       // PEM files; both empty: a self-signed certificate, made at start
  std::string default_database = "elegraph";  // for clients that name none (or one equal to the user's name)
  std::function<int(int socket)> core_of = incoming_core;  // what decides which I/O thread has a connection; else for tests
};

// The PostgreSQL front end of an engine: listens, and serves each connection as a coroutine on one of the engine's I/O
// threads. start() and stop() are for one thread; metrics() for any. The engine outlives the server.
class Server {
 public:
  Server(query::Engine& engine, ServerOptions options);
  ~Server();  // stops

  // Listens and starts the I/O threads. Errors: 58030 when an address cannot be listened on (with a hint where the port
  // is taken), F0000 for a certificate or key that does not load.
  void start();
  // Closes the listeners, sends 57P01 to idle sessions, lets running statements go on for the grace time, cancels
  // the rest, and returns when all connections are closed.
  void stop();

  uint16_t port() const;  // that is listened on
  Metrics metrics() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace elegraph::pgwire
