// SPDX-License-Identifier: Apache-2.0
#include <random>
#include <string>

#include "exec_fixture.h"

namespace elegraph::query::exec {
namespace {

// Where only the ends of walks matter, a breadth-first search finds them: the same as all trails have, which a statement
// that reads their paths goes through one by one.
class ExecReachability : public ExecTest, public ::testing::WithParamInterface<int64_t> {
 protected:
  ExecReachability() { budget_ = GetParam(); }

  // Loops, several relationships between two nodes and nodes without any among them.
  void random_graph(uint32_t seed) {
    std::mt19937 random(seed);
    run("MATCH (n) DETACH DELETE n");
    run("UNWIND range(0, 8) AS i CREATE (:N {i: i})");
    run("MATCH (n:N) WHERE n.i % 2 = 0 SET n:Even");
    for (int r = 0; r < 11; r++)
      run("MATCH (a:N {i: " + std::to_string(random() % 9) + "}), (b:N {i: " + std::to_string(random() % 9) +
          "}) CREATE (a)-[:" + (random() % 3 ? "T" : "U") + " {w: " + std::to_string(random() % 3) + "}]->(b)");
  }
  void same(const std::string& match, const std::string& condition) {
    const std::string where = condition.empty() ? "" : " WHERE " + condition;
    const Rows trails = run("MATCH p = " + match + where + " WITH nodes(p)[-1] AS e, length(p) AS l RETURN DISTINCT e.i");
    EXPECT_EQ(run("MATCH " + match + where + " RETURN DISTINCT b.i"), trails) << match << where;
    EXPECT_EQ(run("MATCH " + match + where + " WITH DISTINCT b RETURN b.i"), trails) << match << where;
    const Rows count{std::to_string(trails.size())};
    EXPECT_EQ(run("MATCH " + match + where + " RETURN count(DISTINCT b)"), count) << match << where;
    EXPECT_EQ(run("MATCH " + match + where + " RETURN count(DISTINCT b.i)"), count) << match << where;
    EXPECT_EQ(run("MATCH " + match + where + " WITH DISTINCT b LIMIT 100 RETURN b.i"), trails) << match << where;
    // With the start beside it.
    EXPECT_EQ(run("MATCH " + match + where + " RETURN DISTINCT a.i, b.i"),
              run("MATCH p = " + match + where + " WITH a, nodes(p)[-1] AS e, length(p) AS l RETURN DISTINCT a.i, e.i"))
        << match << where;
  }
};

TEST_P(ExecReachability, EndsAreThoseOfAllTrails) {
  for (uint32_t seed = 0; seed < 12; seed++) {
    random_graph(seed);
    SCOPED_TRACE(seed);
    for (const char* hops : {"*", "*1..1", "*..2", "*1..3", "*0..2", "*0..", "*..4", "*2..3"})
      for (const auto& [left, right] : {std::pair{"-", "->"}, {"<-", "-"}, {"-", "-"}})
        for (const char* type : {":T", ""})
          for (const char* end : {"b", "b:Even"}) {
            const std::string step = std::string(left) + "[" + type + hops + "]" + right + "(" + end + ")";
            same("(a:N {i: 3})" + step, "");
            same("(a:N {i: 4})" + step, "b <> a");
            same("(a:N)" + step, "a.i < 4 AND b.i > 1");
          }
  }
}

TEST_P(ExecReachability, ConditionsOnTheWayAreAsked) {
  for (uint32_t seed = 20; seed < 28; seed++) {
    random_graph(seed);
    SCOPED_TRACE(seed);
    for (const char* step : {"-[r:T*1..3 {w: 1}]->(b)", "-[r*]->(b)", "<-[r*..3]-(b)", "-[r*..3]-(b)"}) {
      same("(a:N {i: 2})" + std::string(step), "all(x IN r WHERE x.w < 2)");
      same("(a:N {i: 2})" + std::string(step), "all(x IN r WHERE x.w <> a.i) AND NOT (a = b)");
      same("(a:N)" + std::string(step), "all(x IN r WHERE x.w <> a.i) AND a <> b");
    }
  }
}

TEST_P(ExecReachability, BetweenKnownNodes) {
  for (uint32_t seed = 100; seed < 112; seed++) {
    random_graph(seed);
    SCOPED_TRACE(seed);
    for (const char* hops : {"*", "*..2", "*1..3", "*0..2", "*0..0"})
      for (const auto& [left, right] : {std::pair{"-", "->"}, {"<-", "-"}, {"-", "-"}})
        for (const char* step : {":T", "", ":T|U"}) {
          const std::string between = std::string(left) + "[r" + step + hops + "]" + right;
          const std::string nodes = "MATCH (a:N), (b:Even) WHERE a.i < 5 ";
          const Rows trails = run(nodes + "MATCH (a)" + between + "(b) WITH a, b, size(r) AS s RETURN DISTINCT a.i, b.i");
          const std::string some = " all(x IN r WHERE x.w < 2) ";
          EXPECT_EQ(run(nodes + "MATCH (a)" + between + "(b) RETURN DISTINCT a.i, b.i"), trails) << between;
          EXPECT_EQ(run(nodes + "AND EXISTS { MATCH (a)" + between + "(b) } RETURN a.i, b.i"), trails) << between;
          EXPECT_EQ(run(nodes + "MATCH (a)" + between + "(b) WHERE " + some + " RETURN DISTINCT a.i, b.i"),
                    run(nodes + "MATCH (a)" + between + "(b) WHERE " + some +
                        " WITH a, b, size(r) AS s RETURN DISTINCT a.i, b.i"))
              << between;
        }
  }
}

TEST_P(ExecReachability, WalksAreCountedAsTheyAreGone) {
  for (uint32_t seed = 60; seed < 70; seed++) {
    random_graph(seed);
    SCOPED_TRACE(seed);
    for (const char* hops : {"*", "*1", "*2", "*3", "*4", "*..3", "*0..2", "*2..4", "*0..0", "*3..2"})
      for (const auto& [left, right] : {std::pair{"-", "->"}, {"<-", "-"}, {"-", "-"}})
        for (const char* type : {":T", "", ":T|U"})
          for (const char* start : {"(a)", "(a:N {i: 3})", "(a:Even)"}) {
            const std::string walk = start + std::string(left) + "[" + type + hops + "]" + right;
            for (const std::string& pattern : {walk + "(b)", walk + "(b:Even)", walk + "(b)<-[:T]-(c)"}) {
              // Every path, and so every walk.
              Rows ends = run("MATCH p = " + pattern + " RETURN b.i, length(p)");
              for (std::string& row : ends) row.resize(row.find(' '));
              EXPECT_EQ(run("MATCH " + pattern + " RETURN count(*)"), Rows{std::to_string(ends.size())}) << pattern;
              EXPECT_EQ(run("MATCH " + pattern + " RETURN b.i"), ends) << pattern;
            }
          }
  }
}

// Rows that have an end in common go on with its search once they are many.
TEST_P(ExecReachability, ShortestPathsFromOneToMany) {
  create_index("N", {"i"});
  run("UNWIND range(0, 599) AS i CREATE (:N {i: i})");
  run("UNWIND range(0, 1399) AS k MATCH (a:N {i: k * 7919 % 500}), (b:N {i: k * k % 499}) CREATE (a)-[:T]->(b)");
  const auto paths = [](const std::string& kind, const std::string& step, const std::string& results) {
    return " MATCH p = " + kind + "((a)" + step + "(b)) " + results;
  };
  for (const char* step : {"-[:T*]->", "-[:T*]-", "<-[:T*..4]-"})
    for (const char* kind : {"shortestPath", "allShortestPaths"})
      for (const char* ends : {"(a:N {i: 5}), (b:N)", "(b:N {i: 5}), (a:N)"}) {
        const std::string rows =
            std::string("MATCH ") + ends + " WHERE a <> b WITH a, b UNWIND range(1, 9) AS k WITH a, b, k";
        const Rows together = run(rows + paths(kind, step, "RETURN a.i, b.i, length(p), size(nodes(p)), count(*)"));
        // Each row's search begins anew in a subquery.
        const Rows alone = run(rows + " CALL { WITH a, b" + paths(kind, step, "RETURN p }") +
                               " RETURN a.i, b.i, length(p), size(nodes(p)), count(*)");
        EXPECT_EQ(together, alone) << kind << step << ends;
        EXPECT_GT(together.size(), 50) << kind << step << ends;
        const std::string edges = "UNWIND relationships(p) AS r RETURN a.i, b.i, count(r), count(DISTINCT r)";
        if (std::string(kind) == "allShortestPaths")
          EXPECT_EQ(run(rows + paths(kind, step, edges)),
                    run(rows + " CALL { WITH a, b" + paths(kind, step, "RETURN p } WITH a, b, p ") + edges))
              << step << ends;
      }
}

// Of a walk whose length alone is read no list is made, and no path.
TEST_P(ExecReachability, LengthsWithoutLists) {
  const auto same_lengths = [&](const std::string& match, const std::string& tail) {
    std::string by_list = tail;
    for (size_t at = 0; (at = by_list.find("length(p)", at)) != std::string::npos; at += 1)
      by_list.replace(at, 9, "size(relationships(p))");
    EXPECT_EQ(run(match + tail), run(match + by_list)) << match << tail;
  };
  for (uint32_t seed = 120; seed < 128; seed++) {
    random_graph(seed);
    SCOPED_TRACE(seed);
    for (const char* walk :
         {"(a:N)-[:T*..3]->(b)", "(a:N)-[*0..2]-(b)", "(a:N {i: 3})<-[:T*]-(b:Even)", "(a)-[:T*..2]->()-[:U]->(b)",
          "(a:N)-[:U]->()-[*..2]-()-[:T]->(b)", "(a:Even)-[:T*..2]->()<-[:U*..2]-(b)"}) {
      const std::string match = std::string("MATCH p = ") + walk + " ";
      same_lengths(match, "RETURN length(p), count(*)");
      same_lengths(match, "RETURN a.i, b.i, length(p) + 1, length(p) % 2 = 0");
      same_lengths(match, "WITH b, min(length(p)) AS l RETURN b.i, l");
      same_lengths(match, "WHERE length(p) > 1 RETURN count(DISTINCT b)");
      same_lengths(match, "WITH b, p ORDER BY length(p) DESC, b.i LIMIT 3 RETURN b.i, length(p)");
      same_lengths(match, "WITH DISTINCT b, length(p) AS l RETURN b.i, l");
      same_lengths(match, "RETURN length(p) AS l, count(DISTINCT b) ORDER BY l");
      same_lengths("MATCH (a:N) OPTIONAL " + match, "RETURN a.i, length(p), coalesce(length(p), -1)");
      same_lengths(match, "WITH collect(p) AS ps UNWIND ps AS p RETURN length(p), count(*)");
      same_lengths(match, "RETURN length(p), [n IN nodes(p) | n.i]");
    }
    EXPECT_EQ(run("MATCH (a:N)-[r:T*..3]->(b) RETURN a.i, size(r), count(*)"),
              run("MATCH (a:N)-[r:T*..3]->(b) WITH a, r, r AS s RETURN a.i, size(s), count(*)"));
    EXPECT_EQ(run("MATCH (a:N)-[r:T*..3]->(b) WHERE size(r) > 1 RETURN size(r), count(*)"),
              run("MATCH p = (a:N)-[:T*2..3]->(b) RETURN size(relationships(p)) AS s, count(*)"));
    same_lengths("MATCH (a:N {i: 1}), (b:N) WHERE a <> b MATCH p = shortestPath((a)-[:T*]-(b)) ", "RETURN b.i, length(p)");
    same_lengths("MATCH (a:N {i: 1}), (b:N) WHERE a <> b MATCH p = allShortestPaths((a)-[*..4]->(b)) ",
                 "RETURN length(p), count(*)");
  }
}

// A step of as many relationships as can be written one by one is planned as those are.
TEST_P(ExecReachability, StepsOfAFixedLength) {
  for (uint32_t seed = 80; seed < 90; seed++) {
    random_graph(seed);
    SCOPED_TRACE(seed);
    EXPECT_EQ(run("MATCH (a:N)-[:T*2 {w: 1}]->(b) RETURN a.i, b.i"),
              run("MATCH (a:N)-[:T {w: 1}]->()-[:T {w: 1}]->(b) RETURN a.i, b.i"));
    EXPECT_EQ(run("MATCH (a:N)-[:T*2]-(b)-[:T*1..1]-(c) RETURN a.i, b.i, c.i"),
              run("MATCH (a:N)-[:T]-()-[:T]-(b)-[:T]-(c) RETURN a.i, b.i, c.i"));
    EXPECT_EQ(run("MATCH (a:N), (b:Even) WHERE EXISTS { (a)-[:T*2]->(b) } RETURN a.i, b.i"),
              run("MATCH (a:N)-[r:T*2]->(b:Even) RETURN DISTINCT a.i, b.i"));
    EXPECT_EQ(run("MATCH (a:N) RETURN a.i, size([(a)-[*2]->(b) | b.i]) AS n"),
              run("MATCH (a:N) RETURN a.i, size([(a)-[r*2]->(b) | size(r)]) AS n"));
  }
  EXPECT_EQ(error_of("MERGE (a)-[:T*2]->(b)"), error_of("MERGE (a)-[:T*2..3]->(b)"));
  EXPECT_EQ(error_of("CREATE (a)-[:T*2]->(b)"), error_of("CREATE (a)-[:T*2..3]->(b)"));
}

TEST_P(ExecReachability, StepsBehindAndRowsBefore) {
  for (uint32_t seed = 40; seed < 46; seed++) {
    random_graph(seed);
    SCOPED_TRACE(seed);
    const std::string ends = " RETURN DISTINCT c.i";
    EXPECT_EQ(run("MATCH (a:N {i: 1})-[:T*..3]->(b) MATCH (b)-[:U]->(c)" + ends),
              run("MATCH p = (a:N {i: 1})-[:T*..3]->(b) MATCH (b)-[:U]->(c) WITH p, c" + ends));
    EXPECT_EQ(run("MATCH (a:N) OPTIONAL MATCH (a)-[:T*]->(b) RETURN a.i, count(DISTINCT b)"),
              run("MATCH (a:N) OPTIONAL MATCH p = (a)-[:T*]->(b) WITH a, nodes(p)[-1] AS e RETURN a.i, count(DISTINCT e)"));
    EXPECT_EQ(
        run("UNWIND [5, 3, 5] AS i MATCH (a:N {i: i}) CALL { WITH a MATCH (a)-[*..2]-(b) RETURN count(DISTINCT b) AS n } "
            "RETURN i, n"),
        run("UNWIND [5, 3, 5] AS i MATCH (a:N {i: i}) CALL { WITH a MATCH p = (a)-[*..2]-(b) WITH nodes(p)[-1] AS e "
            "RETURN count(DISTINCT e) AS n } RETURN i, n"));
  }
}

// Of a graph in which each node knows each other one there is no end of trails.
TEST_P(ExecReachability, WalksWithoutAnEndComeToOne) {
  create_index("N", {"i"});
  run("UNWIND range(0, 29) AS i CREATE (:N {i: i})");
  run("MATCH (a:N), (b:N) WHERE a <> b CREATE (a)-[:T]->(b)");
  run("CREATE (:N {i: 30})");
  EXPECT_EQ(run("MATCH (a:N {i: 7})-[:T*]->(b) RETURN count(DISTINCT b)"), Rows{"30"});
  EXPECT_EQ(run("MATCH (a:N {i: 7})-[:T*]-(b) WHERE b <> a RETURN count(DISTINCT b.i), min(b.i), max(b.i)"),
            Rows{"29 0 29"});
  EXPECT_EQ(run("MATCH (a:N {i: 7})-[:T*]->(b:N) WHERE b.i > 20 RETURN count(DISTINCT b)"), Rows{"9"});
  EXPECT_EQ(run("MATCH (a:N {i: 7})-[:T*]->(b) RETURN DISTINCT b.i > 20 LIMIT 2").size(), 2);
  EXPECT_EQ(run("MATCH (a:N {i: 7})-[:T*]->(b) WITH DISTINCT b RETURN count(*)"), Rows{"30"});
  EXPECT_EQ(run("MATCH (a:N)-[:T*]->(b) RETURN count(DISTINCT b)"), Rows{"30"});
  EXPECT_EQ(run("MATCH (a:N)-[:T*]->(b) WHERE a.i < 9 RETURN a.i > 4 AS x, count(DISTINCT b) ORDER BY x"),
            (Rows{"false 30", "true 30"}));
  EXPECT_EQ(run("MATCH (a:N) WHERE a.i < 9 OPTIONAL MATCH (a)-[:T*]-(b) RETURN sum(DISTINCT b.i)"), Rows{"435"});
  EXPECT_EQ(run("MATCH (a:N) WHERE EXISTS { (a)-[:T*]->(b) WHERE b.i = 30 } RETURN count(*)"), Rows{"0"});
  EXPECT_EQ(run("MATCH (a:N) RETURN count(EXISTS { (a)-[:T*]->(b) WHERE b.i = 30 } OR null)"), Rows{"0"});
  EXPECT_EQ(run("MATCH (a:N {i: 3})-[:T*]->(b) WITH DISTINCT a, b ORDER BY b.i DESC LIMIT 1 RETURN b.i"), Rows{"29"});
}

// The first search comes to a node from which the second one, of the next batch of rows, has to go on.
TEST_P(ExecReachability, SearchesWithALimitShareNothing) {
  run("UNWIND range(0, 4999) AS i CREATE (:N {i: i})");
  run("MATCH (a:N), (b:N) WHERE a.i >= 2040 AND a.i < 2060 AND b.i = a.i + 1 CREATE (a)-[:T]->(b)");
  EXPECT_EQ(run("MATCH (a:N)-[:T*..2]->(b) WHERE a.i = 2047 OR a.i = 2048 RETURN count(DISTINCT b)"), Rows{"3"});
  EXPECT_EQ(run("MATCH (a:N)-[:T*]->(b) WHERE a.i = 2047 OR a.i = 2048 RETURN count(DISTINCT b)"), Rows{"13"});
}

// Levels of one node and of many; what a level costs must not grow with the graph.
TEST_P(ExecReachability, ChainsAndStars) {
  create_index("N", {"i"});
  run("UNWIND range(0, 29999) AS i CREATE (:N {i: i})");
  run("UNWIND range(0, 14998) AS k MATCH (a:N {i: k}), (b:N {i: k + 1}) CREATE (a)-[:T]->(b)");
  run("UNWIND range(15000, 29999) AS k MATCH (a:N {i: 14999 - k % 3}), (b:N {i: k}) CREATE (a)-[:T]->(b), (b)-[:T]->(a)");
  EXPECT_EQ(run("MATCH (a:N {i: 0})-[:T*]->(b) RETURN count(DISTINCT b)"), Rows{"29999"});
  EXPECT_EQ(run("MATCH (a:N {i: 14000})-[:T*]-(b) WHERE b <> a RETURN count(DISTINCT b)"), Rows{"29999"});
  EXPECT_EQ(run("MATCH (a:N {i: 14997})-[:T*..2]->(b) RETURN count(DISTINCT b)"), Rows{"10003"});
  EXPECT_EQ(run("MATCH (a:N {i: 0})-[:T*]->(b) WHERE b.i < 7 RETURN min(b.i), max(b.i)"), Rows{"1 6"});
}

// A row for each way, where something is done for each.
TEST_P(ExecReachability, WhatIsDoneForEachRowIsDoneForEachWay) {
  run("CREATE (a:N {i: 0}), (b:N {i: 1}), (c:N {i: 2}) CREATE (a)-[:T]->(b), (a)-[:T]->(b), (b)-[:T]->(c), (a)-[:T]->(c)");
  const std::string walks = "MATCH (a:N {i: 0})-[:T*..2]->(b) ";  // two to b, three to c
  EXPECT_EQ(run(walks + "CALL { WITH b CREATE (:Log {i: b.i}) RETURN 1 AS x } RETURN count(DISTINCT b)"), Rows{"2"});
  EXPECT_EQ(run("MATCH (l:Log) RETURN count(*)"), Rows{"5"});
  EXPECT_EQ(run(walks + "CREATE (l:More {i: b.i}) RETURN count(DISTINCT b)"), Rows{"2"});
  EXPECT_EQ(run("MATCH (l:More) RETURN count(*)"), Rows{"5"});
  EXPECT_EQ(run(walks + "CALL { WITH b RETURN rand() AS r } RETURN count(DISTINCT r)"), Rows{"5"});
  EXPECT_EQ(run(walks + "WITH rand() AS r RETURN count(DISTINCT r)"), Rows{"5"});
  EXPECT_EQ(run(walks + "RETURN count(b.i), count(DISTINCT b)"), Rows{"5 2"});
}

TEST_P(ExecReachability, WhatTheStatementWritesIsReached) {
  run("UNWIND range(0, 3) AS i CREATE (:N {i: i})");
  EXPECT_EQ(
      run("UNWIND range(0, 2) AS i MATCH (a:N {i: i}), (b:N {i: i + 1}) CREATE (a)-[:T]->(b) WITH i MATCH (a:N {i: 0}) "
          "CALL { WITH a MATCH (a)-[:T*]->(c) RETURN count(DISTINCT c) AS n } RETURN i, n ORDER BY i"),
      (Rows{"0 3", "1 3", "2 3"}));
}

INSTANTIATE_TEST_SUITE_P(Budgets, ExecReachability, ::testing::Values(1, 300'000));

}  // namespace
}  // namespace elegraph::query::exec
