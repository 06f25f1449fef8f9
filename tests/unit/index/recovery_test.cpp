// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>
#include <filesystem>

#include "graph_fixture.h"
#include "storage/database.h"

namespace elegraph::index {
namespace {

// A database in a directory of its own, which is opened again and again.
class IndexRecovery : public testing::Test {
 protected:
  IndexRecovery() {
    char name[] = "/tmp/elegraph-index-XXXXXX";
    directory_ = ::mkdtemp(name);
  }
  ~IndexRecovery() override { std::filesystem::remove_all(directory_); }

  struct Opened {
    IndexSet indexes;
    std::unique_ptr<storage::Database> database;
  };
  const std::filesystem::path& directory() const { return directory_; }
  std::unique_ptr<Opened> open() const { return open(directory_); }
  static std::unique_ptr<Opened> open(const std::filesystem::path& directory) {
    auto opened = std::make_unique<Opened>();
    storage::Database::Options options;
    options.directory = directory;
    options.start_threads = false;
    options.log_segment_bytes = 1 << 20;
    opened->database = storage::Database::open(options, {&opened->indexes.labels(), &opened->indexes});
    return opened;
  }
  template <class F>
  static void change(Opened& opened, F f) {
    auto& graph = opened.database->graph();
    auto* slot = graph.open_slot();
    {
      auto t = graph.begin(slot);
      f(*t, graph);
      std::promise<std::exception_ptr> done;
      t->commit(storage::Durability::kOn, [&](std::exception_ptr e) { done.set_value(e); });
      if (auto e = done.get_future().get()) std::rethrow_exception(e);
    }
    graph.close_slot(slot);
  }
  // Ten people and the friendships between neighbours, with keys from `first` on.
  static void add(Opened& opened, int64_t first) {
    change(opened, [&](storage::Transaction& t, storage::Graph& graph) {
      std::vector<NodeId> people;
      for (int64_t i = 0; i < 10; ++i) {
        people.push_back(t.create_node(graph.catalog().intern_label_set(std::vector{t.label("Person")})));
        t.set_property(people.back(), t.key("id"), Value::integer(first + i));
      }
      for (int64_t i = 1; i < 10; ++i) {
        const RelId rel = t.create_relationship(t.rel_type("KNOWS"), people[size_t(i) - 1], people[size_t(i)]);
        t.set_property(rel, t.key("since"), Value::integer(first + i));
      }
    });
  }
  static uint64_t entries(const Opened& opened, EntityKind entity, const char* label, const char* key) {
    const rcu::ReadGuard guard;
    const auto* index = opened.indexes.find(entity, label, std::vector<std::string>{key});
    return index ? index->entries() : 0;
  }
  static void expect(const Opened& opened, uint64_t people, uint64_t friendships) {
    EXPECT_EQ(entries(opened, EntityKind::kNode, "Person", "id"), people);
    EXPECT_EQ(entries(opened, EntityKind::kRelationship, "KNOWS", "since"), friendships);
    const rcu::ReadGuard guard;
    std::vector<uint32_t> found;
    opened.indexes.find(EntityKind::kNode, "Person", std::vector<std::string>{"id"})
        ->lookup(std::vector{Value::integer(3)}, found);
    EXPECT_EQ(found.size(), 1u);
  }

 private:
  std::filesystem::path directory_;
};

TEST_F(IndexRecovery, IndexesComeBackFromTheCheckpointAndTheLog) {
  {
    const auto opened = open();
    auto& graph = opened->database->graph();
    auto* slot = graph.open_slot();
    opened->indexes.create({"", EntityKind::kNode, "Person", {"id"}, ConstraintKind::kUnique, false}, slot, {});
    opened->indexes.create({"", EntityKind::kRelationship, "KNOWS", {"since"}, ConstraintKind::kNone, false}, slot, {});
    graph.close_slot(slot);
    add(*opened, 0);
  }
  // Nothing but a checkpoint: those of nodes are built beside the loading of relationships.
  { expect(*open(), 10, 9); }
  {
    const auto opened = open();
    opened->database->checkpoint();
    add(*opened, 100);
    expect(*opened, 20, 18);
  }
  { expect(*open(), 20, 18); }
}

TEST_F(IndexRecovery, IndexesAreOfTheNodesThatTheLogLeft) {
  auto copy = directory();
  copy += "-killed";
  {
    const auto opened = open();
    auto* slot = opened->database->graph().open_slot();
    opened->indexes.create({"", EntityKind::kNode, "Person", {"id"}, ConstraintKind::kUnique, false}, slot, {});
    opened->indexes.create({"", EntityKind::kRelationship, "KNOWS", {"since"}, ConstraintKind::kNone, false}, slot, {});
    opened->database->graph().close_slot(slot);
    add(*opened, 0);
    opened->database->checkpoint();
    add(*opened, 100);
    std::filesystem::copy(directory(), copy, std::filesystem::copy_options::recursive);  // as kill -9 leaves it
  }
  expect(*open(copy), 20, 18);
  std::filesystem::remove_all(copy);
}

}  // namespace
}  // namespace elegraph::index
