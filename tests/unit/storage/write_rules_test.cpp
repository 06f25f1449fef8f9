// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <thread>

#include "graph_fixture.h"
#include "storage/graph_parts.h"

namespace elegraph::storage {
namespace {

struct WriteRules : GraphTest {};

std::string state_of(const std::function<void()>& f) {
  try {
    f();
  } catch (const Error& e) {
    return e.sqlstate;
  }
  return "";
}

TEST_F(WriteRules, FirstUpdaterWins) {
  NodeId n = make_nodes(1)[0];
  Session a(graph), b(graph);
  a.begin(), b.begin();
  a->set_property(n, age, Value::integer(1));
  bool ended = false;
  try {
    b->set_property(n, age, Value::integer(2));
    FAIL();
  } catch (const Conflict& c) {
    EXPECT_EQ(c.sqlstate, "40001");
    c.wait_for_winner([&](Waiters&&) { ended = true; });
  }
  EXPECT_FALSE(ended);
  a.commit();
  EXPECT_TRUE(ended);
  EXPECT_EQ(state_of([&] { b->set_property(n, name, Value::integer(2)); }), "40001");
  EXPECT_EQ(state_of([&] { b->delete_node(n); }), "40001");
  b.begin();
  b->set_property(n, age, Value::integer(2));
  b.commit();
}

TEST_F(WriteRules, ErrorsNameTheEntity) {
  NodeId last = make_nodes(kChunkRows + 8).back();
  Session s(graph);
  s.begin();
  s->delete_node(last);
  try {
    s->set_property(last, age, Value::integer(1));
    FAIL();
  } catch (const Error& e) {
    EXPECT_STREQ(e.what(), ("node with id " + std::to_string(last.value) + " does not exist or has been deleted").c_str());
  }
}

TEST_F(WriteRules, AnAbortedWriterIsNoConflict) {
  NodeId n = make_nodes(1)[0];
  Session a(graph), b(graph);
  a.begin(), b.begin();
  a->set_property(n, age, Value::integer(1));
  a->rollback();
  EXPECT_EQ(b.get(n, age).as_int(), 0);
  b->set_property(n, age, Value::integer(2));
  graph.vacuum();
  a.begin();
  EXPECT_EQ(a.get(n, age).as_int(), 0);
  b.commit();
  EXPECT_EQ(a.get(n, age).as_int(), 0);
  a.begin();
  EXPECT_EQ(a.get(n, age).as_int(), 2);
}

TEST_F(WriteRules, SavepointsTakeBackEverythingAfterThem) {
  std::vector<NodeId> n = make_nodes(3);
  Session s(graph);
  s.begin();
  s->set_property(n[0], age, Value::integer(10));
  NodeId made = s->create_node(set);
  RelId rel = s->create_relationship(knows, n[0], made);
  auto point = s->savepoint();
  int undone = 0;
  s->at_rollback([&] { ++undone; });
  s->set_property(n[0], age, Value::string("some longer text"));
  s->set_property(made, age, Value::integer(1));
  s->create_relationship(knows, n[0], n[1]);
  s->delete_relationship(rel);
  s->delete_node(n[2]);
  s->add_label(n[1], graph.catalog().intern_label("X"));
  EXPECT_EQ(s.out(n[0], knows), std::vector{n[1].value});
  s->rollback_to(point);
  EXPECT_EQ(undone, 1);
  EXPECT_EQ(s.get(n[0], age).as_int(), 10);
  EXPECT_TRUE(s.get(made, age).is_null());
  EXPECT_EQ(s.out(n[0], knows), std::vector{made.value});
  EXPECT_EQ(s.count_nodes(), 4u);
  s.commit();
  vacuum_all();
  s.begin();
  EXPECT_EQ(s.out(n[0], knows), std::vector{made.value});
  EXPECT_EQ(s.out(made, knows, Direction::kIn), std::vector{n[0].value});
  EXPECT_EQ(graph.statistics().relationship_count(knows), 1u);
  EXPECT_EQ(graph.statistics().relationship_count(label, knows, Direction::kOut), 1u);
  EXPECT_EQ(graph.statistics().node_count(label), 4u);
}

TEST_F(WriteRules, StatisticsFollowARelabelledNodeBackToASavepoint) {
  std::vector<NodeId> n = make_nodes(3);
  LabelId admin = graph.catalog().intern_label("Admin");
  Session s(graph);
  s.begin();
  s->create_relationship(knows, n[0], n[1]);
  auto point = s->savepoint();
  s->add_label(n[0], admin);
  s->create_relationship(knows, n[0], n[2]);
  s->remove_label(n[0], label);
  s->rollback_to(point);
  s.commit();
  EXPECT_EQ(graph.statistics().node_count(admin), 0u);
  EXPECT_EQ(graph.statistics().relationship_count(admin, knows, Direction::kOut), 0u);
  EXPECT_EQ(graph.statistics().relationship_count(label, knows, Direction::kOut), 1u);
  EXPECT_EQ(graph.statistics().relationship_count(label, knows, Direction::kIn), 1u);
}

// More pairs of label set and type than a transaction counts in a row.
TEST_F(WriteRules, StatisticsCountManyKinds) {
  Session s(graph);
  s.begin();
  std::vector<LabelId> labels;
  for (int round = 0; round < 2; ++round)
    for (int i = 0; i < 100; ++i) {
      labels.push_back(s->label("L" + std::to_string(i)));
      NodeId n = s->create_node(graph.catalog().intern_label_set(std::vector{labels.back()}));
      s->create_relationship(s->rel_type("R" + std::to_string(i % 10)), n, n);
    }
  s.commit();
  for (int i = 0; i < 100; ++i) {
    const RelTypeId type = *graph.catalog().find_rel_type("R" + std::to_string(i % 10));
    EXPECT_EQ(graph.statistics().node_count(labels[size_t(i)]), 2u);
    EXPECT_EQ(graph.statistics().relationship_count(type), 20u);
    EXPECT_EQ(graph.statistics().relationship_count(labels[size_t(i)], type, Direction::kIn), 2u);
  }
}

// Folding copies the whole list: a hub that grows slowly is not folded for each insert, and a list that an old snapshot
// holds is not looked at again and again.
TEST_F(WriteRules, TailsAreFoldedWhenThatIsWorthIt) {
  std::vector<NodeId> n = make_nodes(2);
  Session s(graph), old(graph);
  auto link = [&](int count) {
    s.begin();
    for (int i = 0; i < count; ++i) s->create_relationship(knows, n[0], n[1]);
    s.commit();
  };
  auto has_tail = [&] {
    rcu::ReadGuard guard;
    return list_word::has_tail(graph.parts().adjacency.find(knows, Direction::kOut)->word(n[0]));
  };
  link(20'000);
  vacuum_all();
  EXPECT_FALSE(has_tail());
  link(1);
  vacuum_all();
  EXPECT_TRUE(has_tail());
  for (int i = 0; i < 2000 && has_tail(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(5)), graph.vacuum();
  EXPECT_FALSE(has_tail());
  link(5000);
  old.begin();
  link(5000);
  vacuum_all();
  EXPECT_TRUE(has_tail());
  EXPECT_TRUE(graph.parts().fold_again.empty());
  EXPECT_EQ(old.out(n[0], knows).size(), 25'001u);
  old.t.reset();
  vacuum_all();
  EXPECT_FALSE(has_tail());
  old.begin();
  EXPECT_EQ(old.out(n[0], knows).size(), 30'001u);
}

TEST_F(WriteRules, RelationshipInsertsAtOneNodeCommute) {
  std::vector<NodeId> n = make_nodes(3);
  Session a(graph), b(graph);
  a.begin(), b.begin();
  a->create_relationship(knows, n[0], n[1]);
  b->create_relationship(knows, n[0], n[2]);
  EXPECT_EQ(a.out(n[0], knows), std::vector{n[1].value});
  EXPECT_EQ(b.out(n[0], knows), std::vector{n[2].value});
  a.commit(), b.commit();
  a.begin();
  EXPECT_EQ(a.out(n[0], knows), (std::vector{n[1].value, n[2].value}));
}

TEST_F(WriteRules, WhoWantsTheOnlyRelationshipSeesThoseThatItsSnapshotDoesNot) {
  std::vector<NodeId> n = make_nodes(3);
  Session a(graph), b(graph), c(graph);
  a.begin(), b.begin(), c.begin();
  a->create_relationship(knows, n[0], n[1]);
  a->check_only_relationship(knows, n[0], n[1], false);
  for (NodeId other : {n[1], n[2]}) a->create_relationship(knows, n[2], other);  // tails of different lengths
  b->create_relationship(knows, n[0], n[1]);
  EXPECT_EQ(state_of([&] { b->check_only_relationship(knows, n[0], n[1], false); }), "40001");
  b->create_relationship(knows, n[1], n[0]);
  b->check_only_relationship(knows, n[1], n[0], false);
  EXPECT_EQ(state_of([&] { b->check_only_relationship(knows, n[1], n[0], true); }), "40001");
  b->create_relationship(knows, n[0], n[2]);
  b->check_only_relationship(knows, n[0], n[2], true);
  b.t.reset();
  a.commit();
  c->create_relationship(knows, n[0], n[1]);
  EXPECT_EQ(state_of([&] { c->check_only_relationship(knows, n[0], n[1], false); }), "40001");
}

TEST_F(WriteRules, WhoWantsTheOnlyNeighborAsksOfThoseThatItsSnapshotDoesNotSee) {
  std::vector<NodeId> n = make_nodes(4);
  Session a(graph), b(graph);
  a.begin(), b.begin();
  a->create_relationship(knows, n[0], n[1]);
  const auto one = [&](NodeId node) { return node == n[1]; };
  const auto any = [](NodeId) { return true; };
  a->check_only_neighbor(knows, Direction::kOut, n[0], any);  // its own is none
  b->create_relationship(knows, n[0], n[2]);
  EXPECT_EQ(state_of([&] { b->check_only_neighbor(knows, Direction::kOut, n[0], one); }), "40001");
  EXPECT_EQ(state_of([&] { b->check_only_neighbor(knows, Direction::kBoth, n[0], one); }), "40001");
  b->check_only_neighbor(knows, Direction::kOut, n[0], [&](NodeId node) { return node == n[3]; });
  b->check_only_neighbor(knows, Direction::kIn, n[0], any);
  b.t.reset();
  a.commit();
  b.begin();
  b->check_only_neighbor(knows, Direction::kOut, n[0], any);  // it sees that one
}

TEST_F(WriteRules, DeletingANodeConflictsWithConcurrentRelationshipsBothWays) {
  std::vector<NodeId> n = make_nodes(4);
  Session a(graph), b(graph);
  a.begin(), b.begin();
  a->create_relationship(knows, n[0], n[1]);
  EXPECT_EQ(state_of([&] { b->delete_node(n[1]); }), "40001");
  b->delete_node(n[2]);
  EXPECT_EQ(state_of([&] { a->create_relationship(knows, n[0], n[2]); }), "40001");
  a.commit();
  EXPECT_EQ(state_of([&] { b->delete_node(n[0]); }), "40001");
  b.commit();
  a.begin();
  EXPECT_EQ(state_of([&] { a->create_relationship(knows, n[0], n[2]); }), "22023");
}

TEST_F(WriteRules, ANodeWithRelationshipsIsNotDeleted) {
  std::vector<NodeId> n = make_nodes(2);
  Session s(graph);
  s.begin();
  RelId rel = s->create_relationship(knows, n[0], n[1]);
  s.commit();
  s.begin();
  auto point = s->savepoint();
  s->delete_node(n[1]);
  EXPECT_EQ(state_of([&] { s->check_deletes(); }), "23503");
  s->rollback_to(point);
  s->delete_node(n[1]);
  s->delete_relationship(rel);
  s->check_deletes();
  s.commit();
  vacuum_all();
  s.begin();
  EXPECT_TRUE(s.out(n[0], knows).empty());
}

TEST_F(WriteRules, AnObserverThatThrowsUndoesTheChange) {
  struct Unique : ChangeObserver {
    void node_property_set(Transaction&, NodeId, LabelSetId, KeyId, const Value&, const Value& after) override {
      if (!after.is_null() && after.as_int() == 13) throw Error(sqlstate::kUniqueViolation, "no");
    }
  } unique;
  Graph other;
  other.observe(&unique);
  KeyId k = other.catalog().intern_key("k");
  Session s(other);
  s.begin();
  NodeId n = s->create_node(LabelSetId(0));
  s->set_property(n, k, Value::integer(1));
  s->savepoint();
  EXPECT_EQ(state_of([&] { s->set_property(n, k, Value::integer(13)); }), "23505");
  EXPECT_EQ(s.get(n, k).as_int(), 1);
  s.commit();
}

}  // namespace
}  // namespace elegraph::storage
