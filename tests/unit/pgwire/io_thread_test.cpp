// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <thread>

#include "pgwire/shared_state.h"

namespace elegraph::pgwire {
namespace {

const IoThread::Threads kNoOthers;

TEST(IoThread, WaitsForTheDiskOnlyForItsSingleConnection) {
  IoThread thread(kNoOthers, 0, true);
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
  IoThread thread(kNoOthers, 0, false);
  ASSERT_TRUE(thread.try_assign());
  EXPECT_FALSE(thread.begin());
}

TEST(IoThread, NoConnectionComesToAThreadThatWaits) {
  IoThread thread(kNoOthers, 0, true);
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

struct CountTurns final : storage::TurnObserver {
  void turn_ended() override { ++ended; }
  int ended = 0;
};

TEST(IoThread, TellsEachObserverOnceAtTheEndOfATurn) {
  IoThread thread(kNoOthers, 0, true);
  CountTurns first, second;
  boost::asio::post(thread.io, [&] {
    EXPECT_TRUE(thread.at_end_of_turn(first));
    EXPECT_TRUE(thread.at_end_of_turn(second));
  });
  boost::asio::post(thread.io, [&] {
    EXPECT_TRUE(thread.at_end_of_turn(first));
    EXPECT_EQ(first.ended, 0) << "this handler was ready, too";
  });
  thread.io.poll();
  EXPECT_EQ(first.ended, 1);
  EXPECT_EQ(second.ended, 1);
  boost::asio::post(thread.io, [&] { thread.at_end_of_turn(first); });
  thread.io.poll();
  EXPECT_EQ(first.ended, 2) << "the next turn";
}

TEST(IoThread, EndsATurnBeforeTheLoopComesRoundWhereToldTo) {
  IoThread thread(kNoOthers, 0, true);
  CountTurns observer;
  thread.at_end_of_turn(observer);
  thread.end_turn();
  EXPECT_EQ(observer.ended, 1);
  thread.end_turn();
  thread.io.poll();
  EXPECT_EQ(observer.ended, 1);
}

TEST(IoThread, LendsABufferToNobodyWhoHasOutput) {
  IoThread thread(kNoOthers, 0, true);
  std::string large(1000, 'x'), waiting = "answer", empty;
  thread.give_back(large);
  thread.borrow(waiting);
  EXPECT_EQ(waiting, "answer");
  thread.borrow(empty);
  EXPECT_TRUE(empty.empty());
  EXPECT_GE(empty.capacity(), 1000u);
}

struct Sleeping final : Resumable {
  explicit Sleeping(std::vector<int>& order, int number) : order(order), number(number) {}
  void resume() override {
    order.push_back(number);
    if (again) again->queue(*this), again = nullptr;
  }
  std::vector<int>& order;
  const int number;
  IoThread* again = nullptr;
};

TEST(IoThread, ResumesInOrderWithOnePostForAll) {
  IoThread thread(kNoOthers, 0, true);
  std::vector<int> order;
  Sleeping one(order, 1), two(order, 2), three(order, 3);
  two.again = &thread;
  for (Sleeping* s : {&one, &two, &three, &two}) thread.queue(*s);
  EXPECT_EQ(thread.io.poll_one(), 1u);
  EXPECT_EQ(order, (std::vector<int>{1, 2, 3})) << "two was queued already";
  thread.io.poll();
  EXPECT_EQ(order, (std::vector<int>{1, 2, 3, 2}));
}

TEST(IoThread, IsWokenAtTheEndOfABatch) {
  IoThread thread(kNoOthers, 0, true), other(kNoOthers, 0, true);
  std::vector<int> order;
  Sleeping one(order, 1), two(order, 2), three(order, 3);
  {
    storage::WakeBatch batch;
    thread.queue(one);
    EXPECT_EQ(thread.io.poll(), 0u);
    batch.flush();
    EXPECT_EQ(thread.io.poll(), 1u);
    {
      storage::WakeBatch within;
      thread.queue(two);
      other.queue(three);
    }
    EXPECT_EQ(thread.io.poll() + other.io.poll(), 0u);
  }
  EXPECT_EQ(thread.io.poll(), 1u);
  EXPECT_EQ(other.io.poll(), 1u);
  EXPECT_EQ(order, (std::vector<int>{1, 2, 3}));
  thread.queue(one);
  EXPECT_EQ(thread.io.poll(), 1u);
}

TEST(IoThread, ResumesAllThatManyThreadsQueue) {
  IoThread thread(kNoOthers, 0, true);
  constexpr int kThreads = 3, kEach = 5'000;
  std::atomic<int> resumed{0};
  struct Counted final : Resumable {
    void resume() override { (*count)++, done.store(true); }
    std::atomic<int>* count = nullptr;
    std::atomic<bool> done{true};
  };
  std::vector<std::thread> wakers;
  for (int t = 0; t < kThreads; t++)
    wakers.emplace_back([&] {
      Counted mine[2];
      for (auto& m : mine) m.count = &resumed;
      for (int i = 0; i < kEach; i++) {
        auto& m = mine[i % 2];
        while (!m.done.exchange(false)) std::this_thread::yield();
        thread.queue(m);
      }
      for (auto& m : mine)
        while (!m.done) std::this_thread::yield();
    });
  std::thread loop([&] { thread.io.run(); });
  for (auto& w : wakers) w.join();
  thread.work.reset();
  loop.join();
  EXPECT_EQ(resumed, kThreads * kEach);
}

}  // namespace
}  // namespace elegraph::pgwire
