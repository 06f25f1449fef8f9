// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cassert>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "query/exec/rows.h"
#include "query/exec/state.h"

namespace elegraph::query::exec {

// The rows that a subplan starts from: all rows of a left batch, or one of them. Filled by the operator (or expression)
// that owns the subplan, before each restart() of it. The batch may move between calls (when the owner has to copy
// it), so nobody keeps the pointer.
struct Argument {
  const Batch* batch = nullptr;
  Rows rows;
  // Not kNoSlot: the subplan runs for all rows at once, and carries each outer row's number (among `rows`) in this
  // hidden slot.
  plan::Slot row_slot = plan::kNoSlot;
};

struct RowSplit;   // query/exec/row_split.h
class JoinBuilds;  // query/exec/join_table.h

struct BuildContext {
  State& state;
  const Argument* argument = nullptr;  // null: one empty row
  // A hidden slot that every operator carries beside its live ones: the row number of a batched subplan's outer row.
  std::vector<plan::Slot> carry;
  RowSplit* split = nullptr;  // not null: where the pipeline that is being built may be cut
  // Not null: set by an index seek that stops because it has given its PhysicalNode::most_rows. What is above it then
  // gives no more rows that matter.
  bool* cut_short = nullptr;
  // Of a pipeline that copies may be made of: where its hash joins' right sides are to be noted. Of a copy: where they are.
  JoinBuilds* joins = nullptr;
  const JoinBuilds* lent_joins = nullptr;
  // Where a subplan runs for many outer rows at once, below a LIMIT: the number of the first outer row of which rows are
  // wanted still. Those of others may be left out.
  const uint32_t* wanted_from = nullptr;
  // Of a subplan: nothing is written between its runs, so that what reads nothing of the outer row need not be made again.
  bool unchanged = true;

  // Of a subplan of it.
  BuildContext with(const Argument& inner, bool writes) const {
    return {state, &inner, carry, nullptr, nullptr, joins, lent_joins, nullptr, unchanged && !writes};
  }
};

// Checks, in builds with assertions, that an operator is asked in one way.
class Asked {
 public:
  enum Way : uint8_t { kNot, kRows, kWeighted, kCount, kNodes };
#ifdef NDEBUG
  void as(Way) {}
  void forget() {}
#else
  void as(Way way) {
    assert(way_ == kNot || way_ == way);
    way_ = way;
  }
  void forget() { way_ = kNot; }

 private:
  Way way_ = kNot;
#endif
};

class NodeSet;
class Operator;
using OperatorPtr = std::unique_ptr<Operator>;

// A node of a running plan. Pull-based; one class for each plan::NodeKind.
//
// Rules for next():
// - It runs within the caller's RCU section, and the next call may come on another thread in another section. So
//   between calls an operator keeps ids and copies only: a batch whose rows it has not used up goes into a HeldBatch
//   before it returns.
// - kYield is passed up from the child as it is; the operator goes on where it was. It starts one itself only at
//   the entry of produce(), where all state is in members.
// - The vectors of the batch that it gave stay until its next next() or restart().
// - It is asked in one way only, from one restart() to the next: by next(), next_weighted(), next_count() or next_nodes().
//   So it may keep rows as it was asked for them: what it holds with weights would come without them when asked otherwise.
//
// Thread-safety: one thread at a time.
class Operator {
 public:
  Operator(const plan::PhysicalNode& node, BuildContext& build);
  virtual ~Operator() = default;
  Operator(const Operator&) = delete;
  Operator& operator=(const Operator&) = delete;

  Step next(const Batch*& out);
  // As next(), where only the number of rows is wanted: cheaper for scans, filters and expansions.
  Step next_count(uint64_t& rows);
  // As next(), where rows that differ in nothing that is read above may come once: the row at i of the vectors stands
  // for weights[i] rows, or each for one where `weights` is null.
  Step next_weighted(const Batch*& out, const uint64_t*& weights);
  // To the start, under the (changed) argument, parameters and snapshot. Also before the first next().
  void restart() {
    asked_.forget();
    rewind();
  }
  // Adds the nodes in `slot` of the next rows to `out`; the number of rows is not needed. kBatch: call again.
  Step next_nodes(plan::Slot slot, NodeSet& out);

  const plan::PhysicalNode& node() const { return node_; }

 protected:
  virtual void rewind() = 0;
  virtual Step produce(const Batch*& out) = 0;
  virtual Step produce_count(uint64_t& rows);
  virtual Step produce_nodes(plan::Slot slot, NodeSet& out);
  // What produce_nodes() does by itself, without next(): `step`, which adds to `out`, with the nodes as rows of the
  // profile.
  Step profiled_nodes(NodeSet& out, const std::function<Step()>& step);
  virtual Step produce_weighted(const Batch*& out, const uint64_t*& weights);

  // Slots that someone above reads, and the hidden ones.
  const std::vector<plan::Slot>& live() const { return live_; }
  bool is_live(plan::Slot slot) const;
  void clear(Batch& batch) const;  // sized, no columns
  // What to copy of an input batch that outlives the call: all that this node or one above it reads.
  std::vector<plan::Slot> input_slots() const;

  const plan::PhysicalNode& node_;
  State& state_;
  bool unobserved_ = false;  // it hands on another operator's rows for the same node: that one is profiled and recorded

 private:
  bool is_profiled() const { return state_.context.profile && !unobserved_; }
  bool is_recorded() const { return state_.context.reads && !unobserved_; }
  template <class F>
  Step profiled(F&& step);
  Step observed(const Batch*& out);
  Step nodes_of_next(plan::Slot slot, NodeSet& out);

  std::vector<plan::Slot> live_;
  [[no_unique_address]] Asked asked_;
};

// The operator for a node and all below it.
OperatorPtr make_operator(const plan::PhysicalNode& node, BuildContext& build);

}  // namespace elegraph::query::exec
