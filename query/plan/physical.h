// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "index/property_index.h"
#include "query/cypher/ast.h"
#include "query/plan/expression.h"
#include "storage/error.h"

// Physical plans: what the planner makes and query/exec runs. Immutable, shared between sessions through the plan
// cache; an execution makes operators of its own from the nodes.
namespace elegraph::query::plan {

enum class NodeKind : uint8_t {
  kArgument,          // one row: the outer row of a subplan, or the empty row of a statement
  kAllNodesScan,      // slot
  kLabelScan,         // slot, labels (all of them; the rarest first)
  kAnyLabelScan,      // slot, labels (any of them)
  kRelationshipScan,  // rel (slot2 source, slot3 target), types; direction kOut or kBoth (each twice)
  kNodeIndexSeek,     // slot, index, equal / lower / upper / in_list (each row once) / prefix. Bounds may read outer slots,
                      // where it is the right side of a kApply
  kRelationshipIndexSeek,  // rel, slot2, slot3, types, direction as above; index, ...
  kNodeById,               // slot, expressions[0]: an id or list of ids
  kFilter,                 // expressions: all must be true
  kExpand,                 // slot (from) -> rel, slot2 (to), types, direction; `into`: slot2 is bound already
  kIntersect,              // legs: binds slot2 to each node that all of them reach
  kVarExpand,              // as kExpand with min_hops..max_hops; rel holds the list of relationships;
                           // expressions: predicates on the single relationship in slot3 (kNoSlot: none), expressions2:
                           // on the node in hop_node that each leads to; residual: on slots[0] and [1] behind it
  kShortestPath,  // slot, slot2 bound; rel: list of relationships; all_paths; min/max hops; both expressions as kVarExpand
  kProject,       // slots[i] = expressions[i]; the other slots of the input stay readable
  kUnwind,        // slot = each element of expressions[0]
  kAggregate,     // group by expressions -> slots; aggregates
  kDistinct,      // over `slots`
  kSort,          // sort keys; limit (in `limit`, may be null) makes it a top-k. `presorted`: left's rows are in the order
                  // of so many of the keys, and right is the same top-k without an index, for when left is cut short
  kSkip,          // expressions[0]
  kLimit,         // expressions[0]
  kApply,         // left, right: runs right for each left row (cartesian product included)
  kOptional,      // left, right: right's rows per left row, or one with `slots` null
  kSemiApply,     // left rows for which right has (anti: has no) rows
  kNodeSemiJoin,  // left rows whose node in `slot` is (anti: is not) among right's, run once; slot2: all, with whether
  kHashJoin,      // left, right on expressions (left keys) = expressions2 (right keys)
  kHashLeftJoin,  // the same where `residual` is true of the pair too; left rows without a match once, with nulls
  kHashSemiJoin,  // left rows that have a match (anti: have none) in that sense; slot2: all, with whether
  kHashCount,     // left rows, with the number of their matches in slot2
  kUnion,         // left then right; slots (output) from slots2 (left) and slots3 (right). Where the three are the same
                  // the other slots stay readable
  kEager,         // takes all of its input before its first row goes on
  kCreate,        // creates
  kMerge,         // left: input; right: the match subplan; creates when it has no row; set items
  kSet,           // sets
  kDelete,        // expressions; detach
  kForeach,       // slot in expressions[0]: runs right's updates for each element
  kProcedure,     // procedure call: expressions -> slots
  kEmptyResult,   // runs its input to the end and gives no rows
  kVirtualTable,  // a catalog table; slots are its columns
};

struct CreateItem {
  bool relationship = false;
  Slot slot = kNoSlot;
  std::vector<std::string> labels;  // node: labels; relationship: one type
  Slot source = kNoSlot, target = kNoSlot;
  // MERGE's, from or to a node that was there before, or between two: nobody else is to add one like it; in either
  // direction if it is undirected.
  bool only = false, undirected = false;
  BoundPtr properties;  // a map, or null
};

struct SetOperation {
  enum class Kind : uint8_t { kProperty, kReplace, kMerge, kAddLabels, kRemoveLabels, kRemoveProperty } kind;
  BoundPtr target;  // an entity
  std::string key;
  BoundPtr value;
  std::vector<std::string> labels;
  uint32_t position = 0;
};

struct AggregateCall {
  const AggregateDef* def = nullptr;
  BoundPtr arg, arg2;  // null for count(*)
  bool distinct = false;
  Slot slot = kNoSlot;
  uint32_t first = ~0u;  // collect(): nobody reads more than so many elements of the list
};

struct SortKey {
  BoundPtr expression;
  bool descending = false;
  bool nulls_first = false;
};

struct IndexBound {
  BoundPtr value;
  bool inclusive = true;
};

// A pattern relationship between a bound node and the one that a kIntersect binds.
struct IntersectLeg {
  Slot slot = kNoSlot;  // the bound node
  Slot rel = kNoSlot;
  std::vector<std::string> types;
  Direction direction = Direction::kOut;  // from the bound node
  std::vector<Slot> distinct_from;        // relationships of the row that `rel` must differ from
  std::vector<uint32_t> distinct_legs;    // earlier legs whose relationship it must differ from
};

// What conditions above an expansion imply of its ends: only those matter that are one of some nodes of the row or, where
// it is `adjacent`, have a relationship with one of them.
struct KnownEnds {
  std::vector<BoundPtr> nodes;  // slots of nodes or of lists of nodes
  bool adjacent = false;
  std::vector<std::string> types;
  Direction direction = Direction::kOut;  // from the end
};

struct PhysicalNode {
  NodeKind kind;
  std::shared_ptr<const PhysicalNode> left, right;

