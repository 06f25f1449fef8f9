// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <thread>

#include "tests/unit/index/graph_fixture.h"

namespace elegraph::index {
namespace {

class ConstraintTest : public GraphFixture {};

TEST_F(ConstraintTest, ASecondEqualValueIsRefusedWithItsPlace) {
  create_index(ConstraintKind::kUnique);
  create_committed(Value::integer(1));
  auto t = begin();
  try {
    create(*t, Value::floating(1.0));
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.sqlstate, sqlstate::kUniqueViolation);
    EXPECT_EQ(e.message, "duplicate key value violates unique constraint \"person_id_key\"");
    EXPECT_EQ(e.detail, "Node(0) already exists with label `Person` and property `id` = 1.0.");
  }
}

TEST_F(ConstraintTest, ATransactionsOwnRowsCount) {
  create_index(ConstraintKind::kUnique);
  auto t = begin();
  NodeId first = create(*t, Value::integer(1));
  EXPECT_EQ(state_of([&] { create(*t, Value::integer(1)); }), sqlstate::kUniqueViolation);
  set(*t, first, Value::integer(2));
  create(*t, Value::integer(1));
  t->delete_node(first);
  create(*t, Value::integer(2));
}

TEST_F(ConstraintTest, NullsAreNotCompared) {
  create_index(ConstraintKind::kUnique, {"id", "name"});
  create_committed(Value::integer(1));
  create_committed(Value::integer(1));
}

TEST_F(ConstraintTest, AWriterInFlightDecides) {
  create_index(ConstraintKind::kUnique);
  auto winner = begin();
  create(*winner, Value::integer(1));
  auto loser = begin_other();
  EXPECT_THROW(create(*loser, Value::integer(1)), storage::Conflict);
  loser->rollback();
  winner->rollback();
  loser = begin_other();
  create(*loser, Value::integer(1));
  commit(std::move(loser));
}

TEST_F(ConstraintTest, ADeletionInFlightDecides) {
  create_index(ConstraintKind::kUnique);
  NodeId node = create_committed(Value::integer(1));
  auto deleter = begin();
  deleter->delete_node(node);
  auto t = begin_other();
  EXPECT_THROW(create(*t, Value::integer(1)), storage::Conflict);
  t->rollback();
  commit(std::move(deleter));
  t = begin_other();
  create(*t, Value::integer(1));
  commit(std::move(t));
}

// Else the transaction itself would see two of them.
TEST_F(ConstraintTest, AValueThatTheSnapshotSeesIsTaken) {
  create_index(ConstraintKind::kUnique);
  NodeId deleted = create_committed(Value::integer(1)), changed = create_committed(Value::integer(2));
  auto t = begin_other();
  auto winner = begin();
  winner->delete_node(deleted);
  set(*winner, changed, Value::integer(3));
  commit(std::move(winner));
  EXPECT_THROW(create(*t, Value::integer(1)), storage::Conflict);
  EXPECT_THROW(create(*t, Value::integer(2)), storage::Conflict);
  t->rollback();
  t = begin_other();
  for (int64_t value : {1, 2}) create(*t, Value::integer(value));
  commit(std::move(t));
}

// What a transaction had and gave up may come back: nobody else may take it meanwhile.
TEST_F(ConstraintTest, AValueThatASavepointMayBringBackIsTaken) {
  create_index(ConstraintKind::kUnique);
  for (bool deleted : {false, true}) {
    Value value = Value::integer(deleted ? 10 : 20);
    auto winner = begin();
    NodeId node = create(*winner, value);
    auto savepoint = winner->savepoint();
    if (deleted) {
      winner->delete_node(node);
    } else {
      set(*winner, node, Value::integer(1));
    }
    auto loser = begin_other();
    EXPECT_THROW(create(*loser, value), storage::Conflict);
    loser->rollback();
    winner->rollback_to(savepoint);
    commit(std::move(winner));
    loser = begin_other();
    EXPECT_EQ(state_of([&] { create(*loser, value); }), sqlstate::kUniqueViolation);
    loser->rollback();
  }
}

TEST_F(ConstraintTest, AnUnrelatedWriteInFlightDoesNotHideADuplicate) {
  create_index(ConstraintKind::kUnique);
  NodeId node = create_committed(Value::integer(1));
  auto writer = begin();
  writer->set_property(node, writer->key("name"), Value::string("x"));
  auto t = begin_other();
  EXPECT_EQ(state_of([&] { create(*t, Value::integer(1)); }), sqlstate::kUniqueViolation);
}

// Threads race for the same values; for each value exactly one must win.
TEST_F(ConstraintTest, OneOfTwoRacersWins) {
  create_index(ConstraintKind::kUnique);
  constexpr int kValues = 300, kThreads = 2;
  std::vector<std::atomic<int>> wins(kValues);
  auto race = [&] {
    auto* mine = graph.open_slot();
    for (int v = 0; v < kValues; ++v)
      for (bool decided = false; !decided;) {
        auto t = graph.begin(mine);
        try {
          create(*t, Value::integer(v));
          commit(std::move(t));
          ++wins[size_t(v)], decided = true;
        } catch (const storage::Conflict&) {
          std::this_thread::yield();
        } catch (const Error& e) {
          EXPECT_EQ(e.sqlstate, sqlstate::kUniqueViolation);
          decided = true;
        }
      }
    graph.close_slot(mine);
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) threads.emplace_back(race);
  for (auto& t : threads) t.join();
  for (auto& w : wins) EXPECT_EQ(w, 1);
}

TEST_F(ConstraintTest, RequiredPropertiesAreCheckedAtTheStatementsEnd) {
  create_index(ConstraintKind::kExists);
  auto t = begin();
  NodeId node = create(*t, Value());
  EXPECT_EQ(state_of([&] { indexes.check_statement(*t); }), sqlstate::kNotNullViolation);
  t->rollback();
  t = begin();
  node = create(*t, Value());
  set(*t, node, Value::integer(1));
  indexes.check_statement(*t);
  set(*t, node, Value());
  EXPECT_EQ(state_of([&] { indexes.check_statement(*t); }), sqlstate::kNotNullViolation);
  t->delete_node(node);
  indexes.check_statement(*t);
}

TEST_F(ConstraintTest, ARolledBackStatementLeavesNothingToCheck) {
  create_index(ConstraintKind::kKey);
  auto t = begin();
  auto savepoint = t->savepoint();
  create(*t, Value());
  t->rollback_to(savepoint);
  indexes.check_statement(*t);
}

}  // namespace
}  // namespace elegraph::index
