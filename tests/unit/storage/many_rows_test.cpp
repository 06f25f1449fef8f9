// SPDX-License-Identifier: Apache-2.0
#include "storage/many_rows.h"

#include "graph_fixture.h"
#include "simulated_disk.h"
#include "storage/database.h"

namespace elegraph::storage {
namespace {

std::string state_of(const std::function<void()>& f) {
  try {
    f();
  } catch (const Error& e) {
    return e.sqlstate;
  }
  return "";
}

struct ManyRows : GraphTest {
  // Ages from `first` on, but for every fifth row, and names.
  std::vector<NodeId> create(Transaction& t, uint32_t count, int64_t first = 0) {
    Vector ages, names;
    ages.reset(Type::kInt);
    names.reset_null();
    names.reset(Type::kAny);
    for (uint32_t i = 0; i < count; ++i) {
      i % 5 == 4 ? ages.set_null(i) : void(ages.mutable_data<int64_t>()[i] = first + i);
      names.set(i, i % 2 ? Value::string("a name of some length " + std::to_string(i)) : Value::boolean(true));
    }
    const std::array<BulkWriter::Column, 2> columns{{{age, &ages}, {name, &names}}};
    std::vector<NodeId> out(count);
    create_nodes(t, set, columns, out);
    return out;
  }
  std::vector<RelId> connect(Transaction& t, std::span<const NodeId> nodes, uint32_t step) {
    std::vector<NodeId> targets;
    for (uint32_t i = 0; i < nodes.size(); ++i) targets.push_back(nodes[i * step % nodes.size()]);
    Vector ages;
    ages.reset(Type::kInt);
    for (uint32_t i = 0; i < nodes.size(); ++i) ages.mutable_data<int64_t>()[i] = i;
    const BulkWriter::Column column{age, &ages};
    std::vector<RelId> out(nodes.size());
    create_relationships(t, knows, nodes, targets, {&column, 1}, out);
    return out;
  }
};

TEST_F(ManyRows, AreThereForTheirTransactionAndAtItsCommitForAll) {
  make_nodes(100);  // so that the next ones lie in two chunks
  Session s(graph), other(graph);
  s.begin(), other.begin();
  const auto nodes = create(*s.t, kChunkRows, 1000);
  const auto rels = connect(*s.t, nodes, 7);
  EXPECT_EQ(s.get(nodes[3], age).as_int(), 1003);
  EXPECT_TRUE(s.get(nodes[4], age).is_null());
  EXPECT_EQ(s.get(nodes[5], name).as_string(), "a name of some length 5");
  EXPECT_EQ(s.out(nodes[3], knows), std::vector{nodes[21].value});
  EXPECT_EQ(other.count_nodes(), 100u);
  EXPECT_TRUE(other.out(nodes[3], knows).empty());
  s.commit();
  other.begin();
  EXPECT_EQ(other.count_nodes(), 100 + kChunkRows);
  EXPECT_EQ(graph.statistics().node_count(label), 100 + kChunkRows);
  EXPECT_EQ(graph.statistics().relationship_count(label, knows, Direction::kIn), kChunkRows);
  vacuum_all();
  EXPECT_TRUE(other.get(nodes[2], name).as_bool());
  EXPECT_EQ(other.out(nodes[21], knows, Direction::kIn), std::vector{nodes[3].value});
  rcu::ReadGuard guard;
  EXPECT_EQ(other.reader().property(rels[9], age).as_int(), 9);
}

TEST_F(ManyRows, GoBackToWhatTheyWereAtASavepoint) {
  Session s(graph);
  s.begin();
  const auto nodes = create(*s.t, 40);
  s->set_property(nodes[1], age, Value::integer(-1));
  const auto savepoint = s->savepoint();
  s->set_property(nodes[1], age, Value::integer(-2));
  s->set_property(nodes[2], age, Value::integer(-2));
  const auto later = create(*s.t, 40);
  connect(*s.t, later, 3);
  connect(*s.t, nodes, 3);
  s->rollback_to(savepoint);
  EXPECT_EQ(s.get(nodes[1], age).as_int(), -1);
  EXPECT_EQ(s.get(nodes[2], age).as_int(), 2);
  EXPECT_EQ(s.count_nodes(), 40u);
  EXPECT_TRUE(s.out(nodes[1], knows).empty());
  s.commit();
  EXPECT_EQ(graph.statistics().node_count(label), 40u);
  EXPECT_EQ(graph.statistics().relationship_count(), 0u);
}

// A bulk writer's records have numbers of their own.
TEST_F(ManyRows, SoDoLoadedOnes) {
  Session s(graph);
  s.begin();
  Vector ages;
  ages.reset(Type::kInt);
  for (uint32_t i = 0; i < 10; ++i) ages.mutable_data<int64_t>()[i] = i;
  const BulkWriter::Column column{age, &ages};
  NodeId nodes[10];
  {
    const auto writer = graph.bulk_writer(*s.t);
    writer->create_nodes(set, 10, {&column, 1}, nodes);
    writer->finish();
  }
  const auto savepoint = s->savepoint();
  s->set_property(nodes[1], age, Value::integer(-2));
  s->rollback_to(savepoint);
  EXPECT_EQ(s.get(nodes[1], age).as_int(), 1);
}

TEST_F(ManyRows, NeedTheirEnds) {
  const auto nodes = make_nodes(20);
  Session deleter(graph), s(graph);
  deleter.begin(), s.begin();
  deleter->delete_node(nodes[7]);
  EXPECT_EQ(state_of([&] { connect(*s.t, nodes, 3); }), "40001");
  deleter.commit();
  s.begin();
  EXPECT_EQ(state_of([&] { connect(*s.t, nodes, 3); }), "22023");
  EXPECT_TRUE(s.out(nodes[1], knows).empty());
  s.commit();
  EXPECT_EQ(graph.statistics().relationship_count(), 0u);
}

// Their rows serve others.
TEST_F(ManyRows, LeaveNothingWhereAValueIsTooLarge) {
  Session s(graph);
  s.begin();
  const auto first = s->create_node(set);
  Vector names;
  names.reset(Type::kString);
  const std::string large((size_t{256} << 20) + 1, 'x');
  for (uint32_t i = 0; i < kChunkRows; ++i)
    names.mutable_data<StringRef>()[i] = i == 3 ? StringRef(large.data(), uint32_t(large.size())) : StringRef();
  const BulkWriter::Column column{name, &names};
  std::vector<NodeId> out(kChunkRows);
  EXPECT_EQ(state_of([&] { create_nodes(*s.t, set, {&column, 1}, out); }), "54000");
  EXPECT_EQ(s.count_nodes(), 1u);
  s.commit();
  vacuum_all();
  uint32_t highest = 0;
  for (const NodeId node : make_nodes(2 * kChunkRows - 1)) highest = std::max(highest, node.value);
  EXPECT_EQ(highest, first.value + 2 * kChunkRows - 1);
}

TEST_F(ManyRows, AreDeletedWithTheirRelationships) {
  Session s(graph), other(graph);
  s.begin();
  const auto nodes = create(*s.t, 1000);
  connect(*s.t, nodes, 7);
  connect(*s.t, nodes, 1);  // loops
  s.commit();
  s.begin(), other.begin();
  const std::span<const NodeId> gone = std::span(nodes).first(600);
  std::vector<RelId> rels;
  for (size_t done = 0; done < gone.size(); rels.clear()) {
    done += add_relationships(*s.t, gone.subspan(done), 500, rels);
    s->delete_relationships(rels);
  }
  EXPECT_EQ(delete_nodes(*s.t, gone), 600u);
  EXPECT_EQ(delete_nodes(*s.t, gone), 0u);
  s->check_deletes();
  s.commit();
  EXPECT_EQ(other.count_nodes(), 1000u);
  vacuum_all();
  other.begin();
  EXPECT_EQ(other.count_nodes(), 400u);
  for (uint32_t i = 600; i < 1000; ++i) EXPECT_EQ(other.out(nodes[i], knows).size(), 1u + (i * 7 % 1000 >= 600));
}

TEST_F(ManyRows, ComeBackFromTheLog) {
  SimulatedDisk disk;
  Database::Options options;
  options.directory = "/graph";
  options.files = &disk;
  options.start_threads = false;
  std::vector<NodeId> nodes;
  const auto names = [&](Graph& g) {
    label = g.catalog().intern_label("Person"), set = g.catalog().intern_label_set(std::vector{label});
    knows = g.catalog().intern_rel_type("KNOWS");
    age = g.catalog().intern_key("age"), name = g.catalog().intern_key("name");
  };
  {
    const auto database = Database::open(options, {});
    names(database->graph());
    Session s(database->graph());
    s.begin();
    nodes = create(*s.t, 500, 10);
    connect(*s.t, nodes, 7);
    s->set_property(nodes[1], age, Value::integer(-1));
    s->delete_node(s->create_node(set));
    s.t->commit(Durability::kOn, [](std::exception_ptr) {});
    s.t.reset();
    database->graph().vacuum();
  }
  const auto database = Database::open(options, {});
  names(database->graph());
  Session s(database->graph());
  s.begin();
  EXPECT_EQ(s.count_nodes(), 500u);
  EXPECT_EQ(s.get(nodes[1], age).as_int(), -1);
  EXPECT_EQ(s.get(nodes[3], age).as_int(), 13);
  EXPECT_TRUE(s.get(nodes[4], age).is_null());
  EXPECT_TRUE(s.get(nodes[0], name).as_bool());
  EXPECT_EQ(s.get(nodes[7], name).as_string(), "a name of some length 7");
  EXPECT_EQ(s.out(nodes[3], knows), std::vector{nodes[21].value});
}

}  // namespace
}  // namespace elegraph::storage
