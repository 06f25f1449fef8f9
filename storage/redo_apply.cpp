// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "storage/error.h"
#include "storage/graph_parts.h"
#include "storage/rcu.h"
#include "storage/redo.h"
#include "storage/value_codec.h"

namespace elegraph::storage::redo {

namespace {

[[noreturn]] void corrupted(const char* what) {
  throw Error(sqlstate::kDataCorrupted, std::string("the log names ") + what + " that does not exist");
}

// Changes rows in place: there are no readers and no versions yet.
class Applier {
 public:
  Applier(Graph& graph, std::string_view redo, Timestamp at)
      : parts_(graph.parts()), catalog_(parts_.catalog), in_(redo), at_(at) {}
  ~Applier() {
    for (const Cell& c : garbage_) free_cell(c);
  }
  void run() {
    while (!in_.done()) step(Op(in_.u8()));
  }

 private:
  uint32_t id() {
    // The last chunk holds the id that means none.
    constexpr uint64_t kIds = uint64_t{ChunkDirectory<NodeChunk>::kTop * ChunkDirectory<NodeChunk>::kLeaf - 1} * kChunkRows;
    uint64_t v = in_.varint();
    if (v >= kIds) corrupted("an id");
    return uint32_t(v);
  }
  LabelSetId set_id() {
    LabelSetId set(id());
    if (set.value >= catalog_.label_set_count()) corrupted("a label set");
    return set;
  }
  RelTypeId type_id() {
    RelTypeId type(id());
    if (type.value >= catalog_.rel_type_count()) corrupted("a relationship type");
    return type;
  }
  KeyId key_id() {
    KeyId key(id());
    if (key.value >= catalog_.key_count()) corrupted("a property key");
    return key;
  }
  NodeChunk& node_chunk(uint32_t node) {
    NodeChunk* c = parts_.nodes.of(node);
    if (!c) corrupted("a node");
    c->changed.store(at_, std::memory_order_relaxed);
    return *c;
  }
  RelChunk& rel_chunk(uint32_t rel) {
    RelChunk* c = parts_.rels.of(rel);
    if (!c) corrupted("a relationship");
    c->changed.store(at_, std::memory_order_relaxed);
    return *c;
  }
  NodeChunk& live_node_chunk(uint32_t node) {
    NodeChunk& c = node_chunk(node);
    if (!test(c.live, node % kChunkRows)) corrupted("a node");
    return c;
  }
  RelChunk& live_rel_chunk(uint32_t rel) {
    RelChunk& c = rel_chunk(rel);
    if (!test(c.live, rel % kChunkRows)) corrupted("a relationship");
    return c;
  }
  void step(Op op);
  void label_set();
  void create_node(uint32_t node, LabelSetId labels);
  void create_relationship(uint32_t rel, RelTypeId type, NodeId source, NodeId target);
  void put(Chunk& chunk, uint32_t row, KeyId key, const Value& value);
  void relabel(uint32_t node, LabelSetId next);
  void delete_relationship(uint32_t rel);
  void delete_node(uint32_t node);
  void bulk_nodes();
  void bulk_relationships();

