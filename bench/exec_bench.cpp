// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>

#include <memory>

#include "bench/world.h"
#include "query/cypher/parser.h"
#include "query/exec/execution.h"
#include "query/plan/planner.h"

// Execution alone, of plans that are made once and restarted: what a prepared statement costs beyond the
// wire.
namespace elegraph::query::exec {
namespace {

using bench::World;

// Plans and runs over the world's graph, under one snapshot.
class Queries {
 public:
  Queries() : transaction_(bench::world().begin()) {}

  std::unique_ptr<Execution> prepare(std::string_view text) {
    auto parsed = cypher::parse(text, {});
    plan::PlanningContext planning{};
    planning.catalog = &graph().catalog();
    planning.statistics = &graph().statistics();
    planning.indexes = &bench::world().indexes();
    StaticType integer{Type::kInt, Type::kAny};
    planning.declared_parameters = {&integer, 1};
    planning.text = text;
    rcu::ReadGuard guard;
    std::shared_ptr<const plan::Plan> plan = plan::plan_query(*parsed, planning);
    context_.transaction = transaction_.get();
    context_.graph = &graph();
    context_.indexes = &bench::world().indexes();
    context_.snapshot = transaction_->snapshot();
    context_.memory = &memory_;
    context_.parameters = {&parameter_, 1};
    return make_execution(plan, context_);
  }

  uint64_t run(Execution& e, int64_t parameter) {
    parameter_ = Value::integer(parameter);
    context_.budget = INT64_MAX / 2;
    rcu::ReadGuard guard;
    e.restart();
    uint64_t rows = 0;
    const Batch* batch = nullptr;
    while (e.next(batch) == Step::kBatch) rows += batch->count;
    return rows;
  }

 private:
  static storage::Graph& graph() { return bench::world().graph(); }

  std::unique_ptr<storage::Transaction> transaction_;
  MemoryTracker memory_{4ull << 30};
  ExecutionContext context_;
  Value parameter_ = Value::integer(0);
};

void run_query(benchmark::State& state, const char* text) {
  static Queries queries;
  auto execution = queries.prepare(text);
  int64_t i = 0;
  for (auto _ : state) benchmark::DoNotOptimize(queries.run(*execution, i++ * 7919 % World::kPeople));
}

#define QUERY(name, text) BENCHMARK_CAPTURE(run_query, name, text)->Unit(benchmark::kMicrosecond)
QUERY(point_read, "MATCH (n:Person {id: $1}) RETURN n.name, n.age");
QUERY(filter_count, "MATCH (n:Person) WHERE n.age > 30 RETURN count(*)");
QUERY(filter_rows, "MATCH (n:Person) WHERE n.age > 30 RETURN n.age");
QUERY(group_by_age, "MATCH (n:Person) RETURN n.age, count(*)");
QUERY(sum_age, "MATCH (n:Person) RETURN sum(n.age), min(n.age), max(n.age)");
QUERY(hop1, "MATCH (n:Person {id: $1})-[:KNOWS]->(m) RETURN m.name");
QUERY(hop2_distinct, "MATCH (n:Person {id: $1})-[:KNOWS]->()-[:KNOWS]->(m) RETURN count(DISTINCT m)");
QUERY(hop3_distinct, "MATCH (n:Person {id: $1})-[:KNOWS]->()-[:KNOWS]->()-[:KNOWS]->(m) RETURN count(DISTINCT m)");
QUERY(degree_count, "MATCH (n:Person)-[:KNOWS]->() RETURN count(*)");
QUERY(shortest_path,
      "MATCH (a:Person {id: $1}), (b:Person {id: 5}), p = shortestPath((a)-[:KNOWS*]->(b)) RETURN length(p)");
QUERY(triangles, "MATCH (a)-[:KNOWS]->(b)-[:KNOWS]->(c)-[:KNOWS]->(a) RETURN count(*)");
QUERY(triangles_undirected, "MATCH (a)-[:KNOWS]-(b)-[:KNOWS]-(c)-[:KNOWS]-(a) RETURN count(*)");
QUERY(mutual_friends, "MATCH (a:Person {id: $1})-[:KNOWS]->(b)-[:KNOWS]->(c)<-[:KNOWS]-(a) RETURN b.id, c.id");
QUERY(friends_by_age, "MATCH (a:Person)-[:KNOWS]->() RETURN a.age, count(*)");
QUERY(sum_of_far_ends, "MATCH (a:Person)-[:KNOWS]->(b) RETURN sum(b.age)");
QUERY(compare_both_ends, "MATCH (a:Person)-[r:KNOWS]->(b) WHERE a.age < b.age RETURN count(r)");
QUERY(older_friends, "MATCH (a:Person)-[:KNOWS]->(b:Person) WHERE b.age > a.age RETURN count(*)");
QUERY(count_by_far_age, "MATCH (a:Person)-[:KNOWS]->(b:Person) RETURN b.age, count(*)");
QUERY(far_names, "MATCH (a:Person)-[:KNOWS]->(b:Person) WHERE b.name STARTS WITH 'A' RETURN count(*)");
QUERY(degree_distribution, "MATCH (a:Person)-[r:KNOWS]->() WITH a, count(r) AS d RETURN d, count(*)");
QUERY(group_by_two_keys, "MATCH (n:Person) RETURN n.age, n.id % 7, count(*)");
QUERY(distinct_by_group, "MATCH (a:Person)-[:KNOWS]->(b) RETURN a.age, count(DISTINCT b.age)");
QUERY(exists_condition, "MATCH (a:Person) WHERE EXISTS { (a)-[:KNOWS]->(b) WHERE b.age = 30 } RETURN count(*)");
QUERY(top_degree, "MATCH (a:Person)<-[r:KNOWS]-() RETURN a.id, count(r) AS c ORDER BY c DESC, a.id LIMIT 10");
QUERY(ages_of_friends,
      "MATCH (a:Person)-[:KNOWS]->(b:Person) RETURN a.id, min(b.age) AS lo, max(b.age) AS hi ORDER BY hi - lo DESC, a.id "
      "LIMIT 10");
QUERY(distinct_nodes_by_group, "MATCH (a:Person)-[:KNOWS]->(b) RETURN a.age, count(DISTINCT b)");
QUERY(names_three_hops_away,
      "MATCH (n:Person {id: $1})-[:KNOWS]->()-[:KNOWS]->()-[:KNOWS]->(m:Person) RETURN DISTINCT m.id, m.name "
      "ORDER BY m.name, m.id LIMIT 20");
QUERY(list_of_numbers, "MATCH (n:Person) WHERE n.age IN [20, 33, 47, 61] RETURN count(*)");
QUERY(top_k, "MATCH (n:Person) RETURN n.name ORDER BY n.age, n.id LIMIT 10");

}  // namespace
}  // namespace elegraph::query::exec
