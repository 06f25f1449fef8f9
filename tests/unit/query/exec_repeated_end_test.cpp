// SPDX-License-Identifier: Apache-2.0
#include <string>

#include "exec_fixture.h"

namespace elegraph::query::exec {
namespace {

// Many nodes of which is asked whether one and the same node is related to them: the same ones come as by lists of ids.
class ExecRepeatedEnd : public ExecTest, public ::testing::WithParamInterface<int64_t> {
 protected:
  ExecRepeatedEnd() {
    create_index("N", {"i"});
    run("UNWIND range(0, 7999) AS i CREATE (:N {i: i})");
    relate("0", "i * 7919 % 8000");
    relate("1", "i * 31 % 4000");
    relate("i * 13 % 8000", "0");
    run("MATCH (a:N {i: 0}) CREATE (a)-[:R]->(a), (a)-[:S]->(a)");
    while (graph_.vacuum()) {}  // sorted lists
    budget_ = GetParam();
  }
  void relate(const std::string& from, const std::string& to) {
    run("UNWIND range(1, 150) AS i MATCH (a:N {i: " + from + "}), (b:N {i: " + to + "}) CREATE (a)-[:R]->(b)");
  }
  // So that few rows are expected.
  const std::string listed_ = "MATCH (n:N) WITH collect(n) AS l ";
  // Of the nodes 0 .. hubs-1.
  void same(const std::string& left, const std::string& right, int hubs) {
    const std::string of = "MATCH (h:N) WHERE h.i < " + std::to_string(hubs) + " ",
                      related = "(h)" + left + "-[:R]-" + right;
    for (const std::string& is : {std::string(""), std::string("NOT ")}) {
      const std::string asked = is + "EXISTS { " + related + "(n) }";
      const std::string listed = is + "n.i IN [" + related + "(m) | m.i]";
      const std::string rest = "RETURN h.i AS h, count(*), sum(n.i) ORDER BY h";
      EXPECT_EQ(run(of + "MATCH (n:N) WHERE " + asked + " " + rest), run(of + "MATCH (n:N) WHERE " + listed + " " + rest));
      EXPECT_EQ(run(listed_ + of + "UNWIND l AS n WITH * WHERE " + asked + " " + rest),
                run(of + "MATCH (n:N) WHERE " + listed + " " + rest));
    }
  }
};

TEST_P(ExecRepeatedEnd, InEitherDirection) {
  for (const int hubs : {1, 2, 5}) {
    same("", ">", hubs);
    same("<", "", hubs);
    same("", "", hubs);
  }
}

TEST_P(ExecRepeatedEnd, CountsEachRelationship) {
  const std::string of = listed_ + "MATCH (h:N {i: 0}) UNWIND l AS n ";
  EXPECT_EQ(run(of + "MATCH (h)-[r:R]->(n) RETURN count(r), sum(n.i)"),
            run("MATCH (:N {i: 0})-[r:R]->(n) RETURN count(r), sum(n.i)"));
  EXPECT_EQ(run(of + "WITH h, n, COUNT { (h)-[:R]-(n) } AS c RETURN sum(c), sum(c * n.i)"),
            run("MATCH (:N {i: 0})-[r:R]-(n) RETURN count(r), sum(n.i)"));
}

// What the statement itself relates is related from then on.
TEST_P(ExecRepeatedEnd, OwnChangesAreSeen) {
  const std::string others =
      "MATCH (m:N) WITH h, collect(m) AS l UNWIND l AS n WITH h, n WHERE NOT EXISTS { (h)-[:R]->(n) } ";
  const Rows before = run("MATCH (h:N {i: 0}) " + others + "RETURN count(*)");
  EXPECT_NE(before, Rows{"0"});
  EXPECT_EQ(run("MATCH (h:N {i: 0}) " + others + "CREATE (h)-[:R]->(n) WITH DISTINCT h " + others + "RETURN count(*)"),
            Rows{"0"});
  EXPECT_EQ(run("MATCH (h:N {i: 0}) " + others + "RETURN count(*)"), Rows{"0"});
  run("MATCH (h:N {i: 0})-[r:R]->(n) WHERE n.i % 2 = 0 DELETE r WITH DISTINCT h " + others + "SET n.seen = true");
  EXPECT_EQ(run("MATCH (n:N) WHERE n.seen RETURN count(*), sum(n.i % 2)"), Rows{"4000 0"});
}

// Also by the operators that asked before.
TEST_P(ExecRepeatedEnd, ChangesOfTheRowBeforeAreSeen) {
  const Rows missing = run("MATCH (h:N {i: 0}), (n:N) WHERE NOT n.i IN [(h)-[:R]->(m) | m.i] RETURN count(n)");
  EXPECT_EQ(run("UNWIND range(1, 3) AS k MATCH (h:N {i: 0}) CALL { WITH h MATCH (m:N) WITH h, collect(m) AS l UNWIND l AS "
                "n WITH h, n WHERE NOT EXISTS { (h)-[:R]->(n) } "
                "CREATE (h)-[:R]->(n) RETURN count(*) AS c } RETURN c"),
            (Rows{"0", "0", missing[0]}));
}

INSTANTIATE_TEST_SUITE_P(Budgets, ExecRepeatedEnd, ::testing::Values(INT64_MAX / 2, 500));

}  // namespace
}  // namespace elegraph::query::exec
