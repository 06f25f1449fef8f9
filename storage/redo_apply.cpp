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
  template <class Owner>
  void set_property(Chunk& chunk, uint32_t row, Owner owner, KeyId key);
  template <class Owner>
  void bulk_columns(Chunk& chunk, uint32_t row, uint32_t count, Owner owner);
  template <class Owner>
  Cell next_cell(Owner owner, KeyId key);
  template <class C>
  uint32_t take_free(C& chunk, uint32_t id, uint32_t count, const char* what);
  NodeChunk& opened_node_chunk(uint32_t node, LabelSetId labels);
  RelChunk& opened_rel_chunk(uint32_t rel, RelTypeId type);
  void check_end(uint32_t node) {
    if (!parts_.nodes.of(node)) corrupted("a node");
  }
  void step(Op op);
  void label_set();
  void create_nodes(uint32_t first, uint32_t count, LabelSetId labels);
  void create_relationship(uint32_t rel, RelTypeId type, NodeId source, NodeId target);
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
      create_nodes(node, 1, set_id());
      return;
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
      NodeChunk& c = live_node_chunk(node);
      return set_property(c, node % kChunkRows, c.newest_labels(node % kChunkRows), key);
    }
    case Op::kSetRelProperty: {
      uint32_t rel = id();
      KeyId key = key_id();
      RelChunk& c = live_rel_chunk(rel);
      return set_property(c, rel % kChunkRows, c.type, key);
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

NodeChunk& Applier::opened_node_chunk(uint32_t node, LabelSetId labels) {
  if (!parts_.nodes.of(node)) {
    parts_.nodes.set(node / kChunkRows, std::make_unique<NodeChunk>(labels));
    for (ChangeObserver* o : parts_.observers) o->node_chunk_opened(ChunkId(node / kChunkRows), labels);
  }
  return node_chunk(node);
}

RelChunk& Applier::opened_rel_chunk(uint32_t rel, RelTypeId type) {
  if (!parts_.rels.of(rel)) {
    parts_.rels.set(rel / kChunkRows, std::make_unique<RelChunk>(type));
    for (ChangeObserver* o : parts_.observers) o->relationship_chunk_opened(ChunkId(rel / kChunkRows), type);
  }
  return rel_chunk(rel);
}

// Rows that must be free, and are live then. Returns the first one.
template <class C>
uint32_t Applier::take_free(C& chunk, uint32_t id, uint32_t count, const char* what) {
  const uint32_t row = id % kChunkRows;
  if (any_in_range(chunk.live, row, count)) corrupted(what);
  chunk.take_rows(row, count);
  set_range(chunk.live, row, count);
  return row;
}

void Applier::create_nodes(uint32_t first, uint32_t count, LabelSetId labels) {
  NodeChunk& c = opened_node_chunk(first, labels);
  if (c.labels != labels) corrupted("a free node id");
  const uint32_t row = take_free(c, first, count, "a free node id");
  if (auto* mixed = c.mixed.load(std::memory_order_relaxed))
    for (uint32_t i = 0; i < count; ++i) mixed[row + i].store(c.labels.value, std::memory_order_relaxed);
}

// The adjacency lists are built from the chunks when all is replayed: finish_recovery().
void Applier::create_relationship(uint32_t rel, RelTypeId type, NodeId source, NodeId target) {
  check_end(source.value), check_end(target.value);
  RelChunk& c = opened_rel_chunk(rel, type);
  if (c.type != type) corrupted("a free relationship id");
  const uint32_t row = take_free(c, rel, 1, "a free relationship id");
  c.source[row] = source, c.target[row] = target;
}

// The next value. The most frequent kinds become cells without a Value in between.
template <class Owner>
Cell Applier::next_cell(Owner owner, KeyId key) {
  const Type type = Type(in_.peek());
  if (type != Type::kInt && type != Type::kString) {
    const Value value = in_.value();
    catalog_.observe(owner, key, value);
    return make_cell(value);
  }
  in_.u8();
  catalog_.observe(owner, key, TypeMask{1u << unsigned(type), 0});
  return type == Type::kInt ? Cell{CellType::kInt, in_.u64()} : Cell{CellType::kString, make_string_bits(in_.string())};
}

template <class Owner>
void Applier::set_property(Chunk& chunk, uint32_t row, Owner owner, KeyId key) {
  const Cell cell = next_cell(owner, key);
  if (cell.type == CellType::kNone && !chunk.column(key)) return;
  const Cell old = chunk.put(chunk.column_for(key), row, cell, true, garbage_);
  if (old.type != CellType::kNone) garbage_.push_back(old);
}

// The values of `count` fresh rows.
template <class Owner>
void Applier::bulk_columns(Chunk& chunk, uint32_t row, uint32_t count, Owner owner) {
  for (uint64_t columns = in_.varint(); columns > 0; --columns) {
    const KeyId key = key_id();
    Column* column = nullptr;
    for (uint32_t i = 0; i < count; ++i) {
      const Cell cell = next_cell(owner, key);
      if (cell.type == CellType::kNone) continue;
      if (!column) {
        column = &chunk.column_for(key);
        const bool empty =
            !column->cells.load(std::memory_order_relaxed) && !column->sparse.load(std::memory_order_relaxed);
        if (empty && count - i > SparseCells::kMax) chunk.make_dense(*column, cell.type, garbage_);
      }
      const Cell old = chunk.put(*column, row + i, cell, true, garbage_);
      if (old.type != CellType::kNone) garbage_.push_back(old);
    }
  }
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
  create_nodes(first, count, set);
  bulk_columns(node_chunk(first), first % kChunkRows, count, set);
}

void Applier::bulk_relationships() {
  RelTypeId type = type_id();
  uint32_t first = id(), count = id();
  if (count > kChunkRows || first % kChunkRows + count > kChunkRows) corrupted("a range of relationships");
  const std::string_view sources = in_.bytes(count * sizeof(NodeId)), targets = in_.bytes(count * sizeof(NodeId));
  for (const std::string_view ends : {sources, targets})
    for (Decoder each(ends); !each.done();) check_end(each.u32());
  RelChunk& c = opened_rel_chunk(first, type);
  if (c.type != type) corrupted("a free relationship id");
  const uint32_t row = take_free(c, first, count, "a free relationship id");
  std::memcpy(static_cast<void*>(c.source + row), sources.data(), sources.size());
  std::memcpy(static_cast<void*>(c.target + row), targets.data(), targets.size());
  bulk_columns(c, row, count, type);
}

}  // namespace

void apply(Graph& graph, std::string_view redo, Timestamp at) {
  rcu::ReadGuard guard;
  Applier(graph, redo, at).run();
}

}  // namespace elegraph::storage::redo
