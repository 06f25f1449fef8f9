// SPDX-License-Identifier: Apache-2.0
#include <random>

#include "graph_fixture.h"

namespace elegraph::storage {
namespace {

// Gathering by id over several chunks gives what single reads give, whatever types lie beside each other.
class Gather : public GraphTest {
 protected:
  Value some_value(uint32_t kind) {
    switch (kind) {
      case 0: return Value::floating(double(random_() % 1000) / 8);
      case 1: return Value::string(random_() % 2 ? "short" : "a string that does not fit a cell");
      case 2: return Value::boolean(random_() % 2);
      case 3: return Value::list({Value::integer(1)});
      case 4: return Value();
      default: return Value::integer(int64_t(random_() % 1000));
    }
  }
  static std::string text(const Value& v) {
    switch (v.type()) {
      case Type::kNull: return "null";
      case Type::kInt: return "int " + std::to_string(v.as_int());
      case Type::kFloat: return "float " + std::to_string(v.as_float());
      case Type::kBool: return v.as_bool() ? "true" : "false";
      case Type::kString: return "string " + std::string(v.as_string());
      case Type::kList: return "list of " + std::to_string(v.as_list().size());
      default: return "another type";
    }
  }
  void check(Session& s, const std::vector<NodeId>& nodes, KeyId key) {
    std::vector<NodeId> ids;
    for (uint32_t i = 0; i < 500; i++) ids.push_back(i % 17 == 16 ? NodeId() : nodes[random_() % nodes.size()]);
    for (size_t n : {size_t(1), size_t(63), size_t(64), size_t(65), ids.size()}) {
      rcu::ReadGuard guard;
      Vector v;
      s.reader().gather_property(std::span(ids).first(n), key, v);
      for (uint32_t i = 0; i < n; i++) {
        Value expected = ids[i].valid() ? s.reader().property(ids[i], key) : Value();
        ASSERT_EQ(v.valid(i), !expected.is_null()) << i;
        ASSERT_EQ(text(v.value(i)), text(expected)) << i;
      }
    }
  }
  std::mt19937 random_{5};
};

TEST_F(Gather, AgreesWithSingleReads) {
  std::vector<NodeId> nodes = make_nodes(3 * kChunkRows);
  Session before(graph), writer(graph), after(graph);
  writer.begin();
  for (NodeId node : nodes)
    if (random_() % 20) writer->set_property(node, name, some_value(1));
  writer.commit();
  vacuum_all();
  before.begin();
  check(before, nodes, age);
  check(before, nodes, name);
  // The first chunk becomes mixed, the second has values set beside snapshots, the third stays as it is.
  writer.begin();
  for (uint32_t i = 0; i < 2 * kChunkRows; i++) {
    uint32_t kind = i < kChunkRows ? random_() % 6 : 5;
    if (random_() % 3 == 0) writer->set_property(nodes[i], age, some_value(kind));
    if (random_() % 40 == 0) writer->set_property(nodes[i], name, some_value(random_() % 2 ? 1 : 4));
  }
  check(before, nodes, age);
  check(writer, nodes, age);
  check(writer, nodes, name);
  writer.commit();
  after.begin();
  for (Session* s : {&before, &after}) check(*s, nodes, age), check(*s, nodes, name);
  before.t.reset(), after.t.reset();
  vacuum_all();
  after.begin();
  check(after, nodes, age);
  check(after, nodes, name);
}

}  // namespace
}  // namespace elegraph::storage
