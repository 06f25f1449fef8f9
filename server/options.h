// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace elegraph::server {

// What the command line and the configuration file say; the command line wins.
struct Options {
  enum class Command : uint8_t { kServe, kCheck } command = Command::kServe;
  std::filesystem::path data = "data";
  uint16_t port = 5432;
  std::vector<std::string> listen = {"127.0.0.1", "::1"};
  uint32_t max_connections = 10'000;
  uint32_t workers = 0;     // arena threads, 0: one per core
  uint32_t io_threads = 0;  // 0: one per core
  bool split_all = false;   // query::EngineOptions
  uint32_t imagined_sizes = 0;
  uint64_t statement_memory_mb = 4096;
  bool tls = false;
  std::string tls_certificate, tls_key;
  uint16_t metrics_port = 0;  // 0: no endpoint
  std::string log_level = "info";
  std::string user = "elegraph";  // the first role's name
  std::string password_file;      // where its password is; empty: the environment, or no first role
};

// Reads argv and the file that --config names (TOML with the same names). Returns false when the process should end with
// `exit_code` (help, version, a wrong option).
bool read_options(int argc, char** argv, Options& options, int& exit_code);

}  // namespace elegraph::server
