// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "query/procedures/procedure.h"
#include "storage/graph.h"
#include "storage/rcu.h"

namespace elegraph::query {

// The procedures of one graph: the built-in ones and those that users declared. Register it as an observer before the
// graph opens: definitions are durable through the log and checkpoints.
//
// Thread-safety: look-ups are wait-free under an rcu::ReadGuard; creating and dropping serialise on a mutex that no
// reader waits for.
class ProcedureSet final : public storage::ChangeObserver, public ProcedureCatalog {
 public:
  ProcedureSet();

  // ProcedureCatalog
  std::shared_ptr<const ProcedureSignature> find(std::string_view name) const override;
  std::string nearest(std::string_view name) const override;

  ProcedurePtr get(std::string_view name) const;  // REQUIRES: rcu::ReadGuard; null if there is none
  std::vector<ProcedurePtr> all() const;          // by name

  // Return once the definition is durable. Errors: 42710 the name is taken (a built-in procedure's always is).
  void create(ProcedurePtr procedure, bool or_replace, storage::Graph::SnapshotSlot* slot);
  // False where there is none and if_exists; else 42883. 42809 for a built-in one.
  bool drop(std::string_view name, bool if_exists, storage::Graph::SnapshotSlot* slot);

  // ChangeObserver
  void attached(storage::Graph& graph) override { graph_ = &graph; }
  bool watches(KeyId) const override { return false; }
  void recovered_definition(std::string_view payload) override;
  std::vector<std::string> definitions() override;

 private:
  using Directory = std::map<std::string, ProcedurePtr, std::less<>>;
  void log(const ProcedureRecord& record, storage::Graph::SnapshotSlot* slot);
  void publish(std::string_view name, ProcedurePtr procedure);  // null: without it

  storage::Graph* graph_ = nullptr;
  std::mutex ddl_;
  rcu::Pointer<Directory> directory_;
};

}  // namespace elegraph::query
