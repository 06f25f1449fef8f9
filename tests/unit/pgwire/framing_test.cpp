// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cstring>
#include <random>

#include "pgwire/input_buffer.h"
#include "pgwire/startup_packet.h"
#include "storage/error.h"
#include "tests/unit/pgwire/messages.h"

namespace elegraph::pgwire {
namespace {

using namespace test;

void feed(InputBuffer& buffer, std::string_view bytes) {
  while (!bytes.empty()) {
    auto room = buffer.room();
    size_t n = std::min(room.size, bytes.size());
    std::memcpy(room.data, bytes.data(), n);
    buffer.filled(n);
    bytes.remove_prefix(n);
  }
}

std::string state_of(auto&& call) {
  try {
    call();
  } catch (const Error& e) {
    return e.sqlstate + " " + e.message;
  }
  return "";
}

TEST(InputBuffer, GivesWholeMessagesOnly) {
  InputBuffer buffer;
  std::string bytes = query("one") + sync();
  for (size_t i = 0; i + 1 < query("one").size(); i++) {
    feed(buffer, bytes.substr(i, 1));
    EXPECT_FALSE(buffer.next());
  }
  feed(buffer, bytes.substr(query("one").size() - 1));
  auto first = buffer.next();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->type, 'Q');
  EXPECT_EQ(first->body, "one\0"s);
  ASSERT_TRUE(buffer.next());
  EXPECT_FALSE(buffer.next());
  EXPECT_TRUE(buffer.empty());
}

TEST(InputBuffer, ChecksTheTypeBeforeTheLength) {
  InputBuffer buffer;
  feed(buffer, "\x80");
  EXPECT_EQ(state_of([&] { buffer.next(); }), "08P01 invalid frontend message type 128");
}

TEST(InputBuffer, RefusesLengthsThatLie) {
  for (int64_t length : {0ll, 3ll, -1ll, 0x7fffffffll, 1ll << 30}) {
    InputBuffer buffer;
    feed(buffer, "Q" + int32(length));
    EXPECT_EQ(state_of([&] { buffer.next(); }), "08P01 invalid message length") << length;
  }
  InputBuffer buffer;
  feed(buffer, "S" + int32(10'001));
  EXPECT_EQ(state_of([&] { buffer.next(); }), "08P01 invalid message length");
}

TEST(InputBuffer, GrowsWithWhatComesNotWithWhatIsAnnounced) {
  InputBuffer buffer;
  feed(buffer, "Q" + int32((1 << 30) - 1));
  EXPECT_FALSE(buffer.next());
  EXPECT_LE(buffer.room().size, 16u << 10);
}

TEST(InputBuffer, ShrinksWhenIdle) {
  InputBuffer buffer;
  feed(buffer, query(std::string(1 << 20, 'x')));
  ASSERT_TRUE(buffer.next());
  buffer.release();
  EXPECT_EQ(buffer.room().size, InputBuffer::kIdleBytes);
}

TEST(InputBuffer, SurvivesAnyCutting) {
  std::mt19937 random(7);
  std::string bytes, expected, got;
  for (int i = 0; i < 300; i++) {
    std::string body(random() % 9000, char('a' + i % 26));
    bytes += message('d', body);
    expected += body;
  }
  InputBuffer buffer;
  for (size_t at = 0; at < bytes.size();) {
    auto room = buffer.room();
    ASSERT_GT(room.size, 0u);
    size_t n = std::min({room.size, bytes.size() - at, size_t(1 + random() % 20'000)});
    std::memcpy(room.data, bytes.data() + at, n);
    buffer.filled(n);
    at += n;
    while (auto m = buffer.next()) got += m->body;
  }
  EXPECT_EQ(got, expected);
}

StartupPacket read(const std::string& packet) { return StartupPacket::read(std::string_view(packet).substr(4)); }

TEST(StartupPacket, ReadsSettingsAndOptions) {
  auto p = read(startup({"user", "u", "database", "d", "application_name", "x", "options", "-c a=b --some-name=c\\ d -cx=y",
                         "_pq_.new", "1"}));
  EXPECT_EQ(p.user, "u");
  EXPECT_EQ(p.database, "d");
  std::vector<std::pair<std::string, std::string>> expected = {
      {"application_name", "x"}, {"a", "b"}, {"some_name", "c d"}, {"x", "y"}};
  EXPECT_EQ(p.settings, expected);
  EXPECT_EQ(p.protocol_options, std::vector<std::string>{"_pq_.new"});
}

TEST(StartupPacket, TheDatabaseIsTheUsersNameByDefault) { EXPECT_EQ(read(startup({"user", "u"})).database, "u"); }

TEST(StartupPacket, KnowsTheOtherRequests) {
  EXPECT_EQ(read(int32(8) + int32(StartupPacket::kTlsCode)).kind, StartupPacket::Kind::kTls);
  EXPECT_EQ(read(int32(8) + int32(StartupPacket::kGssCode)).kind, StartupPacket::Kind::kGss);
  auto cancel = read(int32(16) + int32(StartupPacket::kCancelCode) + int32(7) + int32(9));
  EXPECT_EQ(cancel.kind, StartupPacket::Kind::kCancel);
  EXPECT_EQ(cancel.process, 7u);
  EXPECT_EQ(cancel.secret, 9u);
}

TEST(StartupPacket, RefusesWhatIsNone) {
  EXPECT_EQ(state_of([] { read(startup({"user", "u"}, 2 << 16)); }),
            "0A000 unsupported frontend protocol 2.0: server supports 3.0 to 3.0");
  EXPECT_EQ(state_of([] { read(startup({})); }).substr(0, 5), "28000");
  EXPECT_EQ(state_of([] { read(startup({"user", "\xff"})); }).substr(0, 5), "22021");
  EXPECT_EQ(state_of([] { read(startup({"user", "u", "options", "-x"})); }).substr(0, 5), "42601");
  EXPECT_EQ(state_of([] { read(int32(0) + int32(196608) + "user"); }).substr(0, 5), "08P01");
  EXPECT_EQ(state_of([] { read(startup({"user", "u"}) + "more"); }).substr(0, 5), "08P01");
}

}  // namespace
}  // namespace elegraph::pgwire
