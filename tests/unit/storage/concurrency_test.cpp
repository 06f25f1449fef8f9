// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <random>
#include <thread>

#include "graph_fixture.h"

namespace elegraph::storage {
namespace {

#ifdef ELEGRAPH_SANITIZED
constexpr int kRounds = 300;
#else
constexpr int kRounds = 2000;
#endif

// Vacuums until it goes out of scope.
struct VacuumThread {
  explicit VacuumThread(Graph& g)
      : thread([this, &g] {
          while (!stop.load()) {
            g.vacuum();
            std::this_thread::yield();
          }
        }) {}
  ~VacuumThread() {
    stop = true;
    thread.join();
  }
  std::atomic<bool> stop{false};
  std::thread thread;
};

bool attempt(Session& s, const std::function<void(Transaction&)>& work) {
  try {
    work(s.begin());
    s.commit();
    return true;
  } catch (const Conflict&) {
    s.t.reset();
    return false;
  }
}

struct Concurrency : GraphTest {};

// Writers move amounts between accounts; the sum in every snapshot, read in any way, is what it was.
TEST_F(Concurrency, EverySnapshotHasTheSameSum) {
  constexpr uint32_t kAccounts = 50;
  std::vector<NodeId> nodes;
  {
    Session s(graph);
    s.begin();
    for (uint32_t i = 0; i < kAccounts; ++i) {
      nodes.push_back(s->create_node(set));
      s->set_property(nodes.back(), age, Value::integer(100));
    }
    s.commit();
  }
  VacuumThread vacuum(graph);
  std::atomic<bool> stop{false};
  std::atomic<int> snapshots{0};
  std::vector<std::thread> threads;
  for (int w = 0; w < 2; ++w)
    threads.emplace_back([&, w] {
      Session s(graph);
      std::mt19937 random(w);
      // On a busy machine the readers may come late: write until they have looked.
      for (int i = 0; i < kRounds || snapshots.load() < 10; ++i)
        attempt(s, [&](Transaction& t) {
          NodeId from = nodes[random() % kAccounts], to = nodes[random() % kAccounts];
          if (from == to) return;
          int64_t amount = random() % 10;
          t.set_property(from, age, Value::integer(s.get(from, age).as_int() - amount));
          t.set_property(to, age, Value::integer(s.get(to, age).as_int() + amount));
          if (random() % 4 == 0) t.rollback(), s.begin();
        });
      stop = true;
    });
  for (int r = 0; r < 2; ++r)
    threads.emplace_back([&] {
      Session s(graph);
      Vector v;
      Selection rows;
      do {
        s.begin();
        for (int again = 0; again < 3; ++again) {
          rcu::ReadGuard guard;
          s.reader().visible_nodes(ChunkId(0), rows);
          s.reader().scan_property(ChunkId(0), age, v);
          int64_t scanned = 0, gathered = 0;
          for (uint32_t i = 0; i < rows.count; ++i) scanned += v.data<int64_t>()[rows.slots[i]];
          ASSERT_EQ(scanned, 100 * kAccounts);
          s.reader().gather_property(nodes, age, v);
          for (uint32_t i = 0; i < kAccounts; ++i) gathered += v.data<int64_t>()[i];
          ASSERT_EQ(gathered, 100 * kAccounts);
        }
        ++snapshots;
      } while (!stop.load());  // once at least, however fast the writers are
    });
  for (auto& t : threads) t.join();
  EXPECT_GT(snapshots.load(), 0);
}

// A row without a value, which a transaction deletes and brings back, beside rows that have one: the reader sees it all the
// time, and never with a value. Each delete comes to a chunk without versions.
TEST_F(Concurrency, ADeleteGivesNoValueToARowThatHasNone) {
  constexpr uint32_t kGathered = 256;  // so many that whole chunks are looked at
  std::vector<NodeId> nodes = make_nodes(kChunkRows);
  nodes.erase(nodes.begin(), nodes.end() - kGathered);
  {
    Session s(graph);
    s.begin().set_property(nodes.back(), age, Value());
    s.commit();
  }
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    Session s(graph);
    for (int i = 0; i < kRounds / 2 && !stop.load(); ++i) {
      vacuum_all();
      s.begin().delete_node(nodes.back());
      s->rollback();
    }
    stop = true;
  });
  Session s(graph);
  Vector v;
  bool has_value = false;
  do {
    s.begin();
    for (int again = 0; again < 100 && !has_value; ++again) {
      rcu::ReadGuard guard;
      s.reader().gather_property(nodes, age, v);
      has_value = v.valid(kGathered - 1);
    }
  } while (!stop.load() && !has_value);
  EXPECT_FALSE(has_value);
  stop = true;
  writer.join();
}

