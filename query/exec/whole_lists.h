// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

#include "query/exec/adjacency.h"
#include "query/exec/expansion_input.h"
#include "query/exec/input_rows.h"
#include "query/exec/node_set.h"
#include "query/exec/output_rows.h"

namespace elegraph::query::exec {

// Expands row after row as long as the lists of one fit as a whole, which is what nearly all do: without the book-keeping
// for a row that is left half-way.
//
// Thread-safety: one thread at a time, within one read section a call.
class WholeLists {
 public:
  WholeLists(State& state, AdjacencyLists& lists, const plan::PhysicalNode& node)
      : state_(state), lists_(lists), input_(node) {}

  // Whether the batch's rows are of the kind that it can expand.
  bool take(const Batch& in) { return input_.take(in); }

  // REQUIRES: take(). Goes on from the input's current row to the first whose lists do not fit, or to the end. `rels` gets
  // the relationships where `wants_rel`; else its contents are undefined. Labels of the ends are not looked at.
  void expand(InputRows& in, OutputRows& out, NodeId* nodes, RelId* rels, bool wants_rel);

  // REQUIRES: take(). Adds the ends with the labels of the rest of the input's rows.
  void add_ends(InputRows& in, LabelFilter& labels, NodeSet& ends, NodeSet& expanded);

  // REQUIRES: take(). counts[n] becomes how many rows come of row number n, for the rest of the input's rows; `may_stop`:
  // or until the budget is spent.
  void count(InputRows& in, LabelFilter& labels, uint64_t* counts, bool may_stop);

 private:
  struct Output {
    OutputRows& rows;
    NodeId* nodes;
    RelId* rels;
    bool copies_rels;
  };

  template <class F>
  void with_cursors(F&& f);
  template <class Cursors, class F>
  void for_rows_ahead(const Cursors& cursors, InputRows& in, uint32_t bytes_each, F&& f);
  template <class Cursors>
  bool expand_row(const Cursors& cursors, NodeId from, uint32_t row, const Output& out);
  uint32_t drop_excluded(NodeId* nodes, RelId* rels, uint32_t count) const;
  static uint32_t drop_loops(NodeId* nodes, RelId* rels, uint32_t count, NodeId from);
  bool was_expanded(NodeId from, uint32_t number, NodeSet& expanded) const;
  void add_list(const storage::Neighbors& list, LabelFilter& labels, NodeSet& ends) const;
  static void add_nodes(std::span<const NodeId> nodes, LabelFilter& labels, NodeSet& ends);
  template <class Cursors>
  uint64_t count_row(const Cursors& cursors, NodeId from, uint32_t row, LabelFilter& labels);
  uint64_t count_list(const storage::Neighbors& list, NodeId from, bool no_loops, LabelFilter& labels);
  uint64_t count_unwanted(const storage::Neighbors& list, NodeId from, bool no_loops) const;
  NodeId other_end(RelId relationship, NodeId node) const;
  bool second_direction(uint32_t list) const { return lists_.direction() == Direction::kBoth && list % 2; }

  State& state_;
  AdjacencyLists& lists_;
  ExpansionInput input_;
  std::vector<storage::ListCursor> cursors_;  // within a call
  std::vector<RelId> excluded_;               // of the current row
  storage::NeighborScratch scratch_;
};

}  // namespace elegraph::query::exec
