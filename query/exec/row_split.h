// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "query/exec/join_table.h"
#include "query/exec/operator.h"
#include "query/exec/row_store.h"

namespace elegraph::query::exec {

class KeptRows;

// The place where a pipeline may be cut: the operators below run alone, and what they give is kept, so that it can be dealt
// out to copies of what is above. Set in the BuildContext of the pipeline (then `kept` comes out) and of its copies.
struct RowSplit {
  const plan::PhysicalNode* source = nullptr;
  KeptRows* kept = nullptr;
  // A copy's: the rows that it has.
  const RowStore* rows = nullptr;
  uint64_t begin = 0, end = 0;
};

// For make_operator(): the operator for the source itself.
OperatorPtr make_row_split(const plan::PhysicalNode& source, BuildContext& build);

// Of an operator that takes all of its input before it gives rows: runs copies of the input's pipeline side by side where
// that turns out to be worth it, each on a part of the rows that the pipeline starts from. Parts are in the rows' order,
// so that what is put together in the order of parts is as if one had done it alone.
class RowSplitter {
 public:
  // `allowed`: the operator could put parts together.
  RowSplitter(const plan::PhysicalNode& below, BuildContext& build, bool allowed);
  RowSplitter(const RowSplitter&) = delete;
  RowSplitter& operator=(const RowSplitter&) = delete;

  void restart() { decided_ = left_ = in_parts_ = false; }
  // REQUIRED for the pipeline itself.
  BuildContext& build() { return build_; }
  // REQUIRED before copies of the pipeline are made: kDone, or what next() is to return. And for each of them.
  Step prepare_copies() const { return joins_.fill_all(state_, below_); }
  void lend(BuildContext& copy) const { copy.lent_joins = &joins_; }
  // REQUIRED before the pipeline runs: kDone, or what next() is to return.
  Step prepare();
  // Whether the pipeline itself is not to run, but copies of it.
  bool in_parts() const { return in_parts_; }
  // Into how many it is worth dealing the rows out, and number `part` of so many.
  uint32_t parts() const;
  RowSplit part(uint32_t part, uint32_t parts) const;

 private:
  bool is_long() const;

  const plan::PhysicalNode& below_;
  State& state_;
  RowSplit split_;
  JoinBuilds joins_;
  BuildContext build_;
  bool decided_ = false, left_ = false, in_parts_ = false;
};

}  // namespace elegraph::query::exec
