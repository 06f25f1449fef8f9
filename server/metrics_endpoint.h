// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>

#include "pgwire/server.h"

namespace elegraph::server {

// A loopback HTTP endpoint that gives the server's counters to Prometheus. Lives as long as the object.
class MetricsEndpoint {
 public:
  MetricsEndpoint(uint16_t port, const pgwire::Server& server);
  ~MetricsEndpoint();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace elegraph::server
