// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "query/exec/operator.h"

namespace elegraph::query::exec {

// The rows of one procedure call or catalog table. Keeps no reference into the store between two calls of next(). One
// thread at a time.
class TableSource {
 public:
  virtual ~TableSource() = default;
  // kBatch: the next row's values, one per output column as the signature (the table) has them, are in `row`. kYield,
  // only where the caller may: the budget is spent, call again.
  virtual Step next(std::span<Value> row, bool may_yield) = 0;
};

// Where kProcedure and kVirtualTable find their rows; in ExecutionContext::tables. Thread-safe.
class TableSources {
 public:
  virtual ~TableSources() = default;
  // How many output columns it has. Errors: 42883 no such procedure, 42P01 no such table.
  virtual uint32_t columns(std::string_view name) const = 0;
  // `arguments` is empty for tables. Runs inside the caller's RCU section.
  virtual std::unique_ptr<TableSource> open(std::string_view name, std::span<const Value> arguments,
                                            ExecutionContext& context) = 0;
};

OperatorPtr make_table_operator(const plan::PhysicalNode&, BuildContext&);

}  // namespace elegraph::query::exec
