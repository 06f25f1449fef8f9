// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <thread>

#include "pairs.h"
#include "temporary_directory.h"

namespace elegraph::storage {
namespace {

constexpr int64_t kSessions = 3, kSpan = 1'000'000;
constexpr int kPipe = 100;  // the descriptor on which the child reports

Database::Options options(const std::filesystem::path& directory) {
  Database::Options o;
  o.directory = directory / "graph";
  o.log_segment_bytes = 1 << 18;
  o.checkpoint_after_bytes = 20'000;  // many, so that the kill meets some
  return o;
}

// The child: writes pairs until it is killed, and each acknowledged one's number to the pipe.
TEST(Kill, DISABLED_Child) {
  const char* directory = std::getenv("ELEGRAPH_KILL_DIRECTORY");
  const int64_t round = std::atoi(std::getenv("ELEGRAPH_KILL_ROUND"));
  const auto database = Database::open(options(directory), {});
  std::vector<std::thread> writers;
  for (int64_t w = 0; w < kSessions; ++w) {
    writers.emplace_back([&, w] {
      PairSession session(database->graph());
      for (int64_t i = 1;; ++i) {
        const int64_t n = (round * kSessions + w) * kSpan + i;
        session.create(n, n);
        if (::write(kPipe, &n, sizeof n) != sizeof n) ::_exit(2);
      }
    });
  }
  for (auto& thread : writers) thread.join();
}

// A new image of this program: the threads of liburcu would not survive a mere fork.
pid_t start_child(const std::filesystem::path& directory, int round, int pipe) {
  ::setenv("ELEGRAPH_KILL_DIRECTORY", directory.c_str(), 1);
  ::setenv("ELEGRAPH_KILL_ROUND", std::to_string(round).c_str(), 1);
  const pid_t child = ::fork();
  if (child != 0) return child;
  ::dup2(pipe, kPipe);
  ::dup2(::open("/dev/null", O_WRONLY), STDOUT_FILENO);
  ::execl("/proc/self/exe", "storage_tests", "--gtest_also_run_disabled_tests", "--gtest_filter=Kill.DISABLED_Child",
          static_cast<char*>(nullptr));
  ::_exit(4);
}

TEST(Kill, AcknowledgedTransactionsSurviveSigkill) {
  const TemporaryDirectory directory;
  std::set<int64_t> acknowledged;
  for (int round = 0; round < 6; ++round) {
    int ends[2];
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    const pid_t child = start_child(directory.path(), round, ends[1]);
    ASSERT_GT(child, 0);
    ::close(ends[1]);
    std::thread killer([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(150 + 97 * round));
      ::kill(child, SIGKILL);
    });
    for (int64_t n; ::read(ends[0], &n, sizeof n) == sizeof n;) acknowledged.insert(n);
    killer.join();
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << status;
    ::close(ends[0]);

    auto o = options(directory.path());
    o.start_threads = false;
    // A slow start may be killed before the directory is made; the next one goes on with it.
    if (std::filesystem::exists(o.directory / "FORMAT")) {
      EXPECT_EQ(check_directory(o.directory, {}), std::vector<std::string>{});
    }
    const auto database = Database::open(o, {});
    const Pairs found = PairSession(database->graph()).read();
    for (const int64_t n : acknowledged) ASSERT_TRUE(found.count(n)) << "round " << round << " lost " << n;
  }
  EXPECT_GT(acknowledged.size(), 20u);
}

}  // namespace
}  // namespace elegraph::storage
