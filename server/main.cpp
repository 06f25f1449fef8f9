// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <memory>

#include "index/index_set.h"
#include "pgwire/server.h"
#include "query/engine.h"
#include "server/first_role.h"
#include "server/metrics_endpoint.h"
#include "server/options.h"
#include "server/version.h"
#include "storage/database.h"

namespace elegraph::server {
namespace {

void print_error(const Error& e) {
  fmt::print(stderr, "elegraph: {}\n", e.message);
  if (!e.detail.empty()) fmt::print(stderr, "DETAIL:  {}\n", e.detail);
  if (!e.hint.empty()) fmt::print(stderr, "HINT:  {}\n", e.hint);
}

int check(const Options& options) {
  std::filesystem::path graphs = options.data / "graphs";
  if (!std::filesystem::is_directory(graphs)) {
    fmt::print(stderr, "elegraph: \"{}\" is not a data directory\n", options.data.string());
    return 2;
  }
  size_t findings = 0;
  for (auto& entry : std::filesystem::directory_iterator(graphs)) {
    index::IndexSet indexes;
    for (auto& finding : storage::check_directory(entry.path(), {&indexes.labels(), &indexes})) {
      fmt::print("{}: {}\n", entry.path().filename().string(), finding);
      findings++;
    }
  }
  fmt::print("{}\n", findings == 0 ? "no findings" : fmt::format("{} findings", findings));
  return findings == 0 ? 0 : 1;
}

// One descriptor a connection: ask for as many as the system grants.
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

// Returns when SIGINT or SIGTERM comes, or when the log has failed.
void wait_for_end(const sigset_t& signals, query::Engine& engine) {
  timespec second{1, 0};
  for (;;) {
    int signal = sigtimedwait(&signals, nullptr, &second);
    if (signal == SIGINT || signal == SIGTERM) {
      spdlog::info("stopping on {}", signal == SIGINT ? "SIGINT" : "SIGTERM");
      return;
    }
    if (engine.failed()) {
      spdlog::error("the log cannot be written any more: stopping");
      return;
    }
  }
}

int serve(const Options& options) {
  sigset_t signals;
  sigemptyset(&signals);
  for (int signal : {SIGINT, SIGTERM}) sigaddset(&signals, signal);
  // Blocked before any thread starts, so that only wait_for_end() takes them.
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGHUP, SIG_IGN);   // there is nothing to read again, and a terminal that closes ends nobody's sessions
  std::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow is an error of the write
  raise_descriptor_limit();

  auto begun = std::chrono::steady_clock::now();
  query::EngineOptions engine_options;
  engine_options.directory = options.data;
  engine_options.workers = options.workers;
  engine_options.io_threads = options.io_threads;
  engine_options.split_all = options.split_all;
  engine_options.imagined_sizes = options.imagined_sizes;
  engine_options.statement_memory = options.statement_memory_mb << 20;
  engine_options.warn = [](const Error& e) { spdlog::warn("{}", e.message); };
  auto engine = query::Engine::open(engine_options);
  make_first_role(options, *engine);
  warn_of_closed_door(options, *engine);

  pgwire::ServerOptions server_options;
  server_options.addresses = options.listen;
  server_options.port = options.port;
  server_options.max_connections = options.max_connections;
  server_options.tls = options.tls;
  server_options.tls_certificate = options.tls_certificate;
  server_options.tls_key = options.tls_key;
  pgwire::Server server(*engine, server_options);
  server.start();
  std::unique_ptr<MetricsEndpoint> metrics;
  if (options.metrics_port) metrics = std::make_unique<MetricsEndpoint>(options.metrics_port, server);
  spdlog::info("elegraph {} serves {} on port {} (ready after {} ms)", kVersion,
               std::filesystem::absolute(options.data).string(), server.port(),
               (std::chrono::steady_clock::now() - begun) / std::chrono::milliseconds(1));

  wait_for_end(signals, *engine);
  bool failed = engine->failed();
  metrics.reset();
  server.stop();
  engine.reset();
  spdlog::info("stopped");
  return failed ? 1 : 0;
}

}  // namespace
}  // namespace elegraph::server

int main(int argc, char** argv) {
  using namespace elegraph;
  server::Options options;
  int exit_code = 0;
  if (!server::read_options(argc, argv, options, exit_code)) return exit_code;
  spdlog::set_level(spdlog::level::from_str(options.log_level));
  spdlog::set_pattern("%Y-%m-%d %H:%M:%S.%e %^%l%$ %v");
  try {
    return options.command == server::Options::Command::kCheck ? server::check(options) : server::serve(options);
  } catch (const Error& e) {
    server::print_error(e);
  } catch (const std::exception& e) {
    fmt::print(stderr, "elegraph: {}\n", e.what());
  }
  return 2;
}
