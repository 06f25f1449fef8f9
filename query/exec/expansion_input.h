// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "query/exec/batch.h"
#include "query/plan/physical.h"

namespace elegraph::query::exec {

// What an expansion reads of its input's rows, where it lies in columns of the usual kind: nodes, and single
// relationships that the new one must differ from, without nulls. Valid as long as the batch.
class ExpansionInput {
 public:
  template <class IdT>
  class Column {
   public:
    bool take(const Vector& v, Type type) {
      if (v.type() != type || !v.all_valid()) return false;
      cells_ = v.data<IdT>();
      mask_ = v.constant() ? 0 : ~0u;
      return true;
    }
    IdT operator[](uint32_t row) const { return cells_[row & mask_]; }

   private:
    const IdT* cells_ = nullptr;
    uint32_t mask_ = 0;  // 0: one value stands for all rows
  };

  explicit ExpansionInput(const plan::PhysicalNode& node) : node_(node) {}

  // False where one of the columns is of another kind.
  bool take(const Batch& in) {
    others_.clear();
    if (!from_.take(in.column(node_.slot), Type::kNode)) return false;
    for (size_t i = 0; i < node_.distinct_from.size(); i++) {
      Other other;
      other.anywhere = node_.distinct_at[i] == plan::kNoSlot;
      if (!other.rel.take(in.column(node_.distinct_from[i]), Type::kRelationship)) return false;
      if (!other.anywhere && !other.at.take(in.column(node_.distinct_at[i]), Type::kNode)) return false;
      others_.push_back(other);
    }
    return true;
  }

  const Column<NodeId>& from() const { return from_; }
  bool has_others() const { return !others_.empty(); }
  // Each once: the relationships that must not be taken again and may be in a list of `from`, the row's node.
  void excluded(uint32_t row, NodeId from, std::vector<RelId>& out) const {
    out.clear();
    for (const Other& o : others_)
      if ((o.anywhere || o.at[row] == from) && std::find(out.begin(), out.end(), o.rel[row]) == out.end())
        out.push_back(o.rel[row]);
  }

 private:
  struct Other {
    bool anywhere = false;
    Column<RelId> rel;
    Column<NodeId> at;
  };

  const plan::PhysicalNode& node_;
  Column<NodeId> from_;
  std::vector<Other> others_;
};

}  // namespace elegraph::query::exec