// FoundationDB's Cycle: the relationships form one cycle over all nodes. A writer swaps two neighbours in it (three
// relationships go, three come). Every snapshot must see exactly one cycle, from both ends.
TEST_F(Concurrency, TheCycleIsNeverBroken) {
  constexpr uint32_t kNodes = 40;
  std::vector<NodeId> nodes = make_nodes(kNodes);
  {
    Session s(graph);
    s.begin();
    for (uint32_t i = 0; i < kNodes; ++i) s->create_relationship(knows, nodes[i], nodes[(i + 1) % kNodes]);
    s.commit();
  }
  VacuumThread vacuum(graph);
  std::atomic<int> running{2}, swaps{0};
  auto next = [&](Session& s, NodeId n, Direction d) -> std::pair<NodeId, RelId> {
    rcu::ReadGuard guard;
    NeighborScratch scratch;
    Neighbors found = s.reader().neighbors(n, d, knows, scratch);
    EXPECT_EQ(found.count, 1u);
    if (found.count != 1) return {NodeId(), RelId()};
    EXPECT_EQ(s.reader().source(found.rels[0]), d == Direction::kOut ? n : found.nodes[0]);
    EXPECT_TRUE(s.reader().visible(found.rels[0]));
    return {found.nodes[0], found.rels[0]};
  };
  std::vector<std::thread> threads;
  for (int w = 0; w < 2; ++w)
    threads.emplace_back([&, w] {
      Session s(graph);
      std::mt19937 random(w);
      for (int i = 0; i < kRounds; ++i)
        swaps += attempt(s, [&](Transaction& t) {
          NodeId a = nodes[random() % kNodes];
          auto [b, ab] = next(s, a, Direction::kOut);
          auto [c, bc] = next(s, b, Direction::kOut);
          auto [d, cd] = next(s, c, Direction::kOut);
          for (RelId r : {ab, bc, cd}) t.delete_relationship(r);
          t.create_relationship(knows, a, c);
          t.create_relationship(knows, c, b);
          t.create_relationship(knows, b, d);
        });
      --running;
    });
  std::thread reader([&] {
    Session s(graph);
    while (running.load() > 0) {
      s.begin();
      for (Direction d : {Direction::kOut, Direction::kIn}) {
        std::vector<bool> seen(kNodes);
        NodeId n = nodes[0];
        for (uint32_t i = 0; i < kNodes; ++i) {
          ASSERT_FALSE(seen[n.value - nodes[0].value]);
          seen[n.value - nodes[0].value] = true;
          n = next(s, n, d).first;
          ASSERT_TRUE(n.valid());
        }
        ASSERT_EQ(n, nodes[0]);
      }
    }
  });
  for (auto& t : threads) t.join();
  reader.join();
  EXPECT_GT(swaps.load(), 0);
}

// Inserts at one hub commute: no conflict, and each snapshot's list holds whole transactions (pairs) only.
TEST_F(Concurrency, HubInsertsCommuteAndComeInPairs) {
  std::vector<NodeId> nodes = make_nodes(9);
  NodeId hub = nodes[0];
  VacuumThread vacuum(graph);
  std::atomic<int> running{2};
  std::vector<std::thread> threads;
  for (uint32_t w = 0; w < 2; ++w)
    threads.emplace_back([&, w] {
      Session s(graph);
      for (int i = 0; i < kRounds; ++i) {
        s.begin();
        s->create_relationship(knows, hub, nodes[1 + w]);
        s->create_relationship(knows, hub, nodes[3 + w]);
        s.commit();
      }
      --running;
    });
  std::thread reader([&] {
    Session s(graph);
    size_t last = 0;
    while (running.load() > 0) {
      s.begin();
      auto found = s.out(hub, knows);
      ASSERT_GE(found.size(), last);
      last = found.size();
      for (uint32_t w = 0; w < 2; ++w)
        ASSERT_EQ(std::count(found.begin(), found.end(), nodes[1 + w].value),
                  std::count(found.begin(), found.end(), nodes[3 + w].value));
    }
  });
  for (auto& t : threads) t.join();
  reader.join();
  Session s(graph);
  s.begin();
  EXPECT_EQ(s.out(hub, knows).size(), size_t{4} * kRounds);
}

