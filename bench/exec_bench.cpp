// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "index/index_set.h"
#include "query/cypher/parser.h"
#include "query/exec/execution.h"
#include "query/plan/planner.h"
#include "storage/graph.h"
#include "storage/rcu.h"

// Execution alone, of plans that are made once and restarted: what a prepared statement costs beyond the wire.
namespace elegraph::query::exec {
namespace {

constexpr uint32_t kPeople = 100'000;
constexpr uint32_t kFriends = 10;

// People with ages and names, each knowing ten others at random.
class World {
 public:
  World() {
    indexes_.attach(graph_);
    graph_.observe(&indexes_.labels());
    graph_.observe(&indexes_);
    slot_ = graph_.open_slot();
    load();
    index::IndexDefinition id;
    id.label = "Person";
    id.keys = {"id"};
    id.constraint = index::ConstraintKind::kUnique;
    indexes_.create(id, slot_, [] { return false; });
    while (graph_.vacuum()) {
    }
    transaction_ = graph_.begin(slot_);
  }

  std::unique_ptr<Execution> prepare(std::string_view text) {
    auto parsed = cypher::parse(text, {});
    plan::PlanningContext planning{};
    planning.catalog = &graph_.catalog();
    planning.statistics = &graph_.statistics();
    planning.indexes = &indexes_;
    StaticType integer{Type::kInt, Type::kAny};
    planning.declared_parameters = {&integer, 1};
    planning.text = text;
    rcu::ReadGuard guard;
    std::shared_ptr<const plan::Plan> plan = plan::plan_query(*parsed, planning);
    context_.transaction = transaction_.get();
    context_.graph = &graph_;
    context_.indexes = &indexes_;
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
  void load() {
    auto t = graph_.begin(slot_);
    LabelId person = t->label("Person");
    LabelSetId labels = graph_.catalog().intern_label_set({&person, 1});
    KeyId id = t->key("id"), age = t->key("age"), name = t->key("name");
    RelTypeId knows = t->rel_type("KNOWS");
    std::mt19937 random(1);
    std::vector<NodeId> nodes;
    for (uint32_t i = 0; i < kPeople; i++) {
      NodeId n = t->create_node(labels);
      nodes.push_back(n);
      t->set_property(n, id, Value::integer(i));
      t->set_property(n, age, Value::integer(random() % 90));
      t->set_property(n, name, Value::string("person number " + std::to_string(i)));
    }
    for (NodeId n : nodes)
      for (uint32_t i = 0; i < kFriends; i++) t->create_relationship(knows, n, nodes[random() % kPeople]);
    t->commit(storage::Durability::kOff, [](std::exception_ptr) {});
  }

  index::IndexSet indexes_;
  storage::Graph graph_;
  storage::Graph::SnapshotSlot* slot_;
  std::unique_ptr<storage::Transaction> transaction_;
  MemoryTracker memory_{4ull << 30};
  ExecutionContext context_;
  Value parameter_ = Value::integer(0);
};

void run_query(benchmark::State& state, const char* text) {
  static World world;
  auto execution = world.prepare(text);
  int64_t i = 0;
  for (auto _ : state) benchmark::DoNotOptimize(world.run(*execution, i++ * 7919 % kPeople));
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
QUERY(top_k, "MATCH (n:Person) RETURN n.name ORDER BY n.age, n.id LIMIT 10");

}  // namespace
}  // namespace elegraph::query::exec
