// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "exec_fixture.h"
#include "query/plan/sharing.h"

namespace elegraph::query::exec {
namespace {

// One pass for many constants gives what a run for each of them gives.
class SharedAggregation : public ExecTest {
 protected:
  SharedAggregation() {
    run("UNWIND range(1, 20000) AS i CREATE (:P {id: i, age: i % 100, score: i / 7.0, name: 'n' + toString(i % 50), "
        "born: date('2000-01-01') + duration({days: i % 1000}), "
        "odd: CASE i % 4 WHEN 0 THEN null WHEN 1 THEN i % 90 WHEN 2 THEN i % 90 + 0.5 ELSE 'x' + toString(i) END, "
        "some: CASE WHEN i % 3 = 0 THEN i % 200 END})");
    run("MATCH (p:P) WHERE p.id % 5 = 0 AND p.id > 15000 DELETE p");
  }

  Rows drain_sets(std::string_view text, const std::vector<std::vector<Value>>& sets) {
    prepare(text, sets[0]);
    const plan::Sharing sharing = plan::sharing_of(*plan_);
    EXPECT_NE(sharing.aggregate, nullptr) << text;
    if (!sharing.aggregate) return {};
    ParameterSets all;
    all.aggregate = sharing.aggregate;
    all.free = sharing.free;
    for (auto& set : sets) all.sets.push_back(set);
    context_.sets = &all;
    execution_->restart();
    Rows rows;
    for (size_t s = 0; s < sets.size(); s++) {
      if (s > 0) {
        all.current = uint32_t(s);
        execution_->restart();
      }
      for (auto& row : drain()) rows.push_back(row);
    }
    context_.sets = nullptr;
    finish();
    return rows;
  }

  void check(std::string_view text, const std::vector<std::vector<Value>>& sets) {
    Rows expected;
    for (auto& set : sets)
      for (auto& row : run(text, set)) expected.push_back(row);
    for (int64_t budget : {INT64_MAX / 2, int64_t(3000)}) {
      budget_ = budget;
      EXPECT_EQ(drain_sets(text, sets), expected) << text;
    }
    budget_ = INT64_MAX / 2;
  }

