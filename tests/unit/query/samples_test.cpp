// SPDX-License-Identifier: Apache-2.0
// What planning learns of a property that has no index by a look at some of its values.
#include <gtest/gtest.h>

#include "query/plan/physical.h"
#include "tests/unit/query/exec_fixture.h"

namespace elegraph::query::exec {
namespace {

class Samples : public ExecTest {
 protected:
  static constexpr double kPeople = 10'000;

  Samples() {
    run("UNWIND range(1, 10000) AS i CREATE (p:Person {name: 'name ' + i, even: i % 2 = 0, score: i % 1000, frozen: i % 50 "
        "= 0}) "
        "SET p.nick = CASE WHEN i % 4 = 0 THEN 'nick' END");
    run("MATCH (a:Person) CREATE (a)-[:LIKES {stars: 3}]->(a)");
    run("UNWIND range(1, 50) AS i CREATE (:City {even: true})");
  }

  std::shared_ptr<const plan::Plan> planned(const std::string& text, const std::vector<Value>& values = {}) {
    rcu::ReadGuard guard;
    const auto parsed = cypher::parse(text, {});
    plan::PlanningContext planning{};
    planning.catalog = &graph_.catalog(), planning.statistics = &graph_.statistics(), planning.indexes = &indexes_;
    planning.graph = &graph_, planning.values = values, planning.text = text;
    return plan::plan_query(*parsed, planning);
  }
  // Of the rows that the condition is asked for, those that are expected to fulfil it.
  double share(const std::string& pattern, const std::string& condition, double rows, std::vector<Value> values = {}) {
    const auto plan = planned("MATCH " + pattern + " WHERE " + condition + " RETURN *", values);
    const plan::PhysicalNode* node = plan->root.get();
    while (node && node->kind != plan::NodeKind::kFilter) node = node->left.get();
    return node ? node->estimated_rows / rows : -1;
  }
  double of_person(const std::string& condition, std::vector<Value> values = {}) {
    return share("(p:Person)", condition, kPeople, std::move(values));
  }
};

TEST_F(Samples, TellHowManyAreAlike) {
  EXPECT_NEAR(of_person("p.even = true"), 0.5, 0.05);
  EXPECT_NEAR(of_person("p.even <> true"), 0.5, 0.05);
  EXPECT_LT(of_person("p.name = 'name 7'"), 0.01);
  EXPECT_NEAR(of_person("p.nick = 'nick'"), 1.0 / 16, 0.05);  // a random one of all, against another
  EXPECT_NEAR(share("(p)", "p.even = true", kPeople + 50, {}), 0.5, 0.05);
  EXPECT_NEAR(share("()-[r:LIKES]->()", "r.stars = 3", kPeople), 1, 0.01);
}

TEST_F(Samples, TellHowOftenABooleanIsTrue) {
  EXPECT_NEAR(of_person("p.frozen = true"), 0.02, 0.02);
  EXPECT_NEAR(of_person("p.frozen"), 0.02, 0.02);
  EXPECT_NEAR(of_person("p.frozen = false"), 0.98, 0.02);
  EXPECT_NEAR(of_person("NOT p.frozen"), 0.98, 0.02);
  EXPECT_NEAR(of_person("p.nothing"), 0.5, 1e-6);
}

TEST_F(Samples, CompareWithValuesThatAreKnown) {
  EXPECT_NEAR(of_person("p.score < 500"), 0.5, 0.1);
  EXPECT_NEAR(of_person("500 < p.score"), 0.5, 0.1);
  EXPECT_NEAR(of_person("p.score >= $1", {Value::integer(990)}), 0.05, 1e-6);
  EXPECT_NEAR(of_person("p.score >= $1", {Value()}), 0.3, 1e-6);
  EXPECT_NEAR(of_person("p.name STARTS WITH 'name'"), 1, 1e-6);
  EXPECT_NEAR(of_person("p.name CONTAINS 'x'"), 0.01, 1e-6);
  EXPECT_NEAR(of_person("p.score < p.score + 1"), 0.3, 1e-6);
}

TEST_F(Samples, AreNotAskedWhereAnIndexOfRelationshipsKnows) {
  run("MATCH (a:Person)-[r:LIKES]->() SET r.number = id(a)");
  EXPECT_NEAR(share("()-[r:LIKES]->()", "r.number >= 9900", kPeople), 0.05, 1e-6);
  create_index("LIKES", {"number"}, index::ConstraintKind::kNone, index::EntityKind::kRelationship);
  EXPECT_NEAR(share("()-[r:LIKES]->()", "r.number >= 9900", kPeople), 0.01, 0.005);
}

// People are located in cities, and most of what is located anywhere in countries.
TEST_F(Samples, TellWhereRelationshipsOfALabelLead) {
  run("CREATE (:Country)");
  run("MATCH (c:Country) UNWIND range(1, 20000) AS i CREATE (:Message)-[:IN]->(c)");
  run("MATCH (c:City) WITH collect(c) AS cities MATCH (p:Person) WITH p, cities[id(p) % 50] AS c "
      "CREATE (p)-[:IN]->(c)");
  auto rows = [&](const std::string& pattern) { return planned("MATCH " + pattern + " RETURN *")->root->estimated_rows; };
  EXPECT_NEAR(rows("(p:Person)-[:IN]->(c:City)"), 10'000, 1'000);
  EXPECT_NEAR(rows("(c:City)<-[:IN]-(p:Person)"), 10'000, 1'000);
  EXPECT_LT(rows("(p:Person)-[:IN]->(c:Country)"), 100);
  EXPECT_NEAR(rows("(m:Message)-[:IN]->(c:Country)"), 20'000, 2'000);
}

// An index does not decide about floats, so its condition is looked at again, but leaves no less of the rows.
TEST_F(Samples, DoNotCountTwiceWhatAnIndexHasCounted) {
  run("MATCH (p:Person) SET p.ratio = p.score / 10.0");
  create_index("Person", {"ratio"});
  EXPECT_NEAR(of_person("p.ratio >= 99.0"), 0.01, 0.005);
  EXPECT_NEAR(of_person("p.ratio = 99.5"), 0.001, 0.0005);
}

TEST_F(Samples, CountNulls) {
  EXPECT_NEAR(of_person("p.nick IS NULL"), 0.75, 0.1);
  EXPECT_NEAR(of_person("p.nick IS NOT NULL"), 0.25, 0.1);
  EXPECT_GT(of_person("p.nothing IS NULL"), 0.9);
}

TEST_F(Samples, AreNotTakenOfFew) { EXPECT_NEAR(share("(c:City)", "c.even = true", 50), 0.05, 1e-6); }

}  // namespace
}  // namespace elegraph::query::exec
