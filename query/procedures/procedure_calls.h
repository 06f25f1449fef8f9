// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string_view>

#include "query/exec/table_source.h"
#include "query/procedures/body.h"

namespace elegraph::query {

// One session's calls: where its running statements find the rows of procedures. A declared procedure's body runs as an
// execution of its own in the caller's transaction and snapshot; its rows are copied, so that nothing refers to the
// store between two steps. Keeps compiled bodies.
//
// Thread-safety: one thread at a time, as the session.
class ProcedureCalls final : public exec::TableSources {
 public:
  explicit ProcedureCalls(GraphDatabase& database) : database_(database) {}

  // exec::TableSources
  uint32_t columns(std::string_view name) const override;
  std::unique_ptr<exec::TableSource> open(std::string_view name, std::span<const Value> arguments,
                                          exec::ExecutionContext& context) override;

 private:
  struct Compiled {
    ProcedurePtr procedure;
    std::shared_ptr<const ProcedureBody> body;
  };
  std::shared_ptr<const ProcedureBody> body_of(const ProcedurePtr& procedure);
  ProcedurePtr find(std::string_view name) const;  // 42883

  GraphDatabase& database_;
  std::map<std::string, Compiled, std::less<>> compiled_;  // by name
};

}  // namespace elegraph::query
