// SPDX-License-Identifier: Apache-2.0
// A disk that is full: the statement fails with 53100, readers go on, and once there is room again so do writers.
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include <fstream>
#include <pqxx/pqxx>

#include "tests/support/server_process.h"

namespace elegraph::test {
namespace {

namespace fs = std::filesystem;

// A small file system of this process's own; false where the system does not allow that.
bool mount_small_disk(const fs::path& at, const std::string& size) {
  return ::unshare(CLONE_NEWNS) == 0 && ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         ::mount("none", at.c_str(), "tmpfs", 0, ("size=" + size).c_str()) == 0;
}

// Creates batches of nodes until a statement fails; gives its SQLSTATE and counts the batches that were acknowledged.
std::string write_until_error(pqxx::connection& connection, int batch, int& acknowledged) {
  pqxx::nontransaction work(connection);
  for (int i = 0; i < 10'000; i++) {
    try {
      work.exec("UNWIND range(1, " + std::to_string(batch) + ") AS i CREATE (:Row {batch: " + std::to_string(acknowledged) +
                ", text: 'some text that takes room on the disk, number ' + toString(i)})");
      acknowledged++;
    } catch (const pqxx::sql_error& e) {
      return e.sqlstate();
    }
  }
  return "no error";
}

void expect_batches(const ServerProcess& server, int batch, int acknowledged) {
  pqxx::connection connection(server.connection());
  pqxx::nontransaction work(connection);
  EXPECT_EQ(work.exec("MATCH (r:Row) RETURN count(*)")[0][0].as<int>(), batch * acknowledged);
  EXPECT_EQ(work.exec("MATCH (r:Row) RETURN count(DISTINCT r.batch)")[0][0].as<int>(), acknowledged);
}

void expect_clean_restart(ServerProcess& server, int batch, int acknowledged) {
  server.kill();
  auto outcome = run_elegraph({"check", (server.directory() / "data").string()});
  EXPECT_EQ(outcome.status, 0) << outcome.output;
  server.start();
  expect_batches(server, batch, acknowledged);
}

TEST(FullDisk, StopsWritersOnlyAndOnlyWhileItIsFull) {
  fs::path disk = fs::temp_directory_path() / ("elegraph-disk-" + std::to_string(::getpid()));
  fs::create_directory(disk);
  if (!mount_small_disk(disk, "128m")) {
    fs::remove(disk);
    GTEST_SKIP() << "needs the right to mount a file system";
  }
  {
    for (auto ballast : {"ballast", "more ballast"}) std::ofstream(disk / ballast) << std::string(32 << 20, 'x');
    ServerProcess server({}, disk);
    pqxx::connection connection(server.connection());
    constexpr int kBatch = 5000;
    int acknowledged = 0;
    EXPECT_EQ(write_until_error(connection, kBatch, acknowledged), "53100");
    EXPECT_GT(acknowledged, 0);
    ASSERT_TRUE(server.alive()) << server.log();
    expect_batches(server, kBatch, acknowledged);
    fs::remove(disk / "ballast");
    const int before = acknowledged;
    EXPECT_EQ(write_until_error(connection, kBatch, acknowledged), "53100");
    EXPECT_GT(acknowledged, before) << "there is room again";
    ASSERT_TRUE(server.alive()) << server.log();
    // Still full: it starts all the same and serves readers, and goes on with writers once there is room.
    expect_clean_restart(server, kBatch, acknowledged);
    pqxx::connection again(server.connection());
    EXPECT_EQ(write_until_error(again, kBatch, acknowledged), "53100");
    expect_batches(server, kBatch, acknowledged);
    fs::remove(disk / "more ballast");
    const int then = acknowledged;
    EXPECT_EQ(write_until_error(again, kBatch, acknowledged), "53100");
    EXPECT_GT(acknowledged, then) << "there is room again";
    ASSERT_TRUE(server.alive()) << server.log();
    expect_clean_restart(server, kBatch, acknowledged);
  }
  // Detached: a sanitizer's symbolizer, a child of the server that was killed, may still hold the log.
  EXPECT_EQ(::umount2(disk.c_str(), MNT_DETACH), 0);
  fs::remove(disk);
}

TEST(FullDisk, AFileThatMayNotGrow) {
  // Segments of the log have 16 MiB; a larger record needs a larger file.
  rlimit limit{};
  getrlimit(RLIMIT_FSIZE, &limit);
  const rlim_t before = limit.rlim_cur;
  limit.rlim_cur = 24 << 20;
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
  ServerProcess server;
  limit.rlim_cur = before;
  setrlimit(RLIMIT_FSIZE, &limit);
  pqxx::connection connection(server.connection());
  int acknowledged = 0;
  EXPECT_EQ(write_until_error(connection, 600'000, acknowledged), "53100");
  EXPECT_EQ(acknowledged, 0);
  pqxx::nontransaction work(connection);
  work.exec("CREATE (:Small)");
  EXPECT_EQ(work.exec("MATCH (n) RETURN count(*)")[0][0].as<int>(), 1);
}

}  // namespace
}  // namespace elegraph::test
