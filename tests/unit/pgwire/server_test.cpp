// SPDX-License-Identifier: Apache-2.0
// The server over loopback sockets, driven by a blocking client.
#include "pgwire/server.h"

#include <gtest/gtest.h>

#include <map>
#include <mutex>
#include <random>
#include <thread>

#include "pgwire/startup_packet.h"
#include "tests/unit/pgwire/fake_engine.h"
#include "tests/unit/pgwire/messages.h"
#include "tests/unit/pgwire/socket_client.h"

namespace elegraph::pgwire {
namespace {

using namespace test;

class ServerTest : public testing::Test {
 protected:
  void start() {
    options.addresses = {"127.0.0.1"};
    options.port = 0;
    server = std::make_unique<Server>(engine, options);
    server->start();
  }
  uint16_t port() const { return server->port(); }

  fake::FakeEngine engine;
  ServerOptions options;
  std::unique_ptr<Server> server;
};

void eventually(auto&& condition) {
  for (int i = 0; i < 2000 && !condition(); i++) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_TRUE(condition());
}

TEST_F(ServerTest, GreetsAndAnswers) {
  start();
  Client c(port());
  EXPECT_EQ(c.open(), "R S S K Z(I)");
  EXPECT_EQ(c.talk(query("one")), "T D C(SELECT 1) Z(I)");
  EXPECT_EQ(c.talk(parse("s", "one") + bind("", "s") + execute("") + sync()), "1 2 D C(SELECT 1) Z(I)");
  c.send(message('X'));
  EXPECT_EQ(c.receive(), "");
  EXPECT_EQ(server->metrics().statements, 2u);
}

// Pieces come one by one, each in a turn of its own.
TEST_F(ServerTest, KeepsAPipelinesAnswersUntilTheyAreAskedFor) {
  start();
  Client c(port());
  c.open();
  auto send_after = [&](uint64_t statements, const std::string& bytes) {
    eventually([&] { return server->metrics().statements == statements; });
    c.send(bytes);
  };
  const std::string one = bind("", "s") + execute("");
  c.send(parse("s", "one") + one);
  send_after(1, one);
  send_after(2, one);
  eventually([&] { return server->metrics().statements == 3; });
  EXPECT_TRUE(c.nothing_came());
  EXPECT_EQ(c.talk(sync()), "1 2 D C(SELECT 1) 2 D C(SELECT 1) 2 D C(SELECT 1) Z(I)");
  c.send(one);
  send_after(4, message('H'));
  EXPECT_FALSE(c.receive().empty());
  std::string many;
  for (int i = 0; i < 1000; i++) many += one;
  c.send(many);  // more than it keeps
  EXPECT_FALSE(c.receive().empty());
}

TEST_F(ServerTest, RefusesEncryptionItDoesNotHave) {
  start();
  Client c(port());
  c.send(int32(8) + int32(StartupPacket::kGssCode));
  EXPECT_EQ(c.receive(), "N");
  c.send(int32(8) + int32(StartupPacket::kTlsCode));
  EXPECT_EQ(c.receive(), "N");
  EXPECT_EQ(c.open(), "R S S K Z(I)");
}

TEST_F(ServerTest, NegotiatesTheVersion) {
  start();
  Client c(port());
  EXPECT_EQ(c.talk(startup({"user", "u", "_pq_.x", "1"}, (3 << 16) + 2)), "v R S S K Z(I)");
}

TEST_F(ServerTest, ErrorsAtStartAreFatal) {
  start();
  EXPECT_EQ(Client(port()).open({"user", "u", "database", "nope"}), "E(3D000)");
  EXPECT_EQ(Client(port()).open({"user", "u", "wrong", "1"}), "E(42704)");
  EXPECT_EQ(Client(port()).open({"user", "u", "replication", "database"}), "E(0A000)");
  EXPECT_EQ(Client(port()).talk(startup({"user", "u"}, 2 << 16)), "E(0A000)");
  EXPECT_EQ(Client(port()).talk("GET / HTTP/1.1\r\n\r\n"), "E(08P01)");
  eventually([&] { return server->metrics().connections_open == 0; });
}

TEST_F(ServerTest, WrongPasswordsAndUnknownUsersLookTheSame) {
  engine.roles["u"] =
      "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:"
      "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=";
  start();
  for (std::string user : {"u", "nobody"}) {
    Client c(port());
    c.send(startup({"user", user}));
    EXPECT_EQ(c.receive().substr(0, 1), "R");
    std::string first = "n,,n=,r=abc";
    c.send(message('p', text("SCRAM-SHA-256") + int32(int64_t(first.size())) + first));
    std::string answer = c.receive();
    std::string server_first = answer.substr(9);
    std::string nonce = server_first.substr(2, server_first.find(',') - 2);
    std::string final = "c=biws,r=" + nonce + ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
    c.send(message('p', final));
    EXPECT_EQ(summary(c.until_ready()), "E(28P01)");
  }
}

TEST_F(ServerTest, OnlyPasswordsAreTakenBeforeTheyAreProven) {
  engine.roles["u"] = "";
  start();
  Client c(port());
  c.send(startup({"user", "u"}));
  EXPECT_EQ(c.receive().substr(0, 1), "R");
  c.send("Q" + int32(1 << 29));  // refused by its type, before the body that it announces
  EXPECT_EQ(summary(c.until_ready()), "E(08P01)");
}

// The twelve clients have two cores, and one of each has gone to the other for a while, so that sessions move between
// their statements.
TEST_F(ServerTest, SessionsMoveToTheThreadOfTheirClientsCore) {
  std::mutex mutex;
  std::map<int, int> order;
  std::atomic<int> away = 0;
  options.core_of = [&](int socket) {
    const std::lock_guard lock(mutex);
    const int client = order.try_emplace(socket, int(order.size())).first->second;
    return (client + (client / 2 == away)) % 2;
  };
  start();
  std::atomic<bool> enough = false;
  auto talk = [&] {
    Client c(port());
    c.open();
    c.talk(parse("e", "echo") + sync());
    for (int i = 0; !enough; i++) {
      const std::string word = "word " + std::to_string(i);
      EXPECT_EQ(c.talk(bind("", "e", {word}) + execute("") + sync()), "2 D C(SELECT 1) Z(I)");
      if (i % 16 == 0) {
        EXPECT_EQ(c.talk(query("begin") + query("one") + query("commit"), 3),
                  "C(BEGIN) Z(T) T D C(SELECT 1) Z(T) C(COMMIT) Z(I)");
      }
      if (i % 16 == 5) {
        EXPECT_EQ(c.talk(query("yield 3")), "T D D D C(SELECT 3) Z(I)");
      }
      if (i % 16 == 9) {
        EXPECT_EQ(c.talk(query("wait")), "T D C(SELECT 1) Z(I)");
      }
      if (i % 16 == 12) {
        EXPECT_EQ(c.talk(query("turn")), "T D C(SELECT 1) Z(I)");
      }
      if (i % 16 == 14) {
        EXPECT_EQ(c.talk(query("fail")), "E(42601) Z(I)");
      }
    }
  };
  std::vector<std::thread> clients;
  for (int i = 0; i < 12; i++) clients.emplace_back(talk);
  for (int i = 0; i < 1000 && server->metrics().connections_moved < 12; i++) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    away = i / 5 % 6;
  }
  enough = true;
  for (auto& client : clients) client.join();
  EXPECT_GE(server->metrics().connections_moved, 12u);
  eventually([&] { return server->metrics().connections_open == 0; });
}

TEST_F(ServerTest, TooManyConnections) {
  options.max_connections = 1;
  start();
  Client first(port());
  first.open();
  EXPECT_EQ(Client(port()).open(), "E(53300)");
  first.hang_up();
  eventually([&] { return server->metrics().connections_open == 0; });
  EXPECT_EQ(Client(port()).open(), "R S S K Z(I)");
  EXPECT_EQ(server->metrics().connections_rejected, 1u);
}

TEST_F(ServerTest, TheHandshakeHasADeadline) {
  options.handshake_timeout = std::chrono::milliseconds(50);
  start();
  Client silent(port());
  EXPECT_EQ(silent.receive(), "");
  Client c(port());
  c.open();
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_EQ(c.talk(query("one")), "T D C(SELECT 1) Z(I)");
}

TEST_F(ServerTest, IdleTransactionsEnd) {
  engine.idle_timeout = 50;
  start();
  Client c(port());
  c.open();
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_EQ(c.talk(query("begin")), "C(BEGIN) Z(T)");
  EXPECT_EQ(summary(c.until_ready()), "E(25P03)");
}

TEST_F(ServerTest, CancelsByKey) {
  start();
  Client c(port());
  c.send(startup({"user", "u"}));
  std::string key;
  for (auto& a : c.until_ready())
    if (a.type == 'K') key = a.body;
  c.send(query("sleep"));
  std::string request = int32(16) + int32(StartupPacket::kCancelCode);
  Client(port()).send(request + key.substr(0, 4) + "\0\0\0\0"s);  // a wrong secret: nothing happens
  eventually([&] { return server->metrics().cancel_requests == 1; });
  Client canceller(port());
  canceller.send(request + key);
  EXPECT_EQ(canceller.receive(), "");
  EXPECT_EQ(summary(c.until_ready()), "T E(57014) Z(I)");
  EXPECT_EQ(c.talk(query("one")), "T D C(SELECT 1) Z(I)");
}

TEST_F(ServerTest, AClientThatVanishesStopsItsStatement) {
  start();
  {
    Client c(port());
    c.open();
    c.send(query("sleep"));
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  eventually([&] { return server->metrics().connections_open == 0; });
}

TEST_F(ServerTest, SlowReadersDoNotGrowTheServer) {
  start();
  for (const char* text : {"rows 5000000", "yield 5000000"}) {
    Client c(port());
    c.open();
    uint64_t before = server->metrics().bytes_out;
    c.send(query(text));
    // It fills what lies between, and waits for the client.
    uint64_t written = 0;
    eventually([&] {
      const uint64_t last = std::exchange(written, server->metrics().bytes_out - before);
      std::this_thread::sleep_for(std::chrono::milliseconds(200));
      return written > 0 && written == last && server->metrics().bytes_out - before == written;
    });
    EXPECT_LT(written, 40'000'000u);  // of some 100 MB
    EXPECT_EQ(c.until_ready().size(), 5'000'003u);
  }
}

TEST_F(ServerTest, StopTellsIdleSessions) {
  engine.slow_commit = true;
  start();
  Client idle(port()), busy(port());
  idle.open();
  busy.open();
  options.shutdown_grace = std::chrono::milliseconds(100);
  busy.send(query("one"));
  busy.until_ready();
  server->stop();
  EXPECT_EQ(summary(idle.until_ready()), "E(57P01)");
  EXPECT_EQ(summary(busy.until_ready()), "E(57P01)");
  EXPECT_THROW(Client{port()}, std::runtime_error);
}

TEST_F(ServerTest, StopCancelsWhatRunsTooLong) {
  options.shutdown_grace = std::chrono::milliseconds(50);
  start();
  Client c(port()), unread(port());
  c.open();
  unread.open();
  c.send(query("sleep"));
  unread.send(query("rows 10000000"));
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  server->stop();
  EXPECT_EQ(summary(c.until_ready()), "T E(57014) Z(I) E(57P01)");
}

TEST_F(ServerTest, SaysThatThePortIsTaken) {
  start();
  ServerOptions same = options;
  same.port = port();
  Server second(engine, same);
  try {
    second.start();
    FAIL() << "two servers on one port";
  } catch (const Error& e) {
    EXPECT_EQ(e.sqlstate, "58030");
    EXPECT_NE(e.hint, "");
  }
}

TEST_F(ServerTest, ManyClientsAtOnce) {
  engine.slow_commit = true;
  start();
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int t = 0; t < 8; t++)
    threads.emplace_back([&, t] {
      Client c(port());
      c.open();
      for (int i = 0; i < 100; i++) {
        const char* text = (i + t) % 3 == 0 ? "yield 3" : (i + t) % 3 == 1 ? "wait" : "rows 3";
        wrong += c.talk(query(text)).substr(0, 5) != "T D D" && std::string_view(text) != "wait";
      }
    });
  for (auto& t : threads) t.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(server->metrics().statements, 800u);
}

TEST_F(ServerTest, GarbageNeverHurtsTheOthers) {
  start();
  Client good(port());
  good.open();
  std::mt19937 random(1);
  for (int i = 0; i < 300; i++) {
    Client c(port());
    if (i % 2) c.open();
    std::string bytes;
    for (size_t n = random() % 200; n; n--) bytes += char(random());
    if (i % 3 == 0) bytes = std::string(1, "QPBEDCSFHdcfX"[random() % 13]) + int32(int64_t(bytes.size()) + 4) + bytes;
    c.send(bytes);
  }
  EXPECT_EQ(good.talk(query("one")), "T D C(SELECT 1) Z(I)");
  eventually([&] { return server->metrics().connections_open == 1; });
}

}  // namespace
}  // namespace elegraph::pgwire
