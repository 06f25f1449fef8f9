// SPDX-License-Identifier: Apache-2.0
#include <functional>
#include <random>

#include "exec_fixture.h"
#include "query/exec/interrupt.h"

namespace elegraph::query::exec {
namespace {

// Expansions towards known nodes leave ends out before they become rows: the same answers come as with conditions on a
// property, which nothing is left out for.
class ExecKnownEnds : public ExecTest, public ::testing::WithParamInterface<int64_t> {
 protected:
  ExecKnownEnds() {
    create_index("Place", {"i"});
    create_index("Person", {"i"});
    create_index("Message", {"i"});
    run("UNWIND range(0, 39) AS i CREATE (:Place {i: i})");
    run("UNWIND range(0, 59) AS i CREATE (:Person {i: i})");
    run("UNWIND range(0, 5999) AS i CREATE (:Message {i: i, v: i % 97})");
    run("MATCH (m:Message) WHERE m.i % 2 = 0 SET m:Post");
    relate("m.i % 60", "Message", "Person", "BY");
    relate("m.i * 31 % 41", "Message", "Place", "IN");   // some are nowhere
    relate("m.i * 17 % 500", "Message", "Place", "IN");  // some at two places, or twice at one
    relate("m.i % 5000 + 1", "Message", "Message", "OF");
    run("MATCH (m:Message) WHERE m.i % 50 = 0 CREATE (m)-[:OF]->(m)");
    budget_ = GetParam();
  }
  void relate(const std::string& to, const std::string& from_label, const std::string& to_label, const std::string& type) {
    run("MATCH (m:" + from_label + ") MATCH (x:" + to_label + " {i: " + to + "}) CREATE (m)-[:" + type + "]->(x)");
  }
  // Both texts give the same rows, and some.
  void same(const std::string& known, const std::string& property) {
    const Rows rows = run(known);
    EXPECT_EQ(rows, run(property)) << known;
    EXPECT_FALSE(rows.empty()) << known;
  }
  // With c IN [x, y] and its other forms after a match of x and y.
  void same_forms(const std::string& match, const std::string& result) {
    const std::string first = "MATCH (x:Place {i: 3}), (y:Place {i: 11}) ";
    const std::string property = first + match + " c.i IN [3, 11] " + result;
    for (const char* form : {"c IN [x, y]", "c = x OR y = c", "c IN [x, y, x]", "c IN [y] OR c = x OR c IN [null, x]",
                             "(c = x AND c.i = 3) OR (y = c AND c.i > 4)"})
      same(first + match + " (" + form + ") " + result, property);
    same(first + "WITH [x, y] AS l " + match + " c IN l " + result, property);
    same("MATCH (p:Place) WHERE p.i IN [3, 11] WITH collect(p) AS l " + match + " c IN l " + result, property);
    same("MATCH (p:Place) WHERE p.i IN [3, 11] UNWIND [p, p] AS x WITH DISTINCT x " + match + " c = x " + result, property);
  }
};

TEST_P(ExecKnownEnds, OfTheExpansionItself) {
  same_forms("MATCH (m:Post)-[:IN]->(c) WHERE", "RETURN c.i, count(*), sum(m.v)");
  same_forms("MATCH (m:Message)-[r:IN]->(c:Place) WHERE", "RETURN c.i, m.i, id(r)");
  same_forms("MATCH (m:Message)-[:IN]-(c) WHERE m.v > 50 AND", "RETURN count(*), count(DISTINCT m)");
}

TEST_P(ExecKnownEnds, OneStepOn) {
  same_forms("MATCH (p:Person)<-[:BY]-(m)-[:IN]->(c) WHERE p.i < 50 AND", "RETURN p.i, c.i, count(*), sum(m.v)");
  same_forms("MATCH (p:Person)<-[:BY]-(m)-[:IN]->(c) WHERE", "RETURN m.i, c.i");
  same_forms("MATCH (p:Person)<-[:BY]-(m:Post)-[:IN]-(c:Place) WHERE", "RETURN count(DISTINCT m), count(c)");
  same_forms("MATCH (p:Person)<-[:BY]-(m)-->(c:Place) WHERE", "RETURN p.i, count(*)");
  same_forms("MATCH (p:Person)<-[:BY]-(m)-[:OF]-(n)-[:IN]->(c) WHERE p.i = 7 AND", "RETURN m.i, n.i, c.i");
  same_forms("MATCH (p:Person {i: 7})<-[:BY]-(m) MATCH (m)-[:IN|OF]->(c:Place) WHERE", "RETURN m.i, c.i");
  same_forms("MATCH (p:Person) OPTIONAL MATCH (p)<-[:BY]-(m)-[:IN]->(c) WHERE", "RETURN p.i, m.i, c.i");
}

TEST_P(ExecKnownEnds, NullsAndOtherValuesAreNobody) {
  const std::string pattern = "MATCH (p:Person)<-[:BY]-(m)-[:IN]->(c) WHERE ";
  const std::string only_x = "MATCH (x:Place {i: 3}) " + pattern + "c.i = 3 RETURN p.i, count(*)";
  same("MATCH (x:Place {i: 3}) OPTIONAL MATCH (x)-[:NONE]->(y) WITH x, y " + pattern + "c IN [x, y] RETURN p.i, count(*)",
       only_x);
  same(
      "MATCH (x:Place {i: 3}) OPTIONAL MATCH (x)-[:NONE]->(y) WITH x, y " + pattern + "c = y OR c = x RETURN p.i, count(*)",
      only_x);
  same("MATCH (x:Place {i: 3}) WITH [null, 3, 'x', [x], x] AS l " + pattern + "c IN l RETURN p.i, count(*)", only_x);
  const std::string none = "OPTIONAL MATCH (x:Place {i: -1}) WITH x, [x, 7] AS l, null AS n ";
  for (const char* condition : {"c = x", "c IN [x, x]", "c IN l", "c IN [n]", "c = n OR c = x"})
    EXPECT_EQ(run(none + pattern + condition + " RETURN count(*)"), Rows{"0"}) << condition;
}

// Nodes that differ from row to row, more of them than are worth it, and lists of them.
TEST_P(ExecKnownEnds, OfEachRow) {
  const std::string pattern = "MATCH (p:Person {i: x.i % 7})<-[:BY]-(m)-[:IN]->(c) WHERE ";
  same("MATCH (x:Place) " + pattern + "c = x RETURN x.i, count(*)",
       "MATCH (x:Place) " + pattern + "c.i = x.i RETURN x.i, count(*)");
  same("MATCH (x:Place), (y:Place) WHERE y.i < x.i " + pattern + "c IN [x, y] RETURN x.i, count(*)",
       "MATCH (x:Place), (y:Place) WHERE y.i < x.i " + pattern + "c.i IN [x.i, y.i] RETURN x.i, count(*)");
  same("MATCH (x:Place) MATCH (z:Place) WHERE z.i % 5 = x.i % 5 WITH x, collect(z) AS l " + pattern +
           "c IN l RETURN x.i, count(*)",
       "MATCH (x:Place) " + pattern + "c.i % 5 = x.i % 5 RETURN x.i, count(*)");
  same("MATCH (x:Message) MATCH (x)-[:OF]->(n)-[:OF]->(c) WHERE c = x RETURN count(*)",
       "MATCH (x:Message) MATCH (x)-[:OF]->(n)-[:OF]->(c) WHERE c.i = x.i RETURN count(*)");
}

TEST_P(ExecKnownEnds, NegationsStay) {
  const std::string first = "MATCH (x:Place {i: 3}), (y:Place {i: 11}) MATCH (p:Person)<-[:BY]-(m)-[:IN]->(c) WHERE ";
  same(first + "NOT c IN [x, y] RETURN count(*)", first + "NOT c.i IN [3, 11] RETURN count(*)");
  same(first + "c <> x AND NOT c = y RETURN count(*)", first + "c.i <> 3 AND c.i <> 11 RETURN count(*)");
  same(first + "c = x OR m.v > 90 RETURN count(*)", first + "c.i = 3 OR m.v > 90 RETURN count(*)");
}

// What the transaction and the statement itself have written counts.
TEST_P(ExecKnownEnds, OwnChangesAreSeen) {
  const std::string count = "MATCH (p:Person {i: 1})<-[:BY]-(m)-[:IN]->(c) WHERE c IN [x, y] RETURN count(*)";
  const std::string places = "MATCH (x:Place {i: 3}), (y:Place {i: 11}) ";
  const int64_t before = std::stoll(run(places + count)[0]);
  prepare(places +
              "MATCH (p:Person {i: 1}) CREATE (n:Message)-[:BY]->(p), (n)-[:IN]->(x), (n)-[:IN]->(x), (n)-[:IN]->(y) "
              "WITH x, y " +
              count,
          {});
  EXPECT_EQ(drain(), Rows{std::to_string(before + 3)});
  transaction_->rollback();
  prepare(places + "MATCH (m)-[r:IN]->(x) DELETE r WITH DISTINCT x, y " + count, {});
  const int64_t left = std::stoll(drain()[0]);
  transaction_->rollback();
  EXPECT_EQ(run("MATCH (p:Person {i: 1})<-[:BY]-(m)-[:IN]->(c {i: 11}) RETURN count(*)"), Rows{std::to_string(left)});
}

TEST_P(ExecKnownEnds, StopsWhenInterrupted) {
  Interrupt interrupt;
  interrupt.cancelled = true;
  context_.interrupt = &interrupt;
  EXPECT_EQ(error_of("MATCH (x:Place {i: 3}) MATCH (p:Person)<-[:BY]-(m)-[:IN]->(c) WHERE c IN [x] RETURN count(*)"),
            "57014");
  context_.interrupt = nullptr;
}

INSTANTIATE_TEST_SUITE_P(Budgets, ExecKnownEnds, ::testing::Values(INT64_MAX / 2, 100));

}  // namespace
}  // namespace elegraph::query::exec
