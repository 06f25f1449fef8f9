// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "tests/unit/index/graph_fixture.h"

namespace elegraph::index {
namespace {

using Ids = std::vector<uint32_t>;

class PropertyIndexTest : public GraphFixture {
 protected:
  // Values of the nodes that a cursor gives, in its order.
  std::vector<double> values(std::unique_ptr<PropertyIndex::Cursor> cursor) {
    std::vector<double> out;
    uint32_t ids[3];
    for (;;) {
      rcu::ReadGuard guard;
      uint32_t n = cursor->next(ids);
      if (n == 0) return out;
      for (uint32_t i = 0; i < n; ++i)
        out.push_back(graph.newest_property(NodeId(ids[i]), *graph.catalog().find_key("id")).to_double());
    }
  }
  std::vector<double> range(std::optional<Bound> lower, std::optional<Bound> upper, bool descending = false) {
    std::unique_ptr<PropertyIndex::Cursor> cursor;
    {
      rcu::ReadGuard guard;
      cursor = find()->range({}, lower, upper, descending);
    }
    return values(std::move(cursor));
  }
};

TEST_F(PropertyIndexTest, FindsWhatWasCommitted) {
  create_index();
  NodeId one = create_committed(Value::integer(1)), two = create_committed(Value::floating(2.0));
  EXPECT_EQ(lookup(1), Ids{one.value});
  EXPECT_EQ(lookup(2), Ids{two.value});
  EXPECT_EQ(lookup(3), Ids{});
  EXPECT_EQ(lookup(std::vector{Value()}), Ids{});
}

TEST_F(PropertyIndexTest, RollbackTakesEntriesBack) {
  create_index();
  NodeId node = create_committed(Value::integer(1));
  auto t = begin();
  create(*t, Value::integer(5));
  set(*t, node, Value::integer(6));
  EXPECT_EQ(entries(), 3u);
  t->rollback();
  vacuum();
  EXPECT_EQ(entries(), 1u);
  EXPECT_EQ(lookup(1), Ids{node.value});
}

TEST_F(PropertyIndexTest, RollbackToASavepointTakesEntriesBack) {
  create_index();
  auto t = begin();
  NodeId node = create(*t, Value::integer(1));
  auto savepoint = t->savepoint();
  set(*t, node, Value::integer(2));
  create(*t, Value::integer(3));
  t->rollback_to(savepoint);
  commit(std::move(t));
  vacuum();
  EXPECT_EQ(entries(), 1u);
  EXPECT_EQ(lookup(1), Ids{node.value});
}

TEST_F(PropertyIndexTest, VacuumRemovesWhatNobodySees) {
  create_index();
  NodeId node = create_committed(Value::integer(1));
  auto reader = begin_other();
  auto t = begin();
  set(*t, node, Value::integer(2));
  commit(std::move(t));
  vacuum();
  EXPECT_EQ(lookup(1), Ids{node.value}) << "the reader still sees it";
  EXPECT_EQ(lookup(2), Ids{node.value});
  reader.reset();
  vacuum();
  EXPECT_EQ(lookup(1), Ids{});
  t = begin();
  t->delete_node(node);
  commit(std::move(t));
  EXPECT_EQ(lookup(2), Ids{node.value});
  vacuum();
  EXPECT_EQ(entries(), 0u);
}

// 1 -> 2 -> 1 -> 3 with a reader that sees the second 1: the first change's vacuum must leave the entry.
TEST_F(PropertyIndexTest, AValueTakenBackKeepsItsEntry) {
  create_index();
  NodeId node = create_committed(Value::integer(1));
  auto change = [&](int64_t to) {
    auto t = begin();
    set(*t, node, Value::integer(to));
    commit(std::move(t));
  };
  change(2);
  change(1);
  auto reader = begin_other();
  change(3);
  vacuum();
  EXPECT_EQ(lookup(1), Ids{node.value});
  reader.reset();
  vacuum();
  EXPECT_EQ(lookup(1), Ids{});
  EXPECT_EQ(entries(), 1u);
}

// 1 -> 2 -> 1, and a third change whose cell is there when the first one's vacuum comes, while its entry is not: the 1 that
// it replaces is what everybody sees, and what is left when it is rolled back.
TEST_F(PropertyIndexTest, AValueThatIsBeingReplacedKeepsItsEntry) {
  create_index();
  NodeId node = create_committed(Value::integer(1));
  for (int64_t to : {2, 1}) {
    auto t = begin();
    set(*t, node, Value::integer(to));
    commit(std::move(t));
  }
  auto t = begin();
  Ids seen_meanwhile;
  before_indexes.work = [&] {
    vacuum();
    seen_meanwhile = lookup(1);
  };
  set(*t, node, Value::integer(3));
  EXPECT_EQ(seen_meanwhile, Ids{node.value});
  EXPECT_EQ(lookup(1), Ids{node.value});
  t->rollback();
  vacuum();
  EXPECT_EQ(lookup(1), Ids{node.value});
  EXPECT_EQ(entries(), 1u);
}

TEST_F(PropertyIndexTest, LabelsComeAndGo) {
  create_index();
  auto t = begin();
  NodeId node = create(*t, Value::integer(1), "Robot");
  commit(std::move(t));
  EXPECT_EQ(entries(), 0u);
  t = begin();
  t->add_label(node, t->label("Person"));
  commit(std::move(t));
  EXPECT_EQ(lookup(1), Ids{node.value});
  t = begin();
  t->remove_label(node, t->label("Person"));
  commit(std::move(t));
  vacuum();
  EXPECT_EQ(entries(), 0u);
}

TEST_F(PropertyIndexTest, RangesStayInTheirClass) {
  create_index();
  for (int i = 0; i < 10; ++i) create_committed(Value::integer(i));
  create_committed(Value::floating(4.5));
  create_committed(Value::string("x"));
  create_committed(Value::floating(std::nan("")));
  auto at = [](double v, bool inclusive) { return Bound{Value::floating(v), inclusive}; };
  EXPECT_EQ(range(at(3, true), at(5, false)), (std::vector<double>{3, 4, 4.5}));
  EXPECT_EQ(range(at(3, false), at(5, true), true), (std::vector<double>{5, 4.5, 4}));
  EXPECT_EQ(range(at(8, true), std::nullopt), (std::vector<double>{8, 9}));
  EXPECT_EQ(range(std::nullopt, at(1, false)), (std::vector<double>{0}));
  EXPECT_EQ(range(at(5, true), at(3, true)), (std::vector<double>{}));
  EXPECT_EQ(range(Bound{Value(), true}, std::nullopt), (std::vector<double>{}));
  EXPECT_EQ(range(std::nullopt, std::nullopt).size(), 13u);
}

// Between two statements a row moves within the range: readers before and after must see it once, in its
// place.
TEST_F(PropertyIndexTest, RangesGiveEachRowOnceInItsPlace) {
  create_index();
  NodeId a = create_committed(Value::integer(1)), b = create_committed(Value::integer(2));
  auto before = begin_other();
  auto t = begin();
  set(*t, a, Value::integer(3));
  commit(std::move(t));
  auto after = begin();
  auto walk = [&](storage::Transaction& of) {
    rcu::ReadGuard guard;
    storage::Reader reader(graph, of.snapshot());
    auto cursor = find()->range({}, Bound{Value::integer(0), true}, std::nullopt, false);
    Ids out(10);
    out.resize(cursor->next(out, &reader));
    return out;
  };
  EXPECT_EQ(walk(*before), (Ids{a.value, b.value}));
  EXPECT_EQ(walk(*after), (Ids{b.value, a.value}));
}

TEST_F(PropertyIndexTest, TellsAboutTheShareOfARange) {
  create_index();
  for (int64_t i = 0; i < 1000; ++i) create_committed(Value::integer(i));
  rcu::ReadGuard guard;
  auto bound = [](int64_t v) { return Bound{Value::integer(v), true}; };
  for (bool thorough : {false, true}) {
    EXPECT_NEAR(find()->range_share(bound(500), std::nullopt, thorough), 0.5, 0.25);
    EXPECT_LT(find()->range_share(bound(500), bound(510), thorough), 0.1);
    EXPECT_GT(find()->range_share(std::nullopt, bound(950), thorough), 0.6);
    EXPECT_EQ(find()->range_share(bound(510), bound(500), thorough), 0);
    EXPECT_EQ(find()->range_share(Bound{Value(), true}, std::nullopt, thorough), 0);
    EXPECT_EQ(find()->range_share(Bound{Value::string("a"), true}, std::nullopt, thorough), 0);
    EXPECT_EQ(find()->prefix_share("a", thorough), 0);
  }
}

TEST_F(PropertyIndexTest, FindsStringsByPrefix) {
  create_index();
  std::vector<uint32_t> want;
  for (const char* s : {"ab", "abc", "abd", "ac", "b", ""}) {
    NodeId node = create_committed(Value::string(s));
    if (std::string_view(s).starts_with("ab")) want.push_back(node.value);
  }
  rcu::ReadGuard guard;
  auto cursor = find()->prefix({}, "ab");
  uint32_t ids[8];
  uint32_t n = cursor->next(ids);
  EXPECT_EQ(Ids(ids, ids + n), want);
}

TEST_F(PropertyIndexTest, CompositeKeysAnswerToTheirPrefixes) {
  create_index(ConstraintKind::kNone, {"id", "name"});
  auto t = begin();
  NodeId a = create(*t, Value::integer(1)), b = create(*t, Value::integer(1)), c = create(*t, Value());
  t->set_property(b, t->key("name"), Value::string("x"));
  t->set_property(c, t->key("name"), Value::string("x"));
  commit(std::move(t));
  std::vector<std::string> keys{"id", "name"};
  auto ones = [&] {
    rcu::ReadGuard guard;
    storage::Reader reader(graph, {graph.last_committed(), nullptr});
    Ids out;
    find(keys)->lookup(std::vector{Value::integer(1)}, out, &reader);
    return out;
  };
  EXPECT_EQ(ones(), (Ids{b.value, a.value})) << "null comes last";
  EXPECT_EQ(lookup({Value::integer(1), Value::string("x")}, keys), Ids{b.value});
  vacuum();
  rcu::ReadGuard guard;
  EXPECT_EQ(find(keys)->entries(), 3u);
  EXPECT_EQ(find(keys)->distinct_estimate(), 3u);
}

TEST_F(PropertyIndexTest, ACompositeKeysPrefixFindsTheOnlyEntry) {
  std::vector<std::string> keys{"id", "name"};
  create_index(ConstraintKind::kNone, keys);
  std::vector<NodeId> nodes;
  for (int i = 0; i < 300; ++i) {
    auto t = begin();
    nodes.push_back(t->create_node(graph.catalog().intern_label_set(std::vector{t->label("Person")})));
    t->set_property(nodes.back(), t->key("name"), Value::string("name " + std::to_string(i % 7)));
    set(*t, nodes.back(), Value::integer(i));
    commit(std::move(t));
  }
  auto found = [&](int id) {
    rcu::ReadGuard guard;
    storage::Reader reader(graph, {graph.last_committed(), nullptr});
    Ids out;
    find(keys)->lookup(std::vector{Value::integer(id)}, out, &reader);
    return out;
  };
  for (bool clean : {false, true}) {
    if (clean) vacuum();
    for (int i = 0; i < 300; ++i) ASSERT_EQ(found(i), Ids{nodes[size_t(i)].value}) << i;
    EXPECT_EQ(found(300), Ids{});
  }
}

// Keys that go with ids, as in a load of numbered rows.
TEST_F(PropertyIndexTest, NoEntryStaysBehindWhenAllRowsChange) {
  constexpr int64_t kNodes = 70000;
  create_index();
  std::vector<NodeId> nodes;
  auto t = begin();
  for (int64_t i = 0; i < kNodes; ++i) nodes.push_back(create(*t, Value::integer(i)));
  commit(std::move(t));
  t = begin();
  for (int64_t i = 0; i < kNodes; ++i) set(*t, nodes[size_t(i)], Value::integer(i + 1));
  commit(std::move(t));
  vacuum();
  EXPECT_EQ(entries(), uint64_t(kNodes));
  t = begin();
  for (NodeId node : nodes) t->delete_node(node);
  commit(std::move(t));
  vacuum();
  EXPECT_EQ(entries(), 0u);
}

TEST_F(PropertyIndexTest, BulkRowsAreEnteredAndTakenBack) {
  create_index();
  auto load = [&](storage::Transaction& t, int64_t from) {
    Vector column;
    column.reset(Type::kInt);
    for (uint32_t i = 0; i < kChunkRows; ++i) column.mutable_data<int64_t>()[i] = from + i;
    auto writer = graph.bulk_writer(t);
    storage::BulkWriter::Column columns[] = {{t.key("id"), &column}};
    std::vector<NodeId> nodes(kChunkRows);
    writer->create_nodes(graph.catalog().intern_label_set(std::vector{t.label("Person")}), kChunkRows, columns,
                         nodes.data());
    writer->finish();
    return nodes;
  };
  auto t = begin();
  auto nodes = load(*t, 0);
  commit(std::move(t));
  EXPECT_EQ(lookup(77), Ids{nodes[77].value});
  t = begin();
  load(*t, 10000);
  EXPECT_EQ(entries(), 2 * kChunkRows);
  t->rollback();
  EXPECT_EQ(entries(), kChunkRows);
}

TEST_F(PropertyIndexTest, RelationshipsAreIndexedToo) {
  indexes.create({"", EntityKind::kRelationship, "KNOWS", {"since"}, ConstraintKind::kUnique, false}, slot, {});
  NodeId a = create_committed(Value()), b = create_committed(Value());
  auto t = begin();
  RelId rel = t->create_relationship(t->rel_type("KNOWS"), a, b);
  t->set_property(rel, t->key("since"), Value::integer(2001));
  commit(std::move(t));
  {
    rcu::ReadGuard guard;
    Ids out;
    std::vector<std::string> keys{"since"};
    indexes.find(EntityKind::kRelationship, "KNOWS", keys)->lookup(std::vector{Value::integer(2001)}, out);
    EXPECT_EQ(out, Ids{rel.value});
  }
  t = begin();
  RelId again = t->create_relationship(t->rel_type("KNOWS"), b, a);
  EXPECT_EQ(state_of([&] { t->set_property(again, t->key("since"), Value::integer(2001)); }), sqlstate::kUniqueViolation);
}

}  // namespace
}  // namespace elegraph::index
