// SPDX-License-Identifier: Apache-2.0
#include <libpq-fe.h>
#include <sys/resource.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <thread>

#include "bench/client/commands.h"

namespace bench {
namespace {

void connect_and_ask(const Options& options) {
  std::string settings = "host=127.0.0.1 port=" + std::to_string(options.target.port) + " user=" + options.target.user +
                         " dbname=" + options.target.database + " sslmode=disable gssencmode=disable";
  if (!options.password.empty()) settings += " password=" + options.password;
  PGconn* connection = PQconnectdb(settings.c_str());
  PGresult* result = PQexec(connection, options.text.c_str());
  if (PQresultStatus(result) != PGRES_TUPLES_OK) {
    std::fprintf(stderr, "load_client: %s", PQerrorMessage(connection));
    std::exit(1);
  }
  PQclear(result);
  PQfinish(connection);
}

void allow_descriptors(rlim_t wanted) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = std::max(limit.rlim_cur, wanted);
  limit.rlim_max = std::max(limit.rlim_max, wanted);
  if (::setrlimit(RLIMIT_NOFILE, &limit)) std::perror("load_client: setrlimit");
}

}  // namespace

void connect_again(const Options& options) {
  std::atomic<uint64_t> done{0};
  uint64_t cpu = cpu_nanoseconds(options.server_pid);
  auto begun = Clock::now();
  std::vector<std::thread> running;
  for (int i = 0; i < options.clients; i++)
    running.emplace_back([&] {
      for (; seconds_since(begun) < options.seconds; done++) connect_and_ask(options);
    });
  for (auto& thread : running) thread.join();
  double seconds = seconds_since(begun);
  cpu = cpu_nanoseconds(options.server_pid) - cpu;
  std::printf("{\"rate\": %.1f, \"cpu_us\": %.3f}\n", double(done) / seconds, double(cpu) * 1e-3 / double(done));
}

void hold_idle(const Options& options) {
  allow_descriptors(rlim_t(options.connections) + 64);
  std::vector<Wire> wires;
  wires.reserve(size_t(options.connections));
  for (int i = 0; i < options.connections; i++) {
    wires.emplace_back(options.target);
    if (!options.text.empty()) wires.back().run(options.text);
  }
  std::printf("{\"connections\": %d}\n", options.connections);
  std::fflush(stdout);
  for (std::string line; std::getline(std::cin, line);) {}
}

}  // namespace bench
