// SPDX-License-Identifier: Apache-2.0
// load_client: what pgbench cannot measure. See --help.
#include <CLI/CLI.hpp>
#include <filesystem>
#include <fstream>

#include "bench/client/commands.h"

namespace bench {
namespace {

namespace fs = std::filesystem;

uint64_t run_time(const fs::path& task) {
  uint64_t nanoseconds = 0;
  std::ifstream(task / "schedstat") >> nanoseconds;
  return nanoseconds;
}

}  // namespace

uint64_t cpu_nanoseconds(int pid) {
  if (!pid) return 0;
  uint64_t sum = 0;
  std::error_code gone;
  for (auto& task : fs::directory_iterator("/proc/" + std::to_string(pid) + "/task", gone)) {
    sum += run_time(task.path());
    std::ifstream children(task.path() / "children");
    for (int child; children >> child;) sum += cpu_nanoseconds(child);
  }
  return sum;
}

}  // namespace bench

int main(int argc, char** argv) {
  using namespace bench;
  CLI::App app{"Load for benchmarks of servers that speak the Postgres protocol. Prints one line of JSON."};
  app.require_subcommand(1);
  Options o;
  auto add = [&](const char* name, const char* what, void (*run)(const Options&)) {
    CLI::App* command = app.add_subcommand(name, what);
    command->add_option("--port", o.target.port)->required();
    command->add_option("--user", o.target.user);
    command->add_option("--database", o.target.database);
    command->add_option("--server-pid", o.server_pid, "Whose CPU time to count, with all processes below it");
    command->add_option("--clients", o.clients);
    command->add_option("--setup", o.setup, "A statement for each connection to run first; may be repeated")
        ->allow_extra_args(false);
    command->callback([&o, run] {
      if (o.texts.empty()) o.texts.emplace_back();
      o.text = o.texts[0];
      run(o);
    });
    command->add_option("text", o.texts, "Statements");
    return command;
  };
  CLI::App* loop = add("loop", "Clients that execute one prepared statement after the other", closed_loop);
  loop->add_option("--threads", o.threads);
  loop->add_option("--seconds", o.seconds);
  loop->add_option("--random", o.random, "Greatest value of a parameter; once for each of them")->allow_extra_args(false);
  CLI::App* founding = add("founding", "Queries one after the other, against all of them at once", sequential_and_at_once);
  founding->add_option("--rounds", o.rounds);
  founding
      ->add_option("--sequential-setup", o.sequential_setup,
                   "As --setup, for the connection that runs them one after the other")
      ->allow_extra_args(false);
  CLI::App* connect = add("connect", "A new connection for each statement", connect_again);
  connect->add_option("--seconds", o.seconds);
  connect->add_option("--password", o.password);
  add("idle", "Connections that run the statement once and then hold still until standard input ends", hold_idle)
      ->add_option("--connections", o.connections);
  CLI11_PARSE(app, argc, argv);
}
