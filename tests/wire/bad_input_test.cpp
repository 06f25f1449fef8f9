// SPDX-License-Identifier: Apache-2.0
// What no client should send: each gets a clear error, and the server lives on.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <libpq-fe.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include "tests/support/server_process.h"

namespace elegraph::test {
namespace {

using Connection = std::unique_ptr<PGconn, void (*)(PGconn*)>;
using Result = std::unique_ptr<PGresult, void (*)(PGresult*)>;

std::string repeated(const std::string& text, size_t times) {
  std::string out;
  out.reserve(text.size() * times);
  for (size_t i = 0; i < times; i++) out += text;
  return out;
}

// SQLSTATE, or what there is instead.
std::string state_of(const PGresult* result) {
  const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  return state ? state : PQresStatus(PQresultStatus(result));
}

class BadInput : public testing::Test {
 protected:
  static void SetUpTestSuite() { server = new ServerProcess; }
  static void TearDownTestSuite() {
    delete server;
    server = nullptr;
  }
  void TearDown() override {
    // The same connection where it is still there, and a new one in any case.
    if (PQstatus(connection.get()) == CONNECTION_OK) {
      EXPECT_EQ(state_of(exec("RETURN 1").get()), "PGRES_TUPLES_OK");
    }
    EXPECT_TRUE(server->alive()) << server->log();
    Connection other = connect();
    EXPECT_EQ(PQstatus(other.get()), CONNECTION_OK) << PQerrorMessage(other.get());
  }

  static Connection connect() { return {PQconnectdb(server->connection().c_str()), PQfinish}; }
  Result exec(const std::string& text) { return {PQexec(connection.get(), text.c_str()), PQclear}; }
  // The same text through the simple and the extended protocol.
  void expect(const std::string& text, const std::string& state) {
    SCOPED_TRACE(text.substr(0, 60));
    EXPECT_EQ(state_of(exec(text).get()), state);
    Result prepared(PQprepare(connection.get(), "", text.c_str(), 0, nullptr), PQclear);
    EXPECT_EQ(state_of(prepared.get()), state);
  }
  void expect_neither_crash_nor_hang(const std::string& text) {
    SCOPED_TRACE(text.substr(0, 60));
    exec("SET statement_timeout = '20s'");
    Result r = exec(text);
    EXPECT_EQ(PQstatus(connection.get()), CONNECTION_OK) << PQerrorMessage(connection.get());
    EXPECT_NE(state_of(r.get()), "57014") << "too slow";
    EXPECT_NE(state_of(r.get()), "XX000");
  }
  // Sends bytes behind a start-up packet (or instead of it) and gives all that the server says until it hangs up.
  static std::string raw(const std::string& bytes, bool start = true);

