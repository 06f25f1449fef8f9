// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <thread>

#include "pgwire/shared_state.h"

namespace elegraph::pgwire {
namespace {

TEST(IoThread, WaitsForTheDiskOnlyForItsSingleConnection) {
  IoThread thread(true);
  EXPECT_FALSE(thread.begin()) << "nobody to wait for";
  ASSERT_TRUE(thread.try_assign());
  ASSERT_TRUE(thread.begin());
  EXPECT_FALSE(thread.try_assign()) << "a connection that would wait too";
  thread.end();
  ASSERT_TRUE(thread.try_assign());
  EXPECT_FALSE(thread.begin());
  thread.unassign();
  EXPECT_TRUE(thread.begin());
}

TEST(IoThread, NeverWaitsAsTheOnlyOne) {
  IoThread thread(false);
  ASSERT_TRUE(thread.try_assign());
  EXPECT_FALSE(thread.begin());
}

TEST(IoThread, NoConnectionComesToAThreadThatWaits) {
  IoThread thread(true);
  ASSERT_TRUE(thread.try_assign());
  std::atomic<int> others{0};
  std::atomic<bool> stop{false};
  std::thread listener([&] {
    while (!stop) {
      if (!thread.try_assign()) continue;
      others++;
      others--;
      thread.unassign();
    }
  });
  for (int i = 0; i < 20'000; i++) {
    if (!thread.begin()) continue;
    EXPECT_EQ(others, 0);
    thread.end();
  }
  stop = true;
  listener.join();
}

}  // namespace
}  // namespace elegraph::pgwire