  static std::vector<std::vector<Value>> integers(std::initializer_list<int64_t> all) {
    std::vector<std::vector<Value>> sets;
    for (int64_t i : all) sets.push_back({Value::integer(i)});
    return sets;
  }
};

TEST_F(SharedAggregation, Counts) {
  for (const char* op : {">", ">=", "<", "<=", "="})
    check(fmt::format("MATCH (p:P) WHERE p.age {} $1 RETURN count(*)", op), integers({30, 0, 99, 100, -1, 31, 30, 50}));
  check("MATCH (p:P) WHERE $1 < p.age RETURN count(*) + 1", integers({30, 31, 99}));
  check("MATCH (p:P) WHERE p.age > $1 RETURN count(*)", integers({INT64_MIN, INT64_MAX, 0, 1'000'000'000'000}));
}

TEST_F(SharedAggregation, RangesOverOneColumn) {
  check("MATCH (p:P) WHERE p.age >= $1 AND p.age < $2 RETURN count(*)", {{Value::integer(10), Value::integer(20)},
                                                                         {Value::integer(20), Value::integer(10)},
                                                                         {Value::integer(0), Value::integer(100)}});
  check("MATCH (p:P) WHERE p.age >= $1 AND p.id > 100 AND p.name STARTS WITH 'n1' RETURN count(*)", integers({1, 50, 98}));
}

TEST_F(SharedAggregation, OtherAggregates) {
  check("MATCH (p:P) WHERE p.age > $1 RETURN sum(p.age), min(p.id), max(p.id), count(p.some), avg(p.id)",
        integers({30, 98, 99, -1}));
  check("MATCH (p:P) WHERE p.age > $1 RETURN sum(p.score), max(p.name), count(*)", integers({30, 98, 99, -1}));
  check("MATCH (p:P) WHERE p.id < $1 RETURN collect(p.name), stdev(p.age)", integers({5, 0, 12}));
  check("MATCH (p:P) WHERE p.age > $1 RETURN min(p.born), sum(p.odd)", integers({300}));
}

TEST_F(SharedAggregation, OtherTypes) {
  std::vector<std::vector<Value>> floats, names, dates, mixed;
  for (double d : {0.0, 10.5, 1e9, -1.0}) floats.push_back({Value::floating(d)});
  for (auto* s : {"n1", "n49", "none", ""}) names.push_back({Value::string(s)});
  for (int64_t d : {10957, 11000, 12000}) dates.push_back({Value::date(d)});
  check("MATCH (p:P) WHERE p.score > $1 RETURN count(*), max(p.id)", floats);
  check("MATCH (p:P) WHERE p.name = $1 RETURN count(*), sum(p.id)", names);
  check("MATCH (p:P) WHERE p.born >= $1 RETURN count(*)", dates);
  for (auto* op : {">", "=", "<="}) {
    check(fmt::format("MATCH (p:P) WHERE p.odd {} $1 RETURN count(*), min(p.id)", op), integers({0, 20, 89}));
    check(fmt::format("MATCH (p:P) WHERE p.some {} $1 RETURN count(*), sum(p.id)", op), integers({0, 20, 199}));
    check(fmt::format("MATCH (p:P) WHERE p.none {} $1 RETURN count(*)", op), integers({0, 20}));
  }
}

// $1 has no type of its own here, so that each set may bring another one.
TEST_F(SharedAggregation, ConstantsOfSeveralTypes) {
  std::vector<std::vector<Value>> sets{{Value::integer(30)},
                                       {Value::floating(30.5)},
                                       {Value()},
                                       {Value::string("x")},
                                       {Value::floating(std::numeric_limits<double>::quiet_NaN())},
                                       {Value::integer(31)}};
  for (auto* column : {"age", "score", "odd", "some", "name"})
    for (auto* op : {">", "=", "<"})
      check(fmt::format("MATCH (p:P) WHERE p.{} {} $1 RETURN count(*), max(p.id)", column, op), sets);
}

TEST_F(SharedAggregation, OverExpansions) {
  run("MATCH (a:P), (b:P) WHERE a.id < 200 AND b.id = a.id + 1 CREATE (a)-[:R {w: a.id}]->(b), (b)-[:R {w: 3}]->(a)");
  run("MATCH (a:P) WHERE a.id > 18000 UNWIND range(1, 10) AS i CREATE (a)-[:R {w: a.age}]->(a)");
  check("MATCH (a:P)-[r:R]->(b) WHERE r.w > $1 RETURN count(*), sum(a.age)", integers({5, 30, 60}));
}

TEST_F(SharedAggregation, WhatMayBeShared) {
  auto sharing = [&](std::string_view text) {
    prepare(text, {Value::integer(1), Value::integer(2)});
    return plan::sharing_of(*plan_);
  };
  EXPECT_TRUE(sharing("MATCH (p:P) RETURN p.age").shareable);
  EXPECT_EQ(sharing("MATCH (p:P) WHERE p.age > $1 RETURN count(*)").free, std::vector<uint32_t>{0});
  EXPECT_EQ(sharing("MATCH (p:P) WHERE p.age > $1 AND p.age < $2 RETURN count(*)").free, (std::vector<uint32_t>{0, 1}));
  EXPECT_EQ(sharing("MATCH (p:P) WHERE p.age > $1 AND p.id < $2 RETURN count(*)").free, std::vector<uint32_t>{0});
  EXPECT_TRUE(sharing("MATCH (p:P) WHERE p.age > $1 RETURN count(*) + $1").free.empty());
  EXPECT_TRUE(sharing("MATCH (p:P) WHERE p.age + 1 > $1 RETURN count(*)").free.empty());
  EXPECT_EQ(sharing("MATCH (p:P) WHERE p.age > $1 RETURN p.name, count(*)").aggregate, nullptr);
  EXPECT_EQ(sharing("MATCH (p:P) WHERE p.age > $1 RETURN count(DISTINCT p.name)").aggregate, nullptr);
  for (auto* text :
       {"MATCH (p:P) WHERE p.age > rand() RETURN count(*)", "MATCH (p:P) WHERE p.born < date() RETURN count(*)",
        "MATCH (p:P) WHERE p.name = current_user() RETURN count(*)", "MATCH (p:P) SET p.age = 1",
        "MATCH (p:P {id: 3}) CREATE (:Q) RETURN p", "RETURN 1"})
    EXPECT_FALSE(sharing(text).shareable) << text;
  create_index("P", {"id"});
  EXPECT_FALSE(sharing("MATCH (p:P {id: $1}) RETURN p.name").shareable);  // costs nothing
}

}  // namespace
}  // namespace elegraph::query::exec