  static ServerProcess* server;
  Connection connection = connect();
};
ServerProcess* BadInput::server = nullptr;

std::string word(uint32_t n) {
  n = htonl(n);
  return {reinterpret_cast<const char*>(&n), 4};
}

std::string BadInput::raw(const std::string& bytes, bool start) {
  int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  timeval limit{20, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(uint16_t(server->port()));
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) return ::close(fd), "cannot connect";
  std::string body = word(196608) + std::string("user\0tester\0database\0elegraph\0\0", 31);
  std::string all = (start ? word(uint32_t(body.size() + 4)) + body : "") + bytes;
  (void)!::send(fd, all.data(), all.size(), MSG_NOSIGNAL);
  std::string answer;
  char buffer[4096];
  ssize_t n;
  while ((n = ::recv(fd, buffer, sizeof buffer, 0)) > 0) answer.append(buffer, size_t(n));
  if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) answer += "(still open)";
  ::close(fd);
  return answer;
}

TEST_F(BadInput, UnclosedText) {
  for (std::string text :
       {"RETURN 'abc", "RETURN \"abc", "RETURN `abc", "RETURN 1 /* abc", "SELECT 'abc", "MATCH (n {name: 'x"})
    expect(text, "42601");
  Result r = exec("RETURN 1, 'abc");
  EXPECT_STREQ(PQresultErrorField(r.get(), PG_DIAG_STATEMENT_POSITION), "11");
}

TEST_F(BadInput, UnknownNames) {
  expect("RETURN nofunction(1)", "42883");
  expect("SELECT nofunction(1)", "42883");
  expect("CALL no.procedure()", "42883");
  expect("RETURN nobody", "42703");
}

TEST_F(BadInput, DeepNesting) {
  constexpr size_t kMiB = 1 << 20;
  for (std::string text : {"(", "RETURN (", "SELECT ("}) expect(text + repeated("(", kMiB), "54001");
  for (std::string text : {"[", "{a: ", "NOT ", "- ", "CASE WHEN ", "abs(", "[x IN ", "[1, "})
    expect("RETURN " + repeated(text, kMiB / text.size()) + "1", "54001");
  expect("RETURN 1" + repeated("+1", kMiB / 2), "54001");
  expect("RETURN [1]" + repeated("[0]", kMiB / 3), "54001");
  expect("RETURN " + repeated("(", kMiB / 2) + "1" + repeated(")", kMiB / 2), "54001");
  expect("CALL { " + repeated("CALL { ", kMiB / 7), "54001");
  expect("MATCH (a) WHERE " + repeated("EXISTS { MATCH (b) WHERE ", kMiB / 25), "54001");
  expect("FOREACH (x IN [1] | " + repeated("FOREACH (x IN [1] | ", kMiB / 20), "54001");
  expect("SELECT 1" + repeated(" + 1", kMiB / 4), "54001");
  EXPECT_EQ(state_of(exec("RETURN '" + repeated("[", kMiB) + "'::jsonb").get()), "54001");
}

TEST_F(BadInput, NestingJustBelowTheLimit) {
  for (std::string open : {"(", "[", "NOT ", "- ", "abs(", "CASE WHEN true THEN ", "{a: "}) {
    std::string close = open == "(" || open == "abs(" ? ")"
                        : open == "["                 ? "]"
                        : open == "{a: "              ? "}"
                        : open[0] == 'C'              ? " END"
                                                      : "";
    for (size_t depth : {100u, 290u, 900u})
      expect_neither_crash_nor_hang("RETURN " + repeated(open, depth) + (open == "NOT " ? "true" : "1") +
                                    repeated(close, depth));
  }
  for (size_t depth : {100u, 145u, 290u, 900u}) {
    expect_neither_crash_nor_hang(repeated("CALL { ", depth) + "RETURN 1 AS a" + repeated(" } RETURN a", depth));
    expect_neither_crash_nor_hang("RETURN " + repeated("EXISTS { MATCH (n) WHERE ", depth) + "true" +
                                  repeated(" }", depth));
    expect_neither_crash_nor_hang("RETURN " + repeated("[x IN ", depth) + "[1]" + repeated(" | x]", depth));
    expect_neither_crash_nor_hang(repeated("SELECT * FROM (", depth) + "SELECT 1 AS a" + repeated(") AS t", depth));
  }
}

TEST_F(BadInput, DeepValuesEndAtALimit) {
  // Made by a loop, so that no text nests.
  for (std::string step : {"[], i IN range(1, 100000) | [x]", "{}, i IN range(1, 100000) | {a: x}"})
    EXPECT_EQ(state_of(exec("WITH reduce(x = " + step + ") AS l RETURN l = l, l").get()), "54001") << step;
  const std::string deep = "WITH reduce(x = [], i IN range(1, 1990) | [x]) AS l ";
  expect_neither_crash_nor_hang(deep + "RETURN l = l, l < [l], l");
  expect_neither_crash_nor_hang(deep + "UNWIND [l, l, [1]] AS x WITH DISTINCT x ORDER BY x RETURN collect(x)");
  for (std::string text : {"[", "{\"a\":"})
    EXPECT_EQ(state_of(exec("RETURN '" + repeated(text, 100'000) + "'::jsonb").get()), "54001");
  EXPECT_EQ(state_of(exec("RETURN '" + repeated("{", 100'000) + "'::int8[]").get()), "22P02");
}

// The same away from the I/O threads, where stacks are smaller.
TEST_F(BadInput, DeepNestingInATask) {
  const std::string first = "UNWIND range(1, 500000) AS j WITH count(*) AS i RETURN ";
  for (std::string open : {"(", "[", "NOT ", "- ", "abs(", "CASE WHEN true THEN ", "{a: "}) {
    std::string close = open == "(" || open == "abs(" ? ")"
                        : open == "["                 ? "]"
                        : open == "{a: "              ? "}"
                        : open[0] == 'C'              ? " END"
                                                      : "";
    expect_neither_crash_nor_hang(first + repeated(open, 290) + (open == "NOT " ? "true" : "i") + repeated(close, 290));
  }
  expect_neither_crash_nor_hang(first + "i" + repeated(" + 1", 900));
  expect_neither_crash_nor_hang(first + "i = 1" + repeated(" AND i = 1", 900));
}

TEST_F(BadInput, LongStatements) {
  expect("MATCH (a)" + repeated("-[]->()", 100'000) + " RETURN a", "54001");
  expect(repeated("WITH 1 AS a ", 80'000) + " RETURN 1", "54001");
  expect(repeated("RETURN 1 AS a UNION ", 50'000) + " RETURN 1 AS a", "54001");
  expect("VALUES " + repeated("(1),", 200'000) + "(1)", "54001");
  EXPECT_NE(state_of(exec(repeated("EXPLAIN ", 100'000) + "RETURN 1").get()), "PGRES_TUPLES_OK");
  expect_neither_crash_nor_hang("MATCH (a)" + repeated("-[]->()", 400) + " RETURN 1");
  expect_neither_crash_nor_hang(repeated("WITH 1 AS a ", 1900) + " RETURN 1");
  expect_neither_crash_nor_hang("VALUES " + repeated("(1),", 4000) + "(1)");
  expect_neither_crash_nor_hang("RETURN [" + repeated("1,", 300'000) + "1]");
  expect_neither_crash_nor_hang("MATCH (n" + repeated(":A", 300'000) + ") RETURN n");
  expect_neither_crash_nor_hang("CREATE (a)" + repeated("-[:R]->()", 5000));
  expect_neither_crash_nor_hang(repeated(";", 1 << 20));
  exec("MATCH (n) DETACH DELETE n");
}

TEST_F(BadInput, ValuesThatDoubleEndAtALimit) {
  EXPECT_EQ(state_of(exec("RETURN size(reduce(s = 'ab', x IN range(1, 60) | s + s))").get()), "54000");
  EXPECT_EQ(state_of(exec("RETURN size(range(1, 100000000000))").get()), "54000");
  EXPECT_EQ(state_of(exec("RETURN size(lpad('', 100000000000))").get()), "54000");
}

TEST_F(BadInput, LongStepsOfAnExpressionEndInTime) {
  exec("SET statement_timeout = '200ms'");
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_EQ(
      state_of(
          exec("RETURN size(reduce(s = lpad('', 4000000, 'x'), x IN range(1, 100000) | substring(s + 'y', 1)))").get()),
      "57014");
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(5));
  exec("RESET statement_timeout");
}

// 600 rows of 1 MB: neither their making nor a client that does not read may hold all of them.
TEST_F(BadInput, WideRowsAreMadeAFewAtATime) {
#ifdef ELEGRAPH_SANITIZED
  constexpr long kMost = 500;  // sanitizers keep books on all memory, and what was freed for a while
#else
  constexpr long kMost = 100;
#endif
  const long before = server->resident_mb();
  for (const char* query : {"UNWIND range(1, 600) AS i RETURN lpad(toString(i), 1000000, 'y')",
                            "UNWIND range(1, 600) AS i RETURN [lpad(toString(i), 500000, 'y'), lpad('', 500000, 'z')]",
                            "COPY (UNWIND range(1, 600) AS i RETURN lpad(toString(i), 1000000, 'y')) TO STDOUT"}) {
    SCOPED_TRACE(query);
    Connection slow = connect();
    ASSERT_EQ(PQsendQuery(slow.get(), query), 1);
    std::this_thread::sleep_for(std::chrono::milliseconds(700));
    EXPECT_LT(server->resident_mb(), before + kMost);
  }
  exec("BEGIN");
  exec("DECLARE c CURSOR FOR UNWIND range(1, 600) AS i RETURN lpad(toString(i), 1000000, 'y')");
  EXPECT_EQ(PQntuples(exec("FETCH 3 FROM c").get()), 3);
  EXPECT_LT(server->resident_mb(), before + kMost);
  exec("COMMIT");
}

TEST_F(BadInput, LengthsThatLie) {
  long before = server->resident_mb();
  for (uint32_t length : {0x7fffffffu, 0x80000000u, 0xffffffffu, 3u, 0u}) {
    std::string answer = raw("Q" + word(length) + "RETURN 1");
    EXPECT_NE(answer.find("08P01"), std::string::npos) << length << ": " << answer;
    answer = raw(word(length) + "user", false);
    EXPECT_EQ(answer.find("(still open)"), std::string::npos) << length;
  }
  EXPECT_LT(server->resident_mb(), before + 64);
}

TEST_F(BadInput, BytesThatAreNoMessages) {
  EXPECT_EQ(raw("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", false).find("(still open)"), std::string::npos);
  std::string answer = raw("\x01\x02\x03\x04\x05\x06\x07");
  EXPECT_NE(answer.find("08P01"), std::string::npos) << answer;
}

TEST_F(BadInput, TextThatIsNoText) {
  EXPECT_EQ(state_of(exec("RETURN '\xff\xfe'").get()), "22021");
  EXPECT_EQ(state_of(exec("RETURN '\xed\xa0\x80'").get()), "22021");  // a lone surrogate
  const Oid text = 25;
  for (auto [bytes, length] : {std::pair<const char*, int>{"a\0b", 3}, {"\xc3", 1}, {"\xf8\x88\x80\x80\x80", 5}}) {
    for (int format : {1}) {
      Result r(PQexecParams(connection.get(), "RETURN $1", 1, &text, &bytes, &length, &format, 0), PQclear);
      EXPECT_EQ(state_of(r.get()), "22021") << length;
    }
  }
  // A NUL in a parameter in text format, which libpq cannot send.
  auto message = [](char type, const std::string& body) { return type + word(uint32_t(body.size() + 4)) + body; };
  using namespace std::string_literals;
  std::string parse = message('P', "\0RETURN $1\0\0\1\0\0\0\x19"s);
  std::string bind = message('B', "\0\0\0\0\0\1\0\0\0\3a\0b\0\0"s);
  std::string answer = raw(parse + bind + message('S', "") + message('X', ""));
  EXPECT_NE(answer.find("22021"), std::string::npos) << answer;
}

TEST_F(BadInput, CopyWithAMissingColumn) {
  Result begun = exec("COPY \"Person\" (id, name) FROM STDIN (FORMAT csv, TYPES 'id int8, name text')");
  ASSERT_EQ(PQresultStatus(begun.get()), PGRES_COPY_IN) << PQresultErrorMessage(begun.get());
  PQputCopyData(connection.get(), "1,Ann\n2\n", 8);
  PQputCopyEnd(connection.get(), nullptr);
  Result end(PQgetResult(connection.get()), PQclear);
  EXPECT_EQ(state_of(end.get()), "22P04") << PQresultErrorMessage(end.get());
  std::unique_ptr<char, void (*)(void*)> all(
      PQresultVerboseErrorMessage(end.get(), PQERRORS_VERBOSE, PQSHOW_CONTEXT_ALWAYS), PQfreemem);
  EXPECT_NE(std::string(all.get()).find("line 2"), std::string::npos);
  while (PGresult* more = PQgetResult(connection.get())) PQclear(more);
}

}  // namespace
}  // namespace elegraph::test
