// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>

#include "bench/world.h"

// What operators ask of the store: chunk scans, property reads, neighbours, index look-ups, and commits in
// memory.
namespace elegraph::storage {
namespace {

using bench::world;
using bench::World;

// A chunk at a time, as a scan with a filter reads it; items are rows.
void scan_chunks(benchmark::State& state) {
  auto transaction = world().begin();
  Reader reader(world().graph(), transaction->snapshot());
  KeyId age = world().key("age");
  Vector ages;
  Selection selection;
  int64_t rows = 0, sum = 0;
  for (auto _ : state) {
    rcu::ReadGuard guard;
    for (uint32_t c = 0; c < reader.node_chunks(); c++) {
      reader.visible_nodes(ChunkId(c), selection);
      reader.scan_property(ChunkId(c), age, ages);
      for (uint32_t i = 0; i < selection.count; i++) sum += ages.data<int64_t>()[selection.slots[i]] > 30;
      rows += selection.count;
    }
  }
  benchmark::DoNotOptimize(sum);
  state.SetItemsProcessed(rows);
}
BENCHMARK(scan_chunks)->Unit(benchmark::kMicrosecond);

// Names of a batch of nodes that lie anywhere; items are values.
void gather_names(benchmark::State& state) {
  auto transaction = world().begin();
  Reader reader(world().graph(), transaction->snapshot());
  KeyId name = world().key("name");
  std::vector<NodeId> nodes;
  for (uint32_t i = 0; i < Vector::kCapacity; i++) nodes.emplace_back(i * 7919 % World::kPeople);
  Vector names;
  for (auto _ : state) {
    rcu::ReadGuard guard;
    reader.gather_property(std::span<const NodeId>(nodes), name, names);
    benchmark::DoNotOptimize(names);
  }
  state.SetItemsProcessed(state.iterations() * int64_t(nodes.size()));
}
BENCHMARK(gather_names)->Unit(benchmark::kMicrosecond);

// The friends of friends of one person; items are relationships.
void expand_two_hops(benchmark::State& state) {
  auto transaction = world().begin();
  Reader reader(world().graph(), transaction->snapshot());
  RelTypeId knows = world().knows();
  NeighborScratch near, far;
  uint32_t person = 0;
  int64_t seen = 0;
  for (auto _ : state) {
    rcu::ReadGuard guard;
    Neighbors friends = reader.neighbors(NodeId(person), Direction::kOut, knows, near);
    for (uint32_t i = 0; i < friends.count; i++) {
      Neighbors theirs = reader.neighbors(friends.nodes[i], Direction::kOut, knows, far);
      seen += theirs.count;
      benchmark::DoNotOptimize(theirs.nodes);
    }
    person = (person + 7919) % World::kPeople;
  }
  state.SetItemsProcessed(seen);
}
BENCHMARK(expand_two_hops);

void index_lookup(benchmark::State& state) {
  rcu::ReadGuard guard;
  const index::PropertyIndex* by_id = nullptr;
  for (auto* each : world().indexes().all())
    if (each->unique()) by_id = each;
  std::vector<uint32_t> found;
  Value key[1];
  int64_t i = 0;
  for (auto _ : state) {
    key[0] = Value::integer(i++ * 7919 % World::kPeople);
    by_id->lookup(key, found);
    benchmark::DoNotOptimize(found.data());
  }
}
BENCHMARK(index_lookup);

void begin_and_end_reader(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(world().begin());
}
BENCHMARK(begin_and_end_reader);

// Without a log: what a commit costs beside the disk.
void commit_update(benchmark::State& state) {
  KeyId age = world().key("age");
  uint32_t person = 0;
  for (auto _ : state) {
    auto transaction = world().begin();
    transaction->set_property(NodeId(person), age, Value::integer(person % 90));
    transaction->commit(Durability::kOff, [](std::exception_ptr) {});
    person = (person + 7919) % World::kPeople;
    if (person % 1024 == 0) {
      state.PauseTiming();
      while (world().graph().vacuum()) {}
      state.ResumeTiming();
    }
  }
}
BENCHMARK(commit_update);

}  // namespace
}  // namespace elegraph::storage
