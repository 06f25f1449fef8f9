// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "query/exec/operators/argument.h"

namespace elegraph::query::exec {

// Base of the leaves (scans, seeks). In a subplan a leaf gives its rows once for each row of the argument, with the
// outer row's live slots beside them as constants.
class SourceOperator : public Operator {
 public:
  SourceOperator(const plan::PhysicalNode& node, BuildContext& build);
  void rewind() override;

 protected:
  Step produce(const Batch*& out) override;
  Step produce_count(uint64_t& rows) override;

  // Begins for the outer row in outer().
  virtual void start() = 0;
  // The next rows into `out`, whose columns are the outer row's so far; false at the end. A count of 0 means: call
  // again.
  virtual bool more(Batch& out) = 0;
  // How many rows more() would give; counting sources need not make them.
  virtual bool more_count(uint64_t& rows);

  // The outer row as a batch of one row, for expressions.
  const Batch& outer() const { return outer_.batch(); }
  // For sources that produce() the rows of several outer rows in one batch: to the next outer row unless one is being
  // worked on, until end_row() or until no more is wanted of it; false after the last.
  bool advance();
  void end_row() { running_ = false; }
  uint32_t outer_number() const { return outer_.number(); }

 private:
  void clear_output();

  OuterRow outer_;
  Batch out_;
  UnwantedRows unwanted_;
  bool running_ = false;
};

}  // namespace elegraph::query::exec
