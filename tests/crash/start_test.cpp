// SPDX-License-Identifier: Apache-2.0
// A server that cannot start refuses to, says why, and changes nothing.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <pqxx/pqxx>

#include "tests/support/server_process.h"

namespace elegraph::test {
namespace {

namespace fs = std::filesystem;

void expect_refusal(const std::vector<std::string>& arguments, const std::string& why) {
  Outcome outcome = run_elegraph(arguments);
  EXPECT_GT(outcome.status, 0);
  EXPECT_LT(outcome.status, 128) << "killed by a signal";
  EXPECT_NE(outcome.output.find(why), std::string::npos) << outcome.output;
}

class Start : public testing::Test {
 protected:
  std::string data() const { return (server.directory() / "data").string(); }
  fs::path graph() const { return server.directory() / "data" / "graphs" / "elegraph"; }
  void overwrite(const fs::path& file, std::streamoff at, const std::string& bytes) {
    std::fstream f(file, std::ios::in | std::ios::out | std::ios::binary);
    ASSERT_TRUE(f) << file;
    f.seekp(at);
    f << bytes;
  }
  ServerProcess server;
};

TEST_F(Start, PortInUse) {
  auto port = std::to_string(server.port());
  auto other = (server.directory() / "other").string();
  expect_refusal({"serve", "--data", other, "--port", port}, port);
}

TEST_F(Start, DirectoryInUse) { expect_refusal({"serve", "--data", data(), "--port", "1"}, "in use"); }

TEST_F(Start, DirectoryOfAnotherVersion) {
  ASSERT_EQ(server.stop(), 0);
  auto format = graph() / "FORMAT";
  ASSERT_TRUE(fs::exists(format));
  std::ofstream(format) << "elegraph storage format 999\n";
  expect_refusal({"serve", "--data", data(), "--port", "1"}, "another format");
  expect_refusal({"check", data()}, "another format");
}

TEST_F(Start, DirectoryThatIsNone) {
  auto file = server.directory() / "file";
  std::ofstream(file) << "not a directory";
  expect_refusal({"serve", "--data", file.string(), "--port", "1"}, "file");
  auto folder = server.directory() / "folder" / "graphs" / "elegraph";
  fs::create_directories(folder);
  std::ofstream(folder / "thesis.txt") << "not a graph";
  expect_refusal({"serve", "--data", (server.directory() / "folder").string(), "--port", "1"}, "thesis.txt");
  expect_refusal({"check", (server.directory() / "nothing").string()}, "nothing");
  auto home = server.directory() / "home";
  fs::create_directories(home);
  std::ofstream(home / "diary.txt") << "not a graph";
  expect_refusal({"serve", "--data", home.string(), "--port", "1"}, "diary.txt");
  EXPECT_FALSE(fs::exists(home / "graphs"));
}

TEST_F(Start, DamagedCheckpoint) {
  {
    pqxx::connection connection(server.connection());
    pqxx::nontransaction work(connection);
    work.exec("UNWIND range(1, 20000) AS i CREATE (:Row {id: i, text: 'row ' + toString(i)})");
    work.exec("CHECKPOINT");
  }
  ASSERT_EQ(server.stop(), 0);
  for (auto& entry : fs::directory_iterator(graph() / "checkpoint"))
    overwrite(entry.path(), std::streamoff(entry.file_size() / 2), std::string(64, '\x5a'));
  expect_refusal({"serve", "--data", data(), "--port", "1"}, "checksum");
  expect_refusal({"check", data()}, "checksum");
}

class Environment {
 public:
  Environment(const char* name, const std::string& value) : name_(name) { ::setenv(name, value.c_str(), 1); }
  ~Environment() { ::unsetenv(name_); }

 private:
  const char* name_;
};

TEST_F(Start, FirstRole) {
  auto file = server.directory() / "password";
  std::ofstream(file) << "f\u00fcr Ann\n";
  Environment user("ELEGRAPH_USER", "ann");
  {
    ASSERT_EQ(server.stop(), 0);
    auto refused = server.directory() / "refused";
    Environment empty("ELEGRAPH_PASSWORD", "");
    expect_refusal({"serve", "--data", refused.string(), "--port", "1"}, "password is empty");
    expect_refusal({"serve", "--data", refused.string(), "--port", "1", "--password-file", file.string()}, "twice");
  }
  expect_refusal({"serve", "--data", data(), "--port", "1", "--password-file", data() + "/none"}, "does not read");

  Environment path("ELEGRAPH_PASSWORD_FILE", file.string());
  server.start();
  EXPECT_THROW(pqxx::connection(server.connection("ann")), pqxx::broken_connection);
  EXPECT_THROW(pqxx::connection(server.connection("ann") + " password=wrong"), pqxx::broken_connection);
  pqxx::connection(server.connection("ann") + " password='f\u00fcr Ann'");
  // SASLprep: a client that sends the decomposed form proves the same password.
  pqxx::connection(server.connection("ann") + " password='fu\u0308r Ann'");

  // Later starts leave it alone.
  ASSERT_EQ(server.stop(), 0);
  std::ofstream(file) << "another\n";
  server.start();
  EXPECT_THROW(pqxx::connection(server.connection("ann") + " password=another"), pqxx::broken_connection);
  pqxx::connection(server.connection("ann") + " password='f\u00fcr Ann'");
}

TEST_F(Start, WrongOptions) {
  expect_refusal({"serve", "--port", "70000"}, "port");
  expect_refusal({"serve", "--nonsense"}, "nonsense");
  expect_refusal({"serve", "--data", (server.directory() / "a").string(), "--config", "/nonexistent.toml"}, "nonexistent");
  auto file = server.directory() / "options.toml";
  std::ofstream(file) << "port = 70000\n";
  expect_refusal({"serve", "--data", data(), "--config", file.string()}, "port");
  std::ofstream(file) << "prot = 1\n";
  expect_refusal({"serve", "--data", data(), "--config", file.string()}, "prot");
}

}  // namespace
}  // namespace elegraph::test
