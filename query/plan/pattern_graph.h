// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "query/cypher/ast.h"
#include "query/plan/expression.h"
#include "query/plan/scope.h"

namespace elegraph::query::plan {

struct PatternNode {
  Slot slot = kNoSlot;
  std::vector<std::string> labels;  // all of them
};

struct PatternRelationship {
  Slot slot = kNoSlot;             // the relationship, or the list of a variable-length one
  bool bound = false;              // a clause before has found it: its ends are looked up
  uint32_t from = 0, to = 0;       // indexes of nodes, as written (kIn: the arrow points at `from`)
  std::vector<std::string> types;  // any of them
  Direction direction = Direction::kBoth;
  bool variable_length = false;
  int64_t min_hops = 1, max_hops = -1;
  cypher::PathKind path_kind = cypher::PathKind::kPlain;
  Slot element = kNoSlot;  // variable length: the single relationship in `element_predicates`
  std::vector<BoundPtr> element_predicates;
  Slot hop_node = kNoSlot;  // variable length: the node that a relationship leads to, in `hop_predicates`
  std::vector<BoundPtr> hop_predicates;
  bool inner_nodes = false;                // hop_predicates are not of where the walk ends, nor of where it begins
  Slot first = kNoSlot, second = kNoSlot;  // variable length: two that follow each other, in `pair_predicates`
  std::vector<BoundPtr> pair_predicates;
  uint32_t group = 0;  // relationships of one group differ from each other
  uint32_t position = 0;
};

struct PatternPathBinding {
  Slot slot = kNoSlot;
  std::vector<Slot> parts;  // node, relationship (list), node, ...
  BoundPtr value;           // of these, in the path's stead: null for the path
};

// The logical form of one or several MATCH clauses: what must hold, in no order. Nodes and relationships of the
// patterns are its vertices and edges; everything else is a predicate.
struct PatternGraph {
  std::vector<PatternNode> nodes;
  std::vector<PatternRelationship> relationships;
  std::vector<PatternPathBinding> paths;
  std::vector<BoundPtr> predicates;  // conjuncts
  uint32_t groups = 0;
  std::vector<Slot>
      grouped_by;               // nodes by any of which rows that come together are groups of the next clause, or hold them
  std::vector<Slot> read_next;  // nodes and relationships whose properties the next clause reads
  bool may_stop_early = false;  // rows may be wanted before all are there
  bool grouped_apart = false;   // the next clause groups them by what each component has (component_groups.h)
  Slot sorted_by = kNoSlot;  // the relationship of whose index the clause behind takes the first rows only, `taken` of them
  double taken = 0;
  bool grows = false;  // each row that does not find it makes it (MERGE), so there may be any number soon

  bool empty() const { return nodes.empty() && predicates.empty(); }
};

// What EXISTS looks for, before it is planned for one outer row at a time: it may be worth finding all of it at once.
struct ExistsPattern {
  PatternGraph graph;
};

// How a pattern may use the scope it is bound in.
struct PatternRules {
  bool may_declare = true;  // false: pattern predicates, which introduce no variables
  bool refine = true;       // labels of variables that are bound before hold for the rest of the statement
};

// Binds the patterns of one clause into `graph`, adds the variables that they declare to `scope`, and `where` to the
// predicates. Throws Error 42xxx.
void bind_patterns(StatementContext& context, Scope& scope, const std::vector<const cypher::PathPattern*>& patterns,
                   const cypher::Expression* where, PatternRules rules, PatternGraph& graph);

}  // namespace elegraph::query::plan
