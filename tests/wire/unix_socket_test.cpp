// SPDX-License-Identifier: Apache-2.0
// Unix-domain sockets, through libpq.
#include <gtest/gtest.h>
#include <libpq-fe.h>
#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>

#include "tests/support/server_process.h"

namespace elegraph::test {
namespace {

using Connection = std::unique_ptr<PGconn, void (*)(PGconn*)>;
using Result = std::unique_ptr<PGresult, void (*)(PGresult*)>;

class UnixSocket : public testing::Test {
 protected:
  UnixSocket() {
    std::string name = (std::filesystem::temp_directory_path() / "elegraph-socket-XXXXXX").string();
    folder = ::mkdtemp(name.data());
    server = std::make_unique<ServerProcess>(std::vector<std::string>{"--listen", "127.0.0.1," + folder});
  }
  ~UnixSocket() override {
    server = nullptr;
    std::filesystem::remove_all(folder);
  }

  std::string path() const { return folder + "/.s.PGSQL." + std::to_string(server->port()); }
  Connection connect(const std::string& more = "") const {
    const std::string settings =
        "host=" + folder + " port=" + std::to_string(server->port()) + " user=tester dbname=elegraph " + more;
    return {PQconnectdb(settings.c_str()), PQfinish};
  }
  static std::string ask(const Connection& c, const std::string& text) {
    if (PQstatus(c.get()) != CONNECTION_OK) return PQerrorMessage(c.get());
    const Result r{PQexec(c.get(), text.c_str()), PQclear};
    if (const char* sqlstate = PQresultErrorField(r.get(), PG_DIAG_SQLSTATE)) return sqlstate;
    return PQntuples(r.get()) ? PQgetvalue(r.get(), 0, 0) : "";
  }

  std::string folder;
  std::unique_ptr<ServerProcess> server;
};

TEST_F(UnixSocket, ServesStatementsOfAllSizes) {
  const Connection session = connect();
  const std::string large(3'000'000, 'x');
  EXPECT_EQ(ask(session, "RETURN '" + large + "'"), large);
  EXPECT_EQ(ask(session, "RETURN 1 / 0"), "22012");
  EXPECT_EQ(ask(session, "CREATE (n:N {id: 1}) RETURN n.id"), "1");
  const Connection by_tcp{PQconnectdb(server->connection().c_str()), PQfinish};
  EXPECT_EQ(ask(by_tcp, "MATCH (n:N) RETURN count(*)"), "1");
  struct stat status{};
  ASSERT_EQ(::stat(path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0777u) << "who may connect is for authentication to say";
}

TEST_F(UnixSocket, CancelsThroughIt) {
  const Connection session = connect();
  ASSERT_TRUE(PQsendQuery(session.get(), "UNWIND range(1, 1000000000000) AS i RETURN count(i)"));
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  const std::unique_ptr<PGcancel, void (*)(PGcancel*)> cancel(PQgetCancel(session.get()), PQfreeCancel);
  char error[256] = "";
  EXPECT_TRUE(PQcancel(cancel.get(), error, sizeof error)) << error;
  const Result r{PQgetResult(session.get()), PQclear};
  EXPECT_STREQ(PQresultErrorField(r.get(), PG_DIAG_SQLSTATE), "57014");
}

TEST_F(UnixSocket, AsksForThePasswordOnceThereIsARole) {
  EXPECT_EQ(ask(connect(), "CREATE ROLE tester LOGIN PASSWORD 'open sesame'"), "");
  EXPECT_NE(ask(connect(), "RETURN 1").find("no password supplied"), std::string::npos);
  EXPECT_NE(ask(connect("password=wrong"), "RETURN 1").find("password authentication failed"), std::string::npos);
  EXPECT_EQ(ask(connect("password='open sesame'"), "RETURN 1"), "1");
}

TEST_F(UnixSocket, GoesWithItsServerAndTheOneOfAKilledServerIsReplaced) {
  server->kill();
  EXPECT_TRUE(std::filesystem::exists(path()));
  server->start();
  EXPECT_EQ(ask(connect(), "RETURN 1"), "1");
  EXPECT_EQ(server->stop(), 0);
  EXPECT_FALSE(std::filesystem::exists(path()));
}

TEST_F(UnixSocket, LeavesWhatIsNotItsOwn) {
  const std::string port = std::to_string(server->port());
  const auto second = run_elegraph({"serve", "--data", folder + "/data", "--port", port, "--listen", folder});
  EXPECT_EQ(second.status, 2);
  EXPECT_NE(second.output.find("Address already in use"), std::string::npos) << second.output;
  EXPECT_EQ(ask(connect(), "RETURN 1"), "1");

  const std::string file = folder + "/.s.PGSQL.1";
  std::ofstream(file) << "a file";
  EXPECT_EQ(run_elegraph({"serve", "--data", folder + "/data", "--port", "1", "--listen", folder}).status, 2);
  EXPECT_EQ(std::filesystem::file_size(file), 6u);

  const auto missing = run_elegraph({"serve", "--data", folder + "/data", "--port", port, "--listen", folder + "/no"});
  EXPECT_NE(missing.output.find("No such file or directory"), std::string::npos) << missing.output;
  const std::string deep(120, 'x');
  const auto long_name =
      run_elegraph({"serve", "--data", folder + "/data", "--port", port, "--listen", folder + "/" + deep});
  EXPECT_NE(long_name.output.find("too long"), std::string::npos) << long_name.output;
}

}  // namespace
}  // namespace elegraph::test
