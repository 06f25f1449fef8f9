// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace elegraph::test {

// An `elegraph serve` of its own on a free loopback port, with its data in a temporary folder that goes with it. A
// sanitizer's report in its log fails the test.
class ServerProcess {
 public:
  // `arguments` go behind those for data and port. `directory` empty: a fresh one.
  explicit ServerProcess(std::vector<std::string> arguments = {}, std::filesystem::path directory = {});
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  int port() const { return port_; }
  pid_t pid() const { return pid_; }
  const std::filesystem::path& directory() const { return directory_; }
  std::string log() const;
  // "host=127.0.0.1 port=... user=... dbname=..."
  std::string connection(const std::string& user = "tester") const;

  void start();  // waits until it answers; throws with its log when it does not
  void kill();   // SIGKILL
  int stop();    // SIGTERM; its exit status
  bool alive() const;
  // Resident memory in MiB.
  long resident_mb() const;

 private:
  std::vector<std::string> arguments_;
  std::filesystem::path directory_;
  bool own_directory_;
  int port_;
  pid_t pid_ = -1;
};

// Runs the binary with these arguments and gives its exit status and output.
struct Outcome {
  int status;
  std::string output;
};
Outcome run_elegraph(const std::vector<std::string>& arguments);

}  // namespace elegraph::test
