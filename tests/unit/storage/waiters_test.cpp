// SPDX-License-Identifier: Apache-2.0
#include "storage/waiters.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "storage/transaction_status.h"

namespace elegraph::storage {
namespace {

struct WaitersTest : testing::Test {
  // Notes its name when it is woken, and keeps those behind it.
  Waiters::Wake note(char name) {
    return [this, name](Waiters&& behind) {
      woken += name;
      last = std::move(behind);
    };
  }
  // Notes its name, and lets those behind it go.
  Waiters::Wake pass(char name) {
    return [this, name](Waiters&&) { woken += name; };
  }
  std::string next() {
    std::exchange(last, {}).wake();
    return std::exchange(woken, {});
  }
  std::string woken;
  Waiters last;
};

TEST_F(WaitersTest, OneOfEachRecordIsWokenInTheOrderTheyCame) {
  Waiters waiters;
  waiters.add(7, note('a'));
  waiters.add(8, pass('b'));
  waiters.add(7, note('c'));
  waiters.add(8, pass('d'));
  waiters.add(7, note('e'));
  waiters.wake();
  EXPECT_TRUE(waiters.empty());
  EXPECT_EQ(woken, "abd");
  woken.clear();
  EXPECT_EQ(next(), "c");
  EXPECT_EQ(next(), "e");
  EXPECT_EQ(next(), "");
}

TEST_F(WaitersTest, AllAreWokenWhereNoRecordIsKnown) {
  Waiters waiters;
  for (char name : {'a', 'b', 'c'}) waiters.add(Waiters::kAny, pass(name));
  waiters.wake();
  EXPECT_EQ(woken, "abc");
}

TEST_F(WaitersTest, WhoeverGoesLetsTheNextCome) {
  {
    Waiters waiters;
    for (char name : {'a', 'b', 'c'}) waiters.add(7, pass(name));
    Waiters taken = std::move(waiters);
    EXPECT_EQ(woken, "");
  }
  EXPECT_EQ(woken, "abc");
}

TEST_F(WaitersTest, ATurnThatWasLeftGoesBy) {
  Turn kept, left;
  EXPECT_TRUE(left.leave().empty());
  Waiters waiters;
  waiters.add(7, [&](Waiters&& behind) { kept.come(std::move(behind)); });
  waiters.add(7, [&](Waiters&& behind) { left.come(std::move(behind)); });
  waiters.add(7, pass('c'));
  waiters.wake();
  EXPECT_EQ(woken, "");
  EXPECT_FALSE(kept.leave().empty());
  EXPECT_EQ(woken, "c");  // by way of the one that was left
}

TEST_F(WaitersTest, ATransactionsEndWakesThoseWhoWaitedBeforeFirst) {
  TransactionStatus status;
  status.wait(7, note('c'), {});
  Waiters before;
  before.add(7, note('a'));
  before.add(7, note('b'));
  status.let_wait(std::move(before));
  Waiters behind;
  behind.add(7, note('e'));
  status.wait(7, note('d'), std::move(behind));
  EXPECT_EQ(woken, "");
  status.ended();
  for (const char* name : {"a", "b", "c", "d", "e"}) {
    EXPECT_EQ(std::exchange(woken, {}), name);
    std::exchange(last, {}).wake();
  }
  EXPECT_EQ(woken, "");
}

TEST_F(WaitersTest, AnEndedTransactionIsNotWaitedFor) {
  TransactionStatus status;
  status.ended();
  Waiters behind;
  behind.add(7, pass('b'));
  status.wait(7, note('a'), std::move(behind));
  EXPECT_EQ(std::exchange(woken, {}), "a");
  EXPECT_EQ(next(), "b");
  {
    Waiters before;
    before.add(7, pass('c'));
    status.let_wait(std::move(before));
  }
  EXPECT_EQ(woken, "c");
}

}  // namespace
}  // namespace elegraph::storage
