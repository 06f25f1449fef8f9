// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

#include "query/exec/adjacency.h"
#include "query/exec/node_set.h"
#include "query/plan/physical.h"

namespace elegraph::query::exec {

// Which ends of an expansion the conditions above it may hold for (plan::KnownEnds). The lists of the known nodes are read
// once, into a set, when so many ends were asked for that this pays; until then, and where they are other nodes in every
// row, all ends pass.
//
// Thread-safety: one thread at a time, within one read section a call.
class KnownEndsFilter {
 public:
  KnownEndsFilter(State& state, const plan::KnownEnds& known);

  void restart();
  // REQUIRED before the first ends of a batch's rows.
  void take(const Batch& in);
  // The numbers of those of the nodes that pass, ascending, into `kept`; nothing is written where all of them do.
  uint32_t select(std::span<const NodeId> ends, uint16_t* kept);

 private:
  bool find_values(const Batch& in);
  bool add_column(const Vector& column, Rows rows);
  bool add_value(Value value);
  bool knows(const Value& value) const;
  void take_nodes();
  uint64_t count_neighbors();
  void make_set();

  State& state_;
  const plan::KnownEnds& known_;
  AdjacencyLists lists_;
  std::vector<Value> values_, found_;  // nodes and lists of them that rows have: all known ones, and the batch's
  std::vector<NodeId> nodes_;          // in values_
  bool usable_ = false, ready_ = false;
  bool hopeless_ = false;
  uint64_t work_ = 0, asked_ = 0;
  NodeSet ends_;
  MemoryAccount memory_;
};

}  // namespace elegraph::query::exec