  Graph::Parts& parts_;
  Catalog& catalog_;
  Decoder in_;
  Timestamp at_;
  std::vector<Cell> garbage_;
};

void Applier::step(Op op) {
  switch (op) {
    case Op::kLabel:
    case Op::kRelType:
    case Op::kKey: {
      uint32_t name = id();
      NameKind kind = op == Op::kLabel ? NameKind::kLabel : op == Op::kRelType ? NameKind::kRelType : NameKind::kKey;
      return catalog_.restore(kind, name, in_.string());
    }
    case Op::kLabelSet: return label_set();
    case Op::kDefinition: {
      std::string_view payload = in_.string();
      for (ChangeObserver* o : parts_.observers) o->recovered_definition(payload);
      return;
    }
    case Op::kCreateNode: {
      uint32_t node = id();
      return create_node(node, set_id());
    }
    case Op::kCreateRelationship: {
      uint32_t rel = id();
      RelTypeId type = type_id();
      NodeId source(id()), target(id());
      return create_relationship(rel, type, source, target);
    }
    case Op::kSetNodeProperty: {
      uint32_t node = id();
      KeyId key = key_id();
      Value value = in_.value();
      NodeChunk& c = live_node_chunk(node);
      catalog_.observe(c.newest_labels(node % kChunkRows), key, value);
      return put(c, node % kChunkRows, key, value);
    }
    case Op::kSetRelProperty: {
      uint32_t rel = id();
      KeyId key = key_id();
      Value value = in_.value();
      RelChunk& c = live_rel_chunk(rel);
      catalog_.observe(c.type, key, value);
      return put(c, rel % kChunkRows, key, value);
    }
    case Op::kSetLabels: {
      uint32_t node = id();
      return relabel(node, set_id());
    }
    case Op::kDeleteRelationship: return delete_relationship(id());
    case Op::kDeleteNode: return delete_node(id());
    case Op::kBulkNodes: return bulk_nodes();
    case Op::kBulkRelationships: return bulk_relationships();
  }
  throw Error(sqlstate::kDataCorrupted, "the log has an unknown operation " + std::to_string(unsigned(op)));
}

void Applier::label_set() {
  LabelSetId set(id());
  std::vector<LabelId> labels;
  for (uint64_t n = in_.varint(); n > 0; --n) labels.push_back(LabelId(id()));
  catalog_.restore(set, labels);
}

void Applier::create_node(uint32_t node, LabelSetId labels) {
  if (!parts_.nodes.of(node)) {
    parts_.nodes.set(node / kChunkRows, std::make_unique<NodeChunk>(labels));
    for (ChangeObserver* o : parts_.observers) o->node_chunk_opened(ChunkId(node / kChunkRows), labels);
  }
  NodeChunk& c = node_chunk(node);
  uint32_t row = node % kChunkRows;
  if (c.labels != labels || test(c.live, row)) corrupted("a free node id");
  c.take_row(row);
  if (auto* mixed = c.mixed.load(std::memory_order_relaxed)) mixed[row].store(c.labels.value, std::memory_order_relaxed);
  set(c.live, row);
}

// The adjacency lists are built from the chunks when all is replayed: finish_recovery().
void Applier::create_relationship(uint32_t rel, RelTypeId type, NodeId source, NodeId target) {
  if (!parts_.nodes.of(source.value) || !parts_.nodes.of(target.value)) corrupted("a node");
  if (!parts_.rels.of(rel)) {
    parts_.rels.set(rel / kChunkRows, std::make_unique<RelChunk>(type));
    for (ChangeObserver* o : parts_.observers) o->relationship_chunk_opened(ChunkId(rel / kChunkRows), type);
  }
  RelChunk& c = rel_chunk(rel);
  uint32_t row = rel % kChunkRows;
  if (c.type != type || test(c.live, row)) corrupted("a free relationship id");
  c.take_row(row);
  c.source[row] = source, c.target[row] = target;
  set(c.live, row);
}

void Applier::put(Chunk& chunk, uint32_t row, KeyId key, const Value& value) {
  if (value.is_null() && !chunk.column(key)) return;
  Cell old = chunk.put(chunk.column_for(key), row, make_cell(value), true, garbage_);
  if (old.type != CellType::kNone) garbage_.push_back(old);
}

void Applier::relabel(uint32_t node, LabelSetId next) {
  NodeChunk& c = live_node_chunk(node);
  if (next != c.labels && std::find(c.other_sets.begin(), c.other_sets.end(), next) == c.other_sets.end()) {
    c.other_sets.push_back(next);
    for (ChangeObserver* o : parts_.observers) o->node_chunk_opened(ChunkId(node / kChunkRows), next);
  }
  c.make_mixed()[node % kChunkRows].store(next.value, std::memory_order_release);
  for (const Column* column : c.columns.load() ? c.columns.load()->columns : std::vector<Column*>())
    if (Cell cell = column->get(node % kChunkRows); cell.type != CellType::kNone)
      catalog_.observe(next, column->key, cell_value(cell));
}

void Applier::delete_relationship(uint32_t rel) {
  RelChunk& c = live_rel_chunk(rel);
  uint32_t row = rel % kChunkRows;
  clear(c.live, row);
  c.clear_row(row, garbage_);
}

void Applier::delete_node(uint32_t node) {
  NodeChunk& c = live_node_chunk(node);
  clear(c.live, node % kChunkRows);
  c.clear_row(node % kChunkRows, garbage_);
}

void Applier::bulk_nodes() {
  LabelSetId set = set_id();
  uint32_t first = id(), count = id();
  if (count > kChunkRows || first % kChunkRows + count > kChunkRows) corrupted("a range of nodes");
  for (uint32_t i = 0; i < count; ++i) create_node(first + i, set);
  for (uint64_t columns = in_.varint(); columns > 0; --columns) {
    KeyId key = key_id();
    for (uint32_t i = 0; i < count; ++i) {
      Value v = in_.value();
      if (v.is_null()) continue;
      catalog_.observe(set, key, v);
      put(node_chunk(first + i), (first + i) % kChunkRows, key, v);
    }
  }
}

void Applier::bulk_relationships() {
  RelTypeId type = type_id();
  uint32_t first = id(), count = id();
  if (count > kChunkRows || first % kChunkRows + count > kChunkRows) corrupted("a range of relationships");
  std::vector<uint32_t> sources, targets;
  for (uint32_t i = 0; i < count; ++i) sources.push_back(in_.u32());
  for (uint32_t i = 0; i < count; ++i) targets.push_back(in_.u32());
  for (uint32_t i = 0; i < count; ++i) create_relationship(first + i, type, NodeId(sources[i]), NodeId(targets[i]));
  for (uint64_t columns = in_.varint(); columns > 0; --columns) {
    KeyId key = key_id();
    for (uint32_t i = 0; i < count; ++i) {
      Value v = in_.value();
      if (v.is_null()) continue;
      catalog_.observe(type, key, v);
      put(rel_chunk(first + i), (first + i) % kChunkRows, key, v);
    }
  }
}

}  // namespace

void apply(Graph& graph, std::string_view redo, Timestamp at) {
  rcu::ReadGuard guard;
  Applier(graph, redo, at).run();
}

}  // namespace elegraph::storage::redo
