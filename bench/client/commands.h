// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "bench/client/wire.h"

namespace bench {

using Clock = std::chrono::steady_clock;

inline double seconds_since(Clock::time_point begun) { return std::chrono::duration<double>(Clock::now() - begun).count(); }

// User and system time of a process and all below it, in nanoseconds.
uint64_t cpu_nanoseconds(int pid);

struct Options {
  Target target;
  int server_pid = 0;
  int clients = 1, threads = 1, rounds = 20, connections = 1000;
  double seconds = 3;
  std::string text;  // the statement; with several, clients take them in turn
  std::vector<std::string> texts;
  std::vector<std::string> setup;             // run by each connection first
  std::vector<std::string> sequential_setup;  // of the one that runs one statement after the other
  std::vector<int64_t> random;                // the greatest value of each parameter $1, $2 ...; they begin at 1
  std::string password;
};

// Each prints one line of JSON on standard output.
void closed_loop(const Options& options);  // clients that send one prepared statement after the other
void sequential_and_at_once(const Options& options);
void connect_again(const Options& options);  // a new connection for each statement, through libpq
void hold_idle(const Options& options);      // opens connections, then waits for the end of standard input

}  // namespace bench
