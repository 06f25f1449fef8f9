// SPDX-License-Identifier: Apache-2.0
// Values that are large by themselves count as their statement's memory, and whoever makes one looks whether to stop.
#include "exec_fixture.h"

namespace elegraph::query::exec {
namespace {

constexpr uint64_t kMegabyte = 1 << 20;

class ExecMemory : public ExecTest {
 protected:
  // "" where it runs to its end with so much memory.
  std::string outcome(std::string_view text, uint64_t megabytes) {
    auto tracker = std::make_unique<MemoryTracker>(megabytes * kMegabyte);
    prepare(text, {});
    context_.memory = tracker.get();
    std::string out;
    try {
      drain();
    } catch (const Error& e) {
      out = e.sqlstate;
    }
    execution_.reset();
    EXPECT_EQ(tracker->used(), 0u) << text;
    return out;
  }
  void needs(uint64_t megabytes, std::string_view text) {
    EXPECT_EQ(outcome(text, megabytes), "") << text;
    EXPECT_EQ(outcome(text, megabytes / 4), "53200") << text;
  }
  uint64_t polls(std::string_view text) {
    struct Counter : Watch {
      void poll() override { n++; }
      uint64_t n = 0;
    } counter;
    Interrupt interrupt;
    interrupt.watch = &counter;
    context_.interrupt = &interrupt;
    run(text);
    context_.interrupt = nullptr;
    return counter.n;
  }
};

TEST_F(ExecMemory, LargeValuesCount) {
  needs(64, "RETURN size(range(1, 2000000))");
  needs(64, "RETURN size(range(1, 500000) + range(1, 1000000))");
  needs(64, "RETURN size([x IN range(1, 1000000) | x])");
  needs(64, "RETURN size(tail(range(1, 1000000)))");
  needs(64, "RETURN size(reverse(range(1, 1000000)))");
  needs(64, "RETURN size(range(1, 1000000)[..900000])");
  needs(64, "RETURN size(reduce(s = 'abcdefgh', i IN range(1, 21) | s + s))");
  needs(8, "RETURN size(split(reduce(s = 'abcdefg,', i IN range(1, 17) | s + s), ','))");
  needs(64, "UNWIND range(1, 100) AS i WITH collect(range(i, 20000)) AS l RETURN size(l)");
  needs(64, "UNWIND range(1, 200000) AS i WITH collect({number: i, text: 'a text out of line ' + i}) AS l RETURN size(l)");
}

TEST_F(ExecMemory, ManySmallValuesCountWhereTheyAreKept) {
  needs(96, "UNWIND range(1, 20000) AS i WITH DISTINCT range(i, i + 99) AS l RETURN count(*)");
  needs(128, "UNWIND range(1, 25000) AS i WITH i, range(i, i + 99) AS l ORDER BY i % 7 RETURN max(size(l))");
  needs(4, "UNWIND range(1, 40000) AS i MERGE (n:Made {i: i}) RETURN count(*)");
}

TEST_F(ExecMemory, ThoseThatAreGoneDoNot) {
  EXPECT_EQ(
      outcome("UNWIND range(1, 100) AS i RETURN sum(size(reduce(s = '', j IN range(1, 100) | s + '0123456789')))", 64), "");
  EXPECT_EQ(outcome("RETURN reduce(n = 0, i IN range(1, 100) | n + size(range(1, 100000)))", 16), "");
}

TEST_F(ExecMemory, AValueMayOutliveItsStatement) {
  Value list, text;
  {
    MemoryTracker tracker(64 * kMegabyte);
    prepare("RETURN 1", {});
    context_.memory = &tracker;
    StatementValues values(context_);
    list = Value::list(std::vector<Value>(100'000));
    text = Value::string(std::string(100'000, 'x'));
    EXPECT_GE(tracker.used(), 100'000 * sizeof(Value) + 100'000);
    const Value copy = list;
    list = Value();
    EXPECT_GE(tracker.used(), 100'000 * sizeof(Value) + 100'000);
    list = copy;
    execution_.reset();
  }
  EXPECT_EQ(list.as_list().size(), 100'000u);
  EXPECT_EQ(text.as_string().size(), 100'000u);
}

TEST_F(ExecMemory, WhoMakesALargeValueLooksWhetherToStop) {
  const uint64_t few = polls("RETURN size(range(1, 10))");
  for (const char* text : {"RETURN size(range(1, 4000000))", "WITH range(1, 2000000) AS l RETURN size(l + l)",
                           "WITH range(1, 4000000) AS l RETURN size(tail(l))"})
    EXPECT_GE(polls(text), few + 10) << text;
}

}  // namespace
}  // namespace elegraph::query::exec