// Rows carry a key twice and a checksum string; rows come, change type and go. A reader proves each row it sees.
TEST_F(Concurrency, RowsAreNeverTorn) {
  KeyId a = graph.catalog().intern_key("a"), b = graph.catalog().intern_key("b"), c = graph.catalog().intern_key("c");
  VacuumThread vacuum(graph);
  std::atomic<int> running{2};
  std::vector<std::thread> threads;
  auto write = [&](Transaction& t, NodeId n, uint32_t v) {
    Value value = v % 5 == 0 ? Value::string("text " + std::to_string(v) + std::string(v % 16, '.')) : Value::integer(v);
    t.set_property(n, a, value);
    t.set_property(n, b, value);
    t.set_property(n, c, v % 3 ? Value::string(std::to_string(v)) : Value());
  };
  for (uint32_t w = 0; w < 2; ++w)
    threads.emplace_back([&, w] {
      Session s(graph);
      std::mt19937 random(w);
      std::vector<NodeId> mine;
      for (int i = 0; i < kRounds; ++i) {
        Transaction& t = s.begin();
        std::vector<NodeId> before = mine;
        if (mine.size() < 60 || random() % 3 == 0) mine.push_back(t.create_node(set));
        write(t, mine[random() % mine.size()], random() % 1000);
        write(t, mine.back(), random() % 1000);
        if (mine.size() > 60) t.delete_node(mine.front()), mine.erase(mine.begin());
        if (random() % 5 == 0)
          t.rollback(), mine = before;
        else
          s.commit();
      }
      --running;
    });
  std::thread reader([&] {
    Session s(graph);
    Vector va, vb;
    Selection rows;
    while (running.load() > 0) {
      s.begin();
      for (uint32_t chunk = 0; chunk < s.reader().node_chunks(); ++chunk) {
        rcu::ReadGuard guard;
        s.reader().visible_nodes(ChunkId(chunk), rows);
        s.reader().scan_property(ChunkId(chunk), a, va);
        s.reader().scan_property(ChunkId(chunk), b, vb);
        for (uint32_t i = 0; i < rows.count; ++i) {
          Value x = va.value(rows.slots[i]), y = vb.value(rows.slots[i]);
          NodeId n(chunk * kChunkRows + rows.slots[i]);
          Value z = s.reader().property(n, c);
          ASSERT_FALSE(x.is_null());
          ASSERT_EQ(x.type(), y.type());
          if (x.type() == Type::kInt) {
            ASSERT_EQ(x.as_int(), y.as_int());
            ASSERT_EQ(z.is_null(), x.as_int() % 3 == 0);
            if (!z.is_null()) {
              ASSERT_EQ(z.as_string(), std::to_string(x.as_int()));
            }
          } else {
            ASSERT_EQ(x.as_string(), y.as_string());
          }
        }
      }
    }
  });
  for (auto& t : threads) t.join();
  reader.join();
}

// Deleting a node and adding a relationship to it at once: never both.
TEST_F(Concurrency, NoRelationshipEndsAtADeletedNode) {
  VacuumThread vacuum(graph);
  for (int i = 0; i < kRounds / 10; ++i) {
    std::vector<NodeId> n = make_nodes(2);
    std::atomic<int> ready{0};
    bool linked = false, deleted = false;
    auto together = [&] {
      ++ready;
      while (ready.load() < 2) {}
    };
    std::thread linker([&] {
      Session s(graph);
      linked = attempt(s, [&](Transaction& t) {
        together();
        t.create_relationship(knows, n[0], n[1]);
      });
    });
    std::thread deleter([&] {
      Session s(graph);
      deleted = attempt(s, [&](Transaction& t) {
        together();
        t.delete_node(n[1]);
        t.check_deletes();
      });
    });
    linker.join(), deleter.join();
    ASSERT_FALSE(linked && deleted);
    Session s(graph);
    s.begin();
    rcu::ReadGuard guard;
    ASSERT_EQ(s.reader().visible(n[1]), !deleted);
    ASSERT_EQ(s.out(n[0], knows).size(), linked ? 1u : 0u);
  }
}

}  // namespace
}  // namespace elegraph::storage
