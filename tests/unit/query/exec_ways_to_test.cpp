// SPDX-License-Identifier: Apache-2.0
#include <string>

#include "exec_fixture.h"

namespace elegraph::query::exec {
namespace {

// Walks between two known nodes leave out what does not lead from one to the other: the same walks come as to an end that
// is only found by a property.
class ExecWaysTo : public ExecTest, public ::testing::WithParamInterface<int64_t> {
 protected:
  ExecWaysTo() {
    create_index("N", {"i"});
    run("UNWIND range(0, 299) AS i CREATE (:N {i: i, v: i})");
    relate(1, 1200, "i * 7919 % 300", "i * 31 % 299");
    relate(1, 200, "i * 13 % 300", "5");  // many lead there
    relate(1, 100, "5", "i * 3 % 300");
    relate(1, 20, "i", "i");
    budget_ = GetParam();
  }
  void relate(int first, int last, const std::string& from, const std::string& to) {
    run("UNWIND range(" + std::to_string(first) + ", " + std::to_string(last) + ") AS i MATCH (a:N {i: " + from +
        "}), (b:N {i: " + to + "}) CREATE (a)-[:R {w: i % 10}]->(b)");
  }
  void same(const std::string& walk, const std::string& where, const std::string& result) {
    for (const char* ends : {"3 5", "5 17", "5 5", "11 12", "299 5"}) {
      const std::string pair = ends, a = pair.substr(0, pair.find(' ')), b = pair.substr(pair.find(' ') + 1);
      const std::string rest = where + " " + result;
      EXPECT_EQ(run("MATCH (a:N {i: " + a + "}), (b:N {i: " + b + "}) MATCH p = (a)" + walk + "(b) WHERE true" + rest),
                run("MATCH (a:N {i: " + a + "}) MATCH p = (a)" + walk + "(b:N) WHERE b.v = " + b + rest))
          << walk << ends;
    }
  }
  void all_same() {
    for (const char* walk :
         {"-[r:R*1..2]->", "-[r:R*1..3]->", "<-[r:R*2..3]-", "-[r:R*3..3]->", "-[r:R*0..2]-", "-[r:R*1..4]->"}) {
      same(walk, "", "RETURN length(p) AS l, count(*) ORDER BY l");
      same(walk, " AND all(x IN r WHERE x.w > 2)", "RETURN length(p) AS l, count(*) ORDER BY l");
    }
    same("-[r:R*1..3]->", "", "RETURN [x IN nodes(p) | x.i]");
  }
};

TEST_P(ExecWaysTo, InAllDirections) { all_same(); }

TEST_P(ExecWaysTo, InSortedLists) {
  while (graph_.vacuum()) {}
  all_same();
}

// A statement's own relationships are ways, too.
TEST_P(ExecWaysTo, OwnChangesAreSeen) {
  const std::string count = "MATCH p = (a)-[:R*1..3]->(b) RETURN count(p)";
  const Rows before = run("MATCH (a:N {i: 3}), (b:N {i: 5}) " + count);
  const Rows after =
      run("MATCH (a:N {i: 3}), (b:N {i: 5}) CREATE (a)-[:R]->(b), (a)-[:R]->(:M)-[:R]->(b) WITH a, b " + count);
  EXPECT_NE(before, after);
  EXPECT_EQ(run("MATCH (a:N {i: 3}), (b:N {i: 5}) " + count), after);
}

INSTANTIATE_TEST_SUITE_P(Budgets, ExecWaysTo, ::testing::Values(INT64_MAX / 2, 500));

}  // namespace
}  // namespace elegraph::query::exec
