// SPDX-License-Identifier: Apache-2.0
#include "query/plan/planner.h"

#include <gtest/gtest.h>

#include <sstream>

#include "query/cypher/parser.h"
#include "storage/error.h"
#include "storage/rcu.h"

namespace elegraph::query::plan {
namespace {

// 10,000 nodes, 5,000 of them Person and 100 City; 30,000 KNOWS among persons, 5,000 LIVES_IN to cities.
class FixedStatistics : public storage::Statistics {
 public:
  explicit FixedStatistics(const storage::Catalog& catalog) : catalog_(catalog) {}
  uint64_t node_count() const override { return 10'000; }
  uint64_t node_count(LabelId l) const override { return catalog_.name(l) == "City" ? 100 : 5'000; }
  uint64_t relationship_count() const override { return 35'000; }
  uint64_t relationship_count(RelTypeId t) const override { return knows(t) ? 30'000 : 5'000; }
  uint64_t relationship_count(LabelId l, RelTypeId t, Direction d) const override {
    bool city = catalog_.name(l) == "City";
    if (knows(t)) return city ? 0 : 30'000;
    return city == (d == Direction::kIn) ? 5'000 : 0;
  }
  uint64_t end_count(RelTypeId t, Direction) const override { return knows(t) ? 1'000 : 5'000; }

 private:
  bool knows(RelTypeId t) const { return catalog_.name(t) == "KNOWS"; }
  const storage::Catalog& catalog_;
};

class PlannerTest : public testing::Test {
 protected:
  PlannerTest() {
    indexes_.attach(graph_);
    storage::Catalog& c = graph_.catalog();
    LabelId person = c.intern_label("Person"), city = c.intern_label("City");
    RelTypeId knows = c.intern_rel_type("KNOWS");
    c.intern_rel_type("LIVES_IN");
    LabelSetId persons = c.intern_label_set(std::vector{person}), cities = c.intern_label_set(std::vector{city});
    c.observe(persons, c.intern_key("id"), Value::integer(1));
    c.observe(persons, c.intern_key("age"), Value::integer(1));
    c.observe(persons, c.intern_key("name"), Value::string("a"));
    c.observe(cities, c.intern_key("name"), Value::string("a"));
    c.observe(persons, c.intern_key("mixed"), Value::string("a"));
    c.observe(persons, c.intern_key("mixed"), Value::integer(1));
    c.observe(knows, c.intern_key("since"), Value::date(1));
    slot_ = graph_.open_slot();
    index::IndexDefinition unique;
    unique.name = "person_id_key", unique.label = "Person", unique.keys = {"id"};
    unique.constraint = index::ConstraintKind::kUnique;
    indexes_.create(unique, slot_, [] { return false; });
  }
  ~PlannerTest() override { graph_.close_slot(slot_); }

  std::shared_ptr<const Plan> plan(std::string_view text) {
    cypher::ParseOptions options;
    auto statement = cypher::parse(text, options);
    PlanningContext context{};
    context.catalog = &graph_.catalog(), context.statistics = &statistics_, context.indexes = &indexes_;
    context.text = text;
    rcu::ReadGuard guard;
    return plan_query(*statement, context);
  }
  std::string explain(std::string_view text) {
    auto p = plan(text);
    rcu::ReadGuard guard;
    return explain_text(*p, nullptr, indexes_);
  }
  // EXPLAIN without the figures.
  std::string shape(std::string_view text) {
    std::istringstream lines(explain(text));
    std::string out, line;
    while (std::getline(lines, line)) out += line.substr(0, line.find("  (rows=")) + "\n";
    return out;
  }
  std::string error(std::string_view text) {
    try {
      plan(text);
    } catch (const Error& e) {
      return e.sqlstate + " " + e.message + (e.position ? " at " + std::to_string(*e.position) : "") +
             (e.hint.empty() ? "" : " / " + e.hint);
    }
    return "planned";
  }
  std::string columns(std::string_view text) {
    std::string out;
    auto p = plan(text);
    for (const ColumnDescription& c : p->columns) {
      out += (out.empty() ? "" : ", ") + c.name + " " + std::string(type_name(c.type.type));
      if (c.type.type == Type::kList) out += " OF " + std::string(type_name(c.type.element));
    }
    return out;
  }
  std::string parameters(std::string_view text) {
    std::string out;
    auto p = plan(text);
    for (const StaticType& t : p->parameters) {
      out += (out.empty() ? "" : ", ") + std::string(type_name(t.type));
      if (t.type == Type::kList) out += " OF " + std::string(type_name(t.element));
    }
    return out;
  }

  index::IndexSet indexes_;
  storage::Graph graph_;
  FixedStatistics statistics_{graph_.catalog()};
  storage::Graph::SnapshotSlot* slot_ = nullptr;
};

struct Shape {
  std::string_view statement, plan;
};

// Statements and the operators that they become.
constexpr Shape kShapes[] = {
    {"MATCH (n:Person {id: $1}) RETURN n.name", R"(Project
  ->  Node Index Seek on Person(id) using person_id_key
        Equals: $1
)"},
    // Both ends of which there is one are looked up before the lists of either are walked.
    {"MATCH (:Person {id: 1})-[:KNOWS]->(x)<-[:KNOWS]-(:Person {id: 2}) RETURN x.name", R"(Project
  ->  Intersect -[:KNOWS]-> and -[:KNOWS]->
        ->  Apply
              ->  Node Index Seek on Person(id) using person_id_key
                    Equals: 1
              ->  Node Index Seek on Person(id) using person_id_key
                    Equals: 2
)"},
    // What goes through a list or a text comes after what compares two values.
    {"MATCH (n:Person) WHERE any(x IN n.tags WHERE x = 'a') AND n.name CONTAINS 'b' AND 'c' IN n.tags AND n.age > 3 "
     "RETURN count(*)",
     R"(Aggregate
  ->  Filter
        Condition: (n.age > 3) AND (n.name CONTAINS 'b') AND (...) AND ('c' IN n.tags)
        ->  Label Scan on Person
)"},
    // The rarest label is scanned, and the pattern walked from there.
    {"MATCH (p:Person)-[:LIVES_IN]->(c:City) RETURN count(*)", R"(Aggregate
  ->  Expand <-[:LIVES_IN]-
        To: :Person
        ->  Label Scan on City
)"},
    // Ends that do not lead to the known nodes are left out while expanding.
    {"MATCH (x:City), (y:City) WITH x, y LIMIT 1 MATCH (:Person {id: 1})-[:KNOWS]->(f)-[:LIVES_IN]->(c) "
     "WHERE c IN [x, y] RETURN f",
     R"(Filter
  Condition: ((c = x) OR (c = y))
  ->  Expand -[:LIVES_IN]->
        Towards: x, y
        ->  Expand -[:KNOWS]->
              Towards: -[:LIVES_IN]-> x, y
              ->  Apply
                    ->  Limit
                          Count: 1
                          ->  Apply
                                ->  Label Scan on City
                                ->  Label Scan on City
                    ->  Node Index Seek on Person(id) using person_id_key
                          Equals: 1
)"},
    {"MATCH (a:Person {id: 1}), (b:Person {id: 2}), p = shortestPath((a)-[:KNOWS*]->(b)) RETURN length(p)",
     R"(Project
  ->  Shortest Path -[:KNOWS*]->
        ->  Apply
              ->  Node Index Seek on Person(id) using person_id_key
                    Equals: 1
              ->  Node Index Seek on Person(id) using person_id_key
                    Equals: 2
)"},
    {"MATCH (a:Person), (b:Person) WHERE a.age = b.age AND a.name = 'x' RETURN a, b", R"(Hash Join
  Condition: b.age = a.age
  ->  Label Scan on Person
  ->  Filter
        Condition: (a.name = 'x')
        ->  Label Scan on Person
)"},
    {"MATCH (a:Person) OPTIONAL MATCH (b:City) WHERE b.name = a.name AND b.name <> 'x' RETURN a.id, b", R"(Project
  ->  Hash Left Join
        Condition: a.name = b.name
        ->  Label Scan on Person
        ->  Filter
              Condition: (b.name <> 'x')
              ->  Label Scan on City
)"},
    {"MATCH (a:Person) WHERE NOT EXISTS { (c:City {name: a.name})<-[:LIVES_IN]-() } RETURN a.id", R"(Project
  ->  Hash Anti Semi Join
        Condition: a.name = c.name
        ->  Label Scan on Person
        ->  Distinct
              ->  Expand <-[:LIVES_IN]-
                    ->  Label Scan on City
)"},
    {"MATCH (c:City) OPTIONAL MATCH (p:Person {id: c.name}) RETURN c, p", R"(Optional
  ->  Label Scan on City
  ->  Apply
        ->  Argument
        ->  Node Index Seek on Person(id) using person_id_key
              Equals: c.name
)"},
    {"MATCH (a:Person) OPTIONAL MATCH (b:Person) WHERE b.age = a.age RETURN a.name, b.name LIMIT 5", R"(Project
  ->  Limit
        Count: 5
        ->  Optional
              ->  Label Scan on Person
              ->  Filter
                    Condition: (b.age = a.age)
                    ->  Label Scan on Person
)"},
    {"MATCH (n:Person) WHERE n.id >= 3 AND n.id < 9 RETURN n.id", R"(Project
  ->  Node Index Seek on Person(id) using person_id_key
        From: 3
        Below: 9
)"},
    {"MATCH (n:Person) WHERE NOT (n)-[:KNOWS]->() RETURN n", R"(Anti Semi Apply
  ->  Label Scan on Person
  ->  Expand -[:KNOWS]->
        ->  Argument
)"},
    {"MATCH (n:Person) RETURN n.name ORDER BY n.age DESC LIMIT 3", R"(Project
  ->  Limit
        Count: 3
        ->  Top-N Sort
              Sort Key: n.age DESC
              ->  Label Scan on Person
)"},
    {"MATCH ()-[r:KNOWS]->() RETURN count(r)", R"(Aggregate
  ->  Relationship Scan -[:KNOWS]->
)"},
    {"MATCH (a)-[:KNOWS]->(b)-[:KNOWS]->(c)-[:KNOWS]->(a) RETURN count(*)", R"(Aggregate
  ->  Intersect -[:KNOWS]-> and <-[:KNOWS]-
        ->  Expand -[:KNOWS]->
              ->  All Nodes Scan
)"},
    {"MATCH (a:Person)-[:KNOWS]->(b) WHERE a.age < b.age RETURN count(b)", R"(Aggregate
  ->  Filter
        Condition: (#3 < b.age)
        ->  Expand -[:KNOWS]->
              ->  Project
                    ->  Label Scan on Person
)"},
    {"UNWIND [1, 2] AS x MATCH (n:Person {id: x}) RETURN n.name", R"(Project
  ->  Apply
        ->  Unwind
              List: [2 values]
              ->  Argument
        ->  Node Index Seek on Person(id) using person_id_key
              Equals: x
)"},
    {"OPTIONAL MATCH (n:Person {id: 1}) RETURN n", R"(Optional
  ->  Argument
  ->  Node Index Seek on Person(id) using person_id_key
        Equals: 1
)"},
    // One row: nothing to wait for. Many rows that read what is set: the reads come first.
    {"MATCH (n:Person {id: $1}) SET n.age = $2", R"(Empty Result
  ->  Set
        ->  Node Index Seek on Person(id) using person_id_key
              Equals: $1
)"},
    {"MATCH (n:Person) WHERE n.age > 3 SET n.age = 1", R"(Empty Result
  ->  Set
        ->  Eager
              ->  Filter
                    Condition: (n.age > 3)
                    ->  Label Scan on Person
)"},
    {"MATCH (n:Person) CREATE (:Person {id: n.id})", R"(Empty Result
  ->  Create
        ->  Eager
              ->  Label Scan on Person
)"},
    {"MERGE (n:Person {id: $1}) ON CREATE SET n.age = 1 RETURN n", R"(Merge
  ->  Argument
  ->  Node Index Seek on Person(id) using person_id_key
        Equals: $1
)"},
    {"MATCH (n:Person {id: 1})-[r]->() WITH r MATCH (a)-[r]->(b) RETURN a, b", R"(Project
  ->  Filter
        Condition: r IS NOT NULL
        ->  Expand -[]->
              ->  Node Index Seek on Person(id) using person_id_key
                    Equals: 1
)"},
    // Pages by key need no sort.
    {"MATCH (n:Person) WHERE n.id > $1 RETURN n.id, n.name ORDER BY n.id LIMIT 20", R"(Project
  ->  Limit
        Count: 20
        ->  Node Index Seek on Person(id) using person_id_key
              Above: $1
              Order: ascending
)"},
    // A bound may be what a function makes of constants.
    {"MATCH (n:Person) WHERE n.id > date('2024-02-29') RETURN n.name ORDER BY n.id LIMIT 20", R"(Project
  ->  Limit
        Count: 20
        ->  Node Index Seek on Person(id) using person_id_key
              Above: date('2024-02-29')
              Order: ascending
)"},
    {"MATCH (n:Person) WHERE n.id > localtime() RETURN n.name ORDER BY n.id LIMIT 20", R"(Project
  ->  Limit
        Count: 20
        ->  Node Index Seek on Person(id) using person_id_key
              Above: localtime()
              Order: ascending
)"},
    {"MATCH (n:Person) RETURN n.name ORDER BY n.id DESC LIMIT 20", R"(Project
  ->  Limit
        Count: 20
        ->  Append
              ->  Filter
                    Condition: n.id IS NULL
                    ->  Label Scan on Person
              ->  Node Index Scan on Person(id) using person_id_key
                    Order: descending
)"},
    // With more keys than the index has, few rows are sorted at a time, as long as few have one key.
    {"MATCH (n:Person) RETURN n.id, n.name ORDER BY n.id, n.name DESC LIMIT 20", R"(Project
  ->  Limit
        Count: 20
        ->  Incremental Sort
              Sort Key: n.id, n.name DESC
              Presorted Key: n.id
              Without Index After: 1388 rows
              ->  Append
                    ->  Node Index Scan on Person(id) using person_id_key
                          Order: ascending
                    ->  Filter
                          Condition: n.id IS NULL
                          ->  Label Scan on Person
              ->  Top-N Sort
                    Sort Key: n.id, n.name DESC
                    ->  Label Scan on Person
)"},
    // Nor do the groups of a page, each of which is complete when the next one begins; any of them will do without ORDER
    // BY.
    {"MATCH (n:Person)-[:KNOWS]->(m) WHERE n.id > $1 RETURN n.name, n.id, count(m) ORDER BY n.id LIMIT 20", R"(Limit
  Count: 20
  ->  Group Aggregate
        Group Key: n.id, n.name
        ->  Expand -[:KNOWS]->
              ->  Node Index Seek on Person(id) using person_id_key
                    Above: $1
                    Order: ascending
)"},
    {"MATCH (n:Person)-[:KNOWS]->(m) WITH n, count(m) AS c LIMIT 20 RETURN n.id, c", R"(Project
  ->  Limit
        Count: 20
        ->  Group Aggregate
              Group Key: n
              ->  Expand -[:KNOWS]->
                    ->  Label Scan on Person
)"},
    // Groups of a node and something else are complete with the node's last row.
    {"MATCH (n:Person)-[:KNOWS]->(m) WITH m.age AS age, n, count(*) AS c RETURN n.id, age, c ORDER BY c DESC LIMIT 20",
     R"(Project
  ->  Limit
        Count: 20
        ->  Top-N Sort
              Sort Key: c DESC
              ->  Group Aggregate
                    Group Key: n, m.age
                    ->  Expand -[:KNOWS]->
                          ->  Label Scan on Person
)"},
    // An EXISTS among other conditions is a column.
    {"MATCH (a:Person) WHERE a.age < 20 OR (a)-[:KNOWS]->(:Person {id: 5}) RETURN count(*)", R"(Aggregate
  ->  Filter
        Condition: ((a.age < 20) OR EXISTS {...})
        ->  Mark Join
              ->  Label Scan on Person
              ->  Expand <-[:KNOWS]-
                    ->  Node Index Seek on Person(id) using person_id_key
                          Equals: 5
)"},
    // An OR over both ends: by one of them, then by the other.
    {"MATCH (a:Person)-[:KNOWS]->(b:Person) WHERE a.id = 1 OR b.id = 1 RETURN count(*)", R"(Aggregate
  ->  Append
        ->  Expand -[:KNOWS]->
              To: :Person
              ->  Node Index Seek on Person(id) using person_id_key
                    Equals: 1
        ->  Filter
              Condition: (NOT (a.id = 1) OR (a.id = 1) IS NULL)
              ->  Expand <-[:KNOWS]-
                    To: :Person
                    ->  Node Index Seek on Person(id) using person_id_key
                          Equals: 1
)"},
    {"MATCH (a:Person) WHERE NOT (a)-[:KNOWS]->(:Person {id: 5}) RETURN count(*)", R"(Aggregate
  ->  Anti Semi Join
        ->  Label Scan on Person
        ->  Expand <-[:KNOWS]-
              ->  Node Index Seek on Person(id) using person_id_key
                    Equals: 5
)"},
    {"MATCH (a:Person) WHERE (a)-[:KNOWS]->(:Person {id: 5}) RETURN count(*)", R"(Aggregate
  ->  Filter
        Condition: a:Person
        ->  Distinct
              ->  Expand <-[:KNOWS]-
                    ->  Node Index Seek on Person(id) using person_id_key
                          Equals: 5
)"},
    // A hundred cities would be taken up at once, and the ways to them be looked for from each person.
    {"MATCH (a:Person {id: 1})-[:KNOWS*1..4]->(b)-[:LIVES_IN]->(c:City) RETURN c.name, count(*)", R"(Hash Aggregate
  Group Key: c.name
  ->  Expand -[:LIVES_IN]->
        To: :City
        ->  Var-Length Expand -[:KNOWS*1..4]->
              ->  Node Index Seek on Person(id) using person_id_key
                    Equals: 1
)"},
    // What is asked of each of some variables is asked when it is bound.
    {"MATCH (a:Person {id: 1})-[r:KNOWS]->(b)-[s:KNOWS]->(c) WHERE all(x IN [r, s] WHERE x.since > 5) RETURN c.id",
     R"(Project
  ->  Filter
        Condition: (s.since > 5)
        ->  Expand -[:KNOWS]->
              ->  Filter
                    Condition: (r.since > 5)
                    ->  Expand -[:KNOWS]->
                          ->  Node Index Seek on Person(id) using person_id_key
                                Equals: 1
)"},
    {"MATCH (a:Person)-[:KNOWS]->(b:Person) WHERE any(x IN [a, b] WHERE x.id = 1) RETURN b.id", R"(Project
  ->  Append
        ->  Expand -[:KNOWS]->
              To: :Person
              ->  Node Index Seek on Person(id) using person_id_key
                    Equals: 1
        ->  Filter
              Condition: (NOT (a.id = 1) OR (a.id = 1) IS NULL)
              ->  Expand <-[:KNOWS]-
                    To: :Person
                    ->  Node Index Seek on Person(id) using person_id_key
                          Equals: 1
)"},
};

// Of all relationships, a property is read in the order of a scan; unless groups are many, rows are to be listed or told
// apart, or nothing of the relationship is read.
TEST_F(PlannerTest, RelationshipsAreScannedForWhatTheNextClauseReads) {
  const auto scans = [&](std::string_view text) { return shape(text).find("Relationship Scan") != std::string::npos; };
  EXPECT_TRUE(scans("MATCH (a:Person)-[k:KNOWS]->(b:Person) RETURN max(k.since)"));
  EXPECT_TRUE(scans("MATCH (a:Person)-[l:LIVES_IN]->(c:City) RETURN c.name, max(l.since)"));
  EXPECT_FALSE(scans("MATCH (a:Person)-[k:KNOWS]->(b:Person) RETURN a, max(k.since)")) << "six rows a group";
  EXPECT_FALSE(scans("MATCH (a:Person)-[l:LIVES_IN]->(c:City) RETURN c.name, collect(l.since)"));
  EXPECT_FALSE(scans("MATCH (a:Person)-[k:KNOWS]->(b:Person) RETURN DISTINCT a, k.since"));
  EXPECT_FALSE(scans("MATCH (a:Person)-[k:KNOWS]->(b:Person) RETURN max(b.age)"));
  EXPECT_FALSE(scans("MATCH (a:Person)-[k:KNOWS]->(b:Person) RETURN k.since LIMIT 5"));
}

TEST_F(PlannerTest, Shapes) {
  for (const Shape& s : kShapes) EXPECT_EQ(shape(s.statement), s.plan) << s.statement;
}

TEST_F(PlannerTest, ExplainShowsEstimates) {
  EXPECT_EQ(explain("MATCH (n:Person) RETURN n"), "Label Scan on Person  (rows=5000 cost=5001)\n");
}

struct Fault {
  std::string_view statement, error;
};

constexpr Fault kFaults[] = {
    {"MATCH (person) RETURN persn", "42703 variable \"persn\" is not defined at 22 / Did you mean \"person\"?"},
    {"MATCH (a) CREATE (a)", "42712 variable \"a\" is already bound at 18"},
    {"MATCH ()-[r]->() MATCH (r) RETURN r",
     "42804 variable \"r\" is already bound as RELATIONSHIP and cannot be a NODE at 24"},
    {"WITH 1 AS n RETURN n.x",
     "42804 type mismatch: expected NODE, RELATIONSHIP, MAP, POINT or a temporal value but was INTEGER at 19"},
    {"MATCH (a) WHERE count(a) > 1 RETURN a", "42803 aggregate functions are not allowed in WHERE at 16"},
    {"RETURN count(count(*))", "42803 aggregate function calls cannot be nested at 13"},
    {"RETURN 1 AS a, 2 AS a",
     "42701 column name \"a\" appears more than once at 20 / Give one of them another name with AS."},
    {"WITH 1 + 1 RETURN 1", "42601 expression in WITH must be aliased at 5 / Write 1 + 1 AS name."},
    {"MATCH (n) RETURN n SKIP -1", "42601 SKIP must not be negative at 24"},
    {"MATCH (n) RETURN n LIMIT 1.5", "42601 LIMIT must be an integer, not FLOAT at 25"},
    {"CREATE (a)-[:T]-(b)", "42601 a relationship in CREATE needs a direction at 10"},
    {"CREATE (a)-[:T*2]->(b)", "42601 a relationship in CREATE cannot be of variable length at 10"},
    {"MATCH () RETURN *", "42601 RETURN * needs at least one variable in scope at 9"},
    {"RETURN NOT 1", "42804 type mismatch: expected BOOLEAN but was INTEGER at 11"},
    {"RETURN 1 IN 2", "42804 type mismatch: expected LIST but was INTEGER at 12"},
    {"MATCH (n) RETURN DISTINCT n.name ORDER BY n.age",
     "42703 variable \"n\" is not defined here at 42 / After DISTINCT or an aggregate only the projected columns are "
     "left."},
    {"CALL nope()", "42883 procedure nope does not exist at 0"},
};

TEST_F(PlannerTest, Faults) {
  for (const Fault& f : kFaults) EXPECT_EQ(error(f.statement), f.error) << f.statement;
}

TEST_F(PlannerTest, AggregatesBesideUngroupedVariables) {
  EXPECT_EQ(error("MATCH (n) RETURN n.a + count(*)").substr(0, 5), "42803");
  EXPECT_EQ(error("MATCH (n) RETURN n.a + n.b, n.a + n.b + count(*)").substr(0, 5), "42803");
  EXPECT_EQ(error("MATCH (n) RETURN n.a, n.a + count(*)"), "planned");
  EXPECT_EQ(error("MATCH (n) RETURN n.a AS a, count(*) AS c ORDER BY n.a, count(*)"), "planned");
  EXPECT_EQ(error("MATCH (n) RETURN n.a AS a, count(*) AS c ORDER BY n.b").substr(0, 5), "42703");
}

TEST_F(PlannerTest, ColumnTypes) {
  EXPECT_EQ(columns("MATCH (n:Person) RETURN n, n.age, n.age + 1.5, n.mixed, n.nobody, n.name + '!' AS s"),
            "n NODE, n.age INTEGER, n.age + 1.5 FLOAT, n.mixed ANY, n.nobody ANY, s STRING");
  EXPECT_EQ(columns("RETURN null AS a, [1, 2] AS b, [1, 'x'] AS c, 1 = 2 AS d, $1::int8 AS e"),
            "a STRING, b LIST OF INTEGER, c LIST OF ANY, d BOOLEAN, e INTEGER");
  EXPECT_EQ(columns("MATCH ()-[r:KNOWS]->() RETURN r.since"), "r.since DATE");
  // What the statement itself writes counts.
  EXPECT_EQ(columns("MATCH (n:Person) SET n.age = 'old' RETURN n.age"), "n.age ANY");
}

TEST_F(PlannerTest, ParameterTypes) {
  EXPECT_EQ(parameters("MATCH (n:Person {id: $1}) WHERE n.name = $2 AND n.age IN $3 RETURN n SKIP $4 LIMIT $5"),
            "INTEGER, STRING, LIST OF INTEGER, INTEGER, INTEGER");
  EXPECT_EQ(parameters("UNWIND $1 AS row CREATE (:Person {id: row.id, name: $2})"), "ANY, STRING");
  EXPECT_EQ(parameters("CREATE (n $1)"), "ANY");
  EXPECT_EQ(parameters("RETURN $1 + 1, $2::date, $3"), "INTEGER, DATE, STRING");
  EXPECT_EQ(parameters("RETURN 1.5 > $1 * 2, 1.5 > $2 * $3, 7 = $4 + $5"), "FLOAT, FLOAT, FLOAT, INTEGER, INTEGER");
  EXPECT_EQ(parameters("RETURN date() > $1 - duration('P1D'), date() - $2, duration('P1D') * $3"), "DATE, DURATION, FLOAT");
  EXPECT_EQ(parameters("RETURN date({year: $1, month: $2}), duration({days: $3}), datetime({date: $4, timezone: $5})"),
            "INTEGER, INTEGER, FLOAT, STRING, STRING");
}

TEST_F(PlannerTest, LiveSlotsOfACountAreEmpty) {
  auto p = plan("MATCH (n:Person)-[:KNOWS]->(m) RETURN count(*)");
  EXPECT_TRUE(p->root->left->live.empty());
}

TEST_F(PlannerTest, WhatDependsOnTheSession) {
  auto same = [&](const char* text) { return plan(text)->same_in_all_sessions; };
  EXPECT_TRUE(same("MATCH (n:Person) WHERE n.id > date('2024-02-29') RETURN count(*)"));
  EXPECT_TRUE(same("MATCH (n:Person) WHERE n.age::text = '7' RETURN count(*)"));
  EXPECT_TRUE(same("RETURN localdatetime('2024-02-29T12:00')"));
  for (const char* reads : {"'2024-02-29 12:00'::timestamptz", "date('2024-02-29')::text", "date()",
                            "datetime('2024-02-29T12:00')", "time('12:00')", "localdatetime({timezone: 'UTC'})"}) {
    EXPECT_FALSE(same(("RETURN " + std::string(reads)).c_str())) << reads;
    EXPECT_TRUE(plan("RETURN " + std::string(reads))->deterministic) << reads;
  }
  EXPECT_FALSE(plan("RETURN rand()")->deterministic);
}

TEST_F(PlannerTest, LiteralsInExplain) {
  EXPECT_NE(explain("MATCH (n:Person) WHERE n.age > 1.5 RETURN n").find("(n.age > 1.5)"), std::string::npos);
  EXPECT_NE(explain("MATCH (n:Person) WHERE n.age > date('0985-02-28') RETURN n").find("(n.age > date('0985-02-28'))"),
            std::string::npos);
}

TEST_F(PlannerTest, ConditionsOnWalksGoIntoThem) {
  EXPECT_EQ(shape("MATCH p = (a:Person {id: 1})-[r:KNOWS*]->(b) WHERE all(k IN r WHERE k.since > date('2020-01-01')) "
                  "AND none(n IN nodes(p) WHERE n.age < 18) RETURN b.id"),
            "Project\n"
            "  ->  Filter\n"
            "        Condition: NOT (b.age < 18)\n"
            "        ->  Var-Length Expand -[:KNOWS*]->\n"
            "              Each Relationship: (k.since > date('2020-01-01'))\n"
            "              Each Node: NOT (n.age < 18)\n"
            "              ->  Filter\n"
            "                    Condition: NOT (a.age < 18)\n"
            "                    ->  Node Index Seek on Person(id) using person_id_key\n"
            "                          Equals: 1\n");
  // Not where a node of the pattern, or something random, decides.
  for (const char* condition : {"k.since > b.day", "rand() < 0.5", "EXISTS { (:City) }"})
    EXPECT_EQ(
        shape("MATCH (a:Person {id: 1})-[r:KNOWS*]->(b) WHERE all(k IN r WHERE " + std::string(condition) + ") RETURN b.id")
            .find("Each"),
        std::string::npos)
        << condition;
}

TEST_F(PlannerTest, ConditionsOnNeighboursGoIntoWalks) {
  const std::string walk = "MATCH p = (a:Person {id: 1})-[r:KNOWS*]->(b) WHERE ";
  const auto asked = [&](const std::string& condition) {
    const std::string out = shape(walk + condition + " RETURN b.id");
    const size_t at = out.find("Each Two: ");
    return at == std::string::npos ? "" : out.substr(at + 10, out.find('\n', at) - at - 10);
  };
  EXPECT_EQ(asked("all(i IN range(0, size(r) - 2) WHERE r[i].since < r[i + 1].since)"), "(first.since < second.since)");
  EXPECT_EQ(asked("all(i IN range(1, length(p) - 1) WHERE r[i].since > relationships(p)[i - 1].since)"),
            "(second.since > first.since)");
  EXPECT_EQ(asked("none(i IN range(0, size(r) - 2) WHERE r[i].since > r[i + 1].since)"),
            "NOT (first.since > second.since)");
  EXPECT_EQ(asked("all(i IN range(0, size(r) - 2) WHERE r[i].since < r[i + 1].since + a.x)"),
            "(first.since < (second.since + a.x))");
  for (const char* other : {"any(i IN range(0, size(r) - 2) WHERE r[i].since < r[i + 1].since)",
                            "all(i IN range(0, size(r) - 3) WHERE r[i].since < r[i + 1].since)",
                            "all(i IN range(0, size(r) - 2) WHERE r[i].since < r[i + 2].since)",
                            "all(i IN range(0, size(r) - 2) WHERE r[i].since < r[i - 1].since)",
                            "all(i IN range(0, size(r) - 2) WHERE r[i].since < r[i + 1].since + i)",
                            "all(i IN range(0, size(r) - 2) WHERE r[i].since < r[i + 1].since + b.x)",
                            "all(i IN range(0, size(nodes(p)) - 2) WHERE r[i].since < r[i + 1].since)",
                            "all(i IN range(0, size(r) - 2, 1) WHERE r[i].since < r[i + 1].since)"})
    EXPECT_EQ(asked(other), "") << other;
}

TEST_F(PlannerTest, BothKnownEndsOfAWalkAreLookedUpBefore) {
  const std::string both = shape("MATCH (a:Person {id: 1})-[:KNOWS*]->(c)<-[:KNOWS*]-(b:Person {id: 2}) RETURN c.id");
  EXPECT_NE(both.find("Var-Length Expand Into"), std::string::npos) << both;
}

TEST_F(PlannerTest, CommandTags) {
  EXPECT_EQ(plan("CREATE (n)")->tag, Plan::Tag::kInsert);
  EXPECT_EQ(plan("MATCH (n) SET n.x = 1")->tag, Plan::Tag::kUpdate);
  EXPECT_EQ(plan("MATCH (n) DETACH DELETE n")->tag, Plan::Tag::kDelete);
  EXPECT_EQ(plan("MERGE (n:X)")->tag, Plan::Tag::kMerge);
  EXPECT_EQ(plan("CREATE (n) SET n.x = 1")->tag, Plan::Tag::kMerge);
  EXPECT_EQ(plan("MATCH (n) RETURN n")->tag, Plan::Tag::kSelect);
}

}  // namespace
}  // namespace elegraph::query::plan
