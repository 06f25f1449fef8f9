// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "query/functions/registry.h"

namespace elegraph::query {

// What a CALL names: enough to check the call and to type its columns. How it runs is the executor's matter.
struct ProcedureSignature {
  struct Field {
    std::string name;
    StaticType type;  // kAny: any value is taken or given
  };
  std::string name;  // "db.labels", as declared
  std::vector<Field> inputs, outputs;
  bool writes = false;         // changes the graph
  bool deterministic = false;  // gives the same rows for the same arguments under one snapshot
};

// The procedures that can be called. Wait-free under the caller's rcu::ReadGuard; a signature stays valid for as
// long as its pointer is held.
class ProcedureCatalog {
 public:
  virtual ~ProcedureCatalog() = default;
  virtual std::shared_ptr<const ProcedureSignature> find(std::string_view name) const = 0;  // null if there is none
  virtual std::string nearest(std::string_view name) const = 0;  // for the hint of 42883, may be empty
};

}  // namespace elegraph::query
