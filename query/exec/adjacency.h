// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include "query/exec/rows.h"
#include "query/exec/state.h"

namespace elegraph::query::exec {

// Relationship types by name, with the ids that exist so far; no names stand for every type.
class TypeSet {
 public:
  explicit TypeSet(const std::vector<std::string>& names) : names_(names) {}
  // Looks names up that were unknown before (this statement may create them). Cheap when nothing is new. Types keep their
  // places and new ones come last: a row may be left half-way through its lists, which are numbered by them.
  void refresh(const storage::Catalog& catalog);
  std::span<const RelTypeId> ids() const { return ids_; }
  bool contains(RelTypeId type) const { return std::find(ids_.begin(), ids_.end(), type) != ids_.end(); }

 private:
  const std::vector<std::string>& names_;
  std::vector<RelTypeId> ids_;
  uint32_t seen_types_ = 0;
};

// Whether nodes have all of some labels; keeps what is known of whole chunks.
class LabelFilter {
 public:
  LabelFilter(State& state, const std::vector<std::string>& names) : state_(state), names_(names) {}
  void restart();
  bool trivial() const { return names_.empty(); }
  bool matches(NodeId node);
  // The numbers of those of the nodes that match, ascending, into `kept`; nothing is written where all of
  // them do.
  uint32_t select(std::span<const NodeId> nodes, uint16_t* kept) {
    return select(nodes.data(), {nullptr, uint32_t(nodes.size())}, kept);
  }
  // Of these rows; `kept` has room for them, and may be rows.rows.
  uint32_t select(const NodeId* nodes, Rows rows, uint16_t* kept);

 private:
  // Whether a chunk's nodes match. Bits: what several are, together.
  enum Chunk : uint8_t { kNone = 1, kAll = 2, kMixed = 4, kUnknown = 8 };
  Chunk look_up(ChunkId chunk);
  Chunk chunk_of(NodeId node);
  uint8_t chunks_of(const NodeId* nodes, Rows rows);
  bool all_nodes_match(size_t asked);
  bool resolve();

  State& state_;
  const std::vector<std::string>& names_;
  std::vector<LabelId> labels_;
  std::vector<Chunk> chunks_;
  LabelSetId last_set_;
  Chunk last_chunk_ = kUnknown;
  uint64_t asked_ = 0;           // of select()
  Chunk all_chunks_ = kUnknown;  // kAll: every chunk of the snapshot is that
};

// The adjacency lists that a pattern step reads at a node: one per relationship type and direction. A loop appears in
// the list of each direction, but a step in both directions takes it once: `skip_loops` is set for the second list.
class AdjacencyLists {
 public:
  AdjacencyLists(State& state, const std::vector<std::string>& types, Direction direction)
      : state_(state), types_(types), direction_(direction) {}

  void refresh() { types_.refresh(state_.context.graph->catalog()); }
  uint32_t lists() const { return uint32_t(types_.ids().size()) * (direction_ == Direction::kBoth ? 2 : 1); }

  struct List {
    storage::Neighbors neighbors;
    bool skip_loops = false;
  };
  List read(NodeId node, uint32_t list) {
    Direction d = direction_of(list);
    bool second = direction_ == Direction::kBoth && d == Direction::kIn;
    return {state_.reader.neighbors(node, d, type_of(list), scratch_), second};
  }
  uint32_t degree(NodeId node, uint32_t list) const {
    return state_.reader.degree(node, direction_of(list), type_of(list));
  }
  // As Reader::list_size(), of all lists.
  uint64_t size(NodeId node, uint32_t limit) const {
    uint64_t n = 0;
    for (uint32_t i = 0; i < lists() && n < limit; i++)
      n += state_.reader.list_size(node, direction_of(i), type_of(i), limit);
    return n;
  }
  void prefetch_header(NodeId node) const {
    for (uint32_t i = 0; i < lists(); i++) state_.reader.prefetch_header(node, direction_of(i), type_of(i));
  }
  void prefetch_list(NodeId node) const {
    for (uint32_t i = 0; i < lists(); i++) state_.reader.prefetch_list(node, direction_of(i), type_of(i));
  }
  // Whether one of the node's lists has the relationship.
  bool has(NodeId node, RelId rel) const;

  Direction direction() const { return direction_; }
  Direction direction_of(uint32_t list) const {
    if (direction_ != Direction::kBoth) return direction_;
    return list % 2 ? Direction::kIn : Direction::kOut;
  }
  RelTypeId type_of(uint32_t list) const { return types_.ids()[direction_ == Direction::kBoth ? list / 2 : list]; }

 private:
  State& state_;
  TypeSet types_;
  Direction direction_;
  storage::NeighborScratch scratch_;
};

// The node (relationship) in a column's row, or an invalid id for null. Errors: 22023 for another type.
NodeId node_at(const Vector& column, uint32_t row);
RelId relationship_at(const Vector& column, uint32_t row);
// Adds the relationship, or each of the list of them, in a column's row.
void add_relationships_at(const Vector& column, uint32_t row, std::vector<RelId>& out);

}  // namespace elegraph::query::exec