  Slot slot = kNoSlot, slot2 = kNoSlot, slot3 = kNoSlot, rel = kNoSlot;
  std::vector<Slot> slots, slots2, slots3;
  std::vector<BoundPtr> expressions, expressions2;
  std::vector<BoundPtr> residual;

  std::vector<std::string> labels, types;  // names; resolved to ids when the execution starts
  Direction direction = Direction::kOut;
  bool into = false;
  bool anti = false;
  bool detach = false;
  bool writes = false;  // kProcedure: changes the graph
  bool left_first =
      false;  // kHashJoin: the right side waits for the left one's first row; what that one writes is there then
  bool turned =
      false;  // kHashJoin: what was there before the pattern that it joins is on the right, as there is less of it
  bool all_paths = false;
  Slot hop_node = kNoSlot;
  int64_t min_hops = 1, max_hops = -1;  // -1: no end
  // kExpand/kVarExpand/kIntersect (of all legs): relationships that the new one must differ from (slots of relationships or
  // lists).
  std::vector<Slot> distinct_from;
  // kExpand, parallel to distinct_from: the node whose list has that relationship, if there is one such; it is met again
  // only where it is the expanded one.
  std::vector<Slot> distinct_at;
  // kVarExpand, kShortestPath: how many relationships it has, where that is all that is read of it; else kNoSlot.
  Slot hops = kNoSlot;
  // kVarExpand: the number of the row's walk, of which `rel` is made above it (BoundKind::kWalk); else kNoSlot. Every
  // batch between the two is a part of one of its batches.
  Slot walk = kNoSlot;
  // kVarExpand: expressions2 are not of the nodes that relationships lead to, but of those that they lead from, except of
  // where the walk begins.
  bool inner_nodes = false;
  // kVarExpand: each end counts once for a row, whatever ways lead there, and `rel` is not read. kShortestPath: for such
  // a walk, which may also come home to where it began. kHashSemiJoin: of rows with equal keys one that comes is enough.
  bool ends_once = false;
  // kVarExpand: the condition that slot2 is another node than slot, or null.
  BoundPtr elsewhere;
  // kVarExpand: the pattern is walked from its end, so `rel` lists the relationships from slot2 to slot.
  bool reversed = false;
  // kExpand/kVarExpand/kIntersect: the target must have these labels (checked while expanding).
  std::vector<std::string> target_labels;
  // kExpand: ends that it may leave out; that it does is not to be relied on.
  std::vector<KnownEnds> known_ends;
  std::vector<IntersectLeg> legs;
  // kIntersect: the ends of all relationships in distinct_from of its legs; only at these nodes can one be met again.
  // ends_unknown: one of them is a list, whose inner nodes are not in the row.
  std::vector<Slot> ends;
  bool ends_unknown = false;

