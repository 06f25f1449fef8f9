// SPDX-License-Identifier: Apache-2.0
#include "tests/support/server_process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <libpq-fe.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace elegraph::test {
namespace {

namespace fs = std::filesystem;

int free_port() {
  int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ::bind(fd, reinterpret_cast<sockaddr*>(&address), size);
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  ::close(fd);
  return ntohs(address.sin_port);
}

fs::path temporary_directory() {
  std::string pattern = (fs::temp_directory_path() / "elegraph-test-XXXXXX").string();
  if (!::mkdtemp(pattern.data())) throw std::runtime_error("mkdtemp failed");
  return pattern;
}

pid_t spawn(const std::vector<std::string>& arguments, int output) {
  std::vector<char*> argv;
  argv.push_back(const_cast<char*>(ELEGRAPH_BINARY));
  for (auto& a : arguments) argv.push_back(const_cast<char*>(a.c_str()));
  argv.push_back(nullptr);
  pid_t pid = ::fork();
  if (pid == 0) {
    ::dup2(output, 1);
    ::dup2(output, 2);
    ::execv(ELEGRAPH_BINARY, argv.data());
    ::_exit(127);
  }
  return pid;
}

int exit_status(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

}  // namespace

ServerProcess::ServerProcess(std::vector<std::string> arguments, fs::path directory)
    : arguments_(std::move(arguments)),
      directory_(directory.empty() ? temporary_directory() : std::move(directory)),
      own_directory_(directory.empty()),
      port_(free_port()) {
  start();
}

ServerProcess::~ServerProcess() {
  kill();
  const std::string text = log();
  for (auto report : {"ThreadSanitizer:", "AddressSanitizer:", "LeakSanitizer:", "runtime error:"}) {
    const size_t at = text.find(report);
    if (at != std::string::npos) ADD_FAILURE() << text.substr(text.rfind('\n', at) + 1, 20'000);
  }
  std::error_code ignored;
  if (own_directory_) fs::remove_all(directory_, ignored);
}

void ServerProcess::start() {
  std::vector<std::string> arguments{"serve", "--data", (directory_ / "data").string(), "--port", std::to_string(port_)};
  arguments.insert(arguments.end(), arguments_.begin(), arguments_.end());
  int log = ::open((directory_ / "log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  pid_ = spawn(arguments, log);
  ::close(log);
  for (auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);;) {
    if (PQping(connection().c_str()) == PQPING_OK) return;
    if (!alive() || std::chrono::steady_clock::now() > until)
      throw std::runtime_error("the server does not answer:\n" + this->log());
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

std::string ServerProcess::log() const {
  std::stringstream text;
  text << std::ifstream(directory_ / "log").rdbuf();
  return text.str();
}

std::string ServerProcess::connection(const std::string& user) const {
  return "host=127.0.0.1 port=" + std::to_string(port_) + " user=" + user + " dbname=elegraph connect_timeout=10";
}

bool ServerProcess::alive() const { return pid_ > 0 && ::waitpid(pid_, nullptr, WNOHANG) == 0; }

void ServerProcess::kill() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

int ServerProcess::stop() {
  int status = 0;
  ::kill(pid_, SIGTERM);
  ::waitpid(pid_, &status, 0);
  pid_ = -1;
  return exit_status(status);
}

long ServerProcess::resident_mb() const {
  std::ifstream file("/proc/" + std::to_string(pid_) + "/statm");
  long total = 0, resident = 0;
  file >> total >> resident;
  return resident * ::sysconf(_SC_PAGESIZE) >> 20;
}

Outcome run_elegraph(const std::vector<std::string>& arguments) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe failed");
  pid_t pid = spawn(arguments, ends[1]);
  ::close(ends[1]);
  Outcome outcome;
  char buffer[4096];
  for (ssize_t n; (n = ::read(ends[0], buffer, sizeof buffer)) > 0;) outcome.output.append(buffer, size_t(n));
  ::close(ends[0]);
  int status = 0;
  ::waitpid(pid, &status, 0);
  outcome.status = exit_status(status);
  return outcome;
}

}  // namespace elegraph::test
