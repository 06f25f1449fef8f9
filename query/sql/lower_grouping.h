// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "query/sql/lower.h"

namespace elegraph::query::sql {

// One SELECT's GROUP BY. Once it is active, expressions are over the rows of its WITH: a group key or an
// aggregate call becomes a variable of that, and no other column of the SELECT's own tables may be read.
struct Lowering::Grouping {
  static constexpr size_t kNoTable = size_t(-1);
  struct Column {
    const Tree* expression;
    std::string variable;
    size_t table;  // of a key that is a column: another scope may have a nearer one of its name
  };

  // Makes a level for one SELECT inside of the one that is there, for as long as it lives.
  explicit Grouping(Grouping*& current) : outer(current), slot_(current) {
    if (outer) slot_ = this;
  }
  ~Grouping() { slot_ = outer; }
  Grouping(const Grouping&) = delete;
  Grouping& operator=(const Grouping&) = delete;

  void activate(size_t first, size_t end) {
    active = true;
    first_table = first;
    end_table = end;
    slot_ = this;
  }

  // The WITH's projection, once all that is over groups was lowered.
  cypher::Projection finish(ExpressionPtr having);

  Grouping* const outer;
  bool active = false;
  size_t first_table = 0, end_table = 0;  // the SELECT's own
  std::vector<Column> keys, aggregates;
  cypher::Projection projection;  // of the WITH

 private:
  Grouping*& slot_;
};

}  // namespace elegraph::query::sql