  IndexId index;                // kAggregate: what makes unique_key so; a plan is made again without it
  std::vector<BoundPtr> equal;  // prefix of the index's components
  std::optional<IndexBound> lower, upper;
  BoundPtr in_list;            // over the component behind `equal`; bounds and prefix are over the one behind it
  BoundPtr prefix;             // STARTS WITH
  bool index_ordered = false;  // rows come in the index's order; kAggregate: those alike in expressions[0] together
  // kAggregate: each node in `slot` is a group of its own, whose rows come together; the keys read nothing else. Where
  // there is a `unique_key`, it is the number of one that no two nodes share, and nodes are told apart by it alone: those
  // that lack it are grouped by the other keys. With index_ordered: the node is expressions[0], and the other keys may
  // read anything, so that a node has groups of its own.
  bool by_node = false;
  std::optional<uint32_t> unique_key;
  // kDistinct of one slot of nodes: all of them are wanted before the first row is of use.
  bool all_at_once = false;
  bool descending = false;
  uint32_t most_rows = 0;  // below a sort of presorted rows, and there: after so many the index is left, 0: never

  std::vector<AggregateCall> aggregates;
  std::vector<SortKey> sort;
  uint32_t presorted = 0;
  BoundPtr limit;
  std::vector<CreateItem> creates;
  std::vector<SetOperation> sets, on_create, on_match;
  std::string procedure;  // kProcedure, kVirtualTable

  // Slots that someone above reads: others need not be carried. Filled for every node by the planner. Of the right
  // side of kApply, kOptional, kSemiApply and kMerge: what that side itself makes; the left row's slots are the left
  // side's. A kArgument's `live` are the outer slots that its subplan reads.
  std::vector<Slot> live;
  double estimated_rows = 0;
  double estimated_cost = 0;  // in rows touched, this node and all below
  uint32_t id = 0;            // numbers the nodes of a plan, root 0
};
using PhysicalPtr = std::shared_ptr<const PhysicalNode>;

inline bool is_node_scan(NodeKind kind) {
  return kind == NodeKind::kAllNodesScan || kind == NodeKind::kLabelScan || kind == NodeKind::kAnyLabelScan;
}

// Of a kUnion: whether both sides bind what it gives, so that rows go on as they are.
inline bool keeps_slots(const PhysicalNode& n) { return n.slots == n.slots2 && n.slots == n.slots3; }

// A range over an indexed property whose ends are parameters (or literals), and the share of the index that the plan takes
// it to have. It was made for other values where theirs is quite another one.
struct RangeEstimate {
  IndexId index;
  std::optional<IndexBound> lower, upper;
  BoundPtr prefix;  // instead of the two
  double share = 0;
  char magnitude = 0;  // as it looks at first sight, which is how values of later executions are looked at
};

struct ColumnDescription {
  std::string name;
  StaticType type;
  Slot slot = kNoSlot;
};

// A finished plan and what a client is told about it.
struct Plan {
  PhysicalPtr root;
  uint32_t slot_count = 0;
  uint32_t node_count = 0;                 // ids are below this, subplans' too
  std::vector<ColumnDescription> columns;  // empty: the statement returns no rows
  bool writes = false;
  // Which command tag: docs/wire.md, "Command tags".
  enum class Tag : uint8_t { kSelect, kInsert, kUpdate, kDelete, kMerge } tag = Tag::kSelect;
  std::vector<StaticType> parameters;  // $1.., then lifted literals
  uint32_t user_parameters = 0;        // how many of them the client binds
  std::vector<std::string> parameter_names;
  bool deterministic = true;         // each function: same arguments, same result within a statement
  bool same_in_all_sessions = true;  // the statement: under one snapshot, with the same values
  uint64_t catalog_epoch = 0;
  cypher::ExplainMode explain = cypher::ExplainMode::kNone;
  std::vector<Error> notices;  // for the client that had it planned
  std::vector<RangeEstimate> ranges;
  std::vector<BoundPtr> ranges_made;  // calls of range() whose bounds no row gives
};

}  // namespace elegraph::query::plan
