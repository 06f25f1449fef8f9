// SPDX-License-Identifier: Apache-2.0
#include "server/metrics_endpoint.h"

#include <prometheus/collectable.h>
#include <prometheus/exposer.h>
#include <prometheus/metric_family.h>

#include <string>
#include <vector>

namespace elegraph::server {
namespace {

prometheus::MetricFamily family(const std::string& name, const std::string& help, prometheus::MetricType type,
                                uint64_t value) {
  prometheus::MetricFamily f;
  f.name = name;
  f.help = help;
  f.type = type;
  prometheus::ClientMetric metric;
  metric.counter.value = double(value);
  metric.gauge.value = double(value);
  f.metric.push_back(metric);
  return f;
}

class Counters final : public prometheus::Collectable {
 public:
  explicit Counters(const pgwire::Server& server) : server_(server) {}

  std::vector<prometheus::MetricFamily> Collect() const override {
    using Type = prometheus::MetricType;
    pgwire::Metrics m = server_.metrics();
    return {
        family("elegraph_connections_opened_total", "Connections accepted", Type::Counter, m.connections_opened),
        family("elegraph_connections", "Connections open now", Type::Gauge, m.connections_open),
        family("elegraph_connections_rejected_total", "Connections refused", Type::Counter, m.connections_rejected),
        family("elegraph_connections_moved_total", "Connections moved to the I/O thread of their client's others",
               Type::Counter, m.connections_moved),
        family("elegraph_cancel_requests_total", "Cancel requests", Type::Counter, m.cancel_requests),
        family("elegraph_statements_total", "Statements run", Type::Counter, m.statements),
        family("elegraph_shared_statements_total", "Statements answered by the run of another one", Type::Counter,
               m.shared_statements),
        family("elegraph_errors_total", "Errors sent", Type::Counter, m.errors),
        family("elegraph_received_bytes_total", "Bytes received", Type::Counter, m.bytes_in),
        family("elegraph_sent_bytes_total", "Bytes sent", Type::Counter, m.bytes_out),
    };
  }

 private:
  const pgwire::Server& server_;
};

}  // namespace

struct MetricsEndpoint::Parts {
  Parts(uint16_t port, const pgwire::Server& server)
      : counters(std::make_shared<Counters>(server)), exposer("127.0.0.1:" + std::to_string(port), 1) {
    exposer.RegisterCollectable(counters);
  }
  std::shared_ptr<Counters> counters;
  prometheus::Exposer exposer;
};

MetricsEndpoint::MetricsEndpoint(uint16_t port, const pgwire::Server& server)
    : parts_(std::make_unique<Parts>(port, server)) {}
MetricsEndpoint::~MetricsEndpoint() = default;

}  // namespace elegraph::server
