// SPDX-License-Identifier: Apache-2.0
#include "pgwire/send_batch.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <utility>
#include <vector>

namespace elegraph::pgwire {
namespace {

// A socket and the one that reads what it sends.
struct Pair {
  Pair() { EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0); }
  Pair(Pair&& other) noexcept : ends{std::exchange(other.ends[0], -1), std::exchange(other.ends[1], -1)} {}
  ~Pair() {
    for (int end : ends)
      if (end >= 0) ::close(end);
  }
  std::string received() const {
    std::string all(1 << 20, '\0');
    const ssize_t n = ::recv(ends[1], all.data(), all.size(), MSG_DONTWAIT);
    all.resize(n < 0 ? 0 : static_cast<size_t>(n));
    return all;
  }
  int ends[2];
};

// With a ring where the kernel lends one, and without.
class SendBatchTest : public testing::TestWithParam<bool> {
 protected:
  SendBatch batch{GetParam()};
};
INSTANTIATE_TEST_SUITE_P(Ring, SendBatchTest, testing::Bool());

TEST_P(SendBatchTest, SendsToEachItsOwn) {
  // More than a batch holds, so that some go before the end.
  std::vector<Pair> pairs(150);
  std::vector<std::string> texts;
  std::vector<size_t> sent(pairs.size());
  for (size_t i = 0; i < pairs.size(); i++) texts.push_back("answer " + std::to_string(i));
  for (int round = 0; round < 3; round++) {
    for (size_t i = 0; i < pairs.size(); i++) batch.add(pairs[i].ends[0], texts[i], sent[i]);
    batch.flush();
    for (size_t i = 0; i < pairs.size(); i++) {
      EXPECT_EQ(sent[i], texts[i].size());
      EXPECT_EQ(pairs[i].received(), texts[i]);
    }
  }
}

TEST_P(SendBatchTest, OneNeedsNoRing) {
  Pair pair;
  size_t sent = 0;
  batch.add(pair.ends[0], "alone", sent);
  batch.flush();
  EXPECT_EQ(sent, 5u);
  EXPECT_EQ(pair.received(), "alone");
  EXPECT_FALSE(batch.has_ring());
  batch.flush();
  EXPECT_EQ(pair.received(), "") << "sent twice";
}

TEST_P(SendBatchTest, SaysWhatASocketDidNotTake) {
  std::vector<Pair> pairs(4);
  ::close(std::exchange(pairs[1].ends[1], -1));
  const std::string much(8 << 20, 'x'), little = "little";
  std::vector<size_t> sent(pairs.size(), 99);
  batch.add(pairs[0].ends[0], much, sent[0]);
  batch.add(pairs[1].ends[0], little, sent[1]);
  batch.add(-1, little, sent[2]);
  batch.add(pairs[3].ends[0], little, sent[3]);
  batch.flush();
  EXPECT_GT(sent[0], 0u);
  EXPECT_LT(sent[0], much.size());
  EXPECT_EQ(pairs[0].received().size(), sent[0]);
  EXPECT_EQ(sent[1], 0u) << "nobody reads it";
  EXPECT_EQ(sent[2], 0u) << "no socket";
  EXPECT_EQ(sent[3], little.size());
  batch.add(pairs[0].ends[0], little, sent[0]);
  batch.add(pairs[3].ends[0], little, sent[3]);
  batch.flush();
  EXPECT_EQ(pairs[0].received(), little);
  EXPECT_EQ(sent[3], little.size()) << "the batch goes on";
}

}  // namespace
}  // namespace elegraph::pgwire
