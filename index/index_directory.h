// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include "index/definition_record.h"
#include "index/index_set.h"
#include "index/touched_rows.h"
#include "index/tree_index.h"
#include "storage/rcu.h"

namespace elegraph::index {

// What readers and writers see of the indexes: immutable, replaced as a whole by DDL.
struct IndexDirectory {
  using List = std::vector<std::shared_ptr<TreeIndex>>;

  List all;      // by IndexId; null where dropped
  List by_name;  // ascending
  std::vector<List> by_label, by_type;
  std::vector<bool> watched;  // by KeyId

  std::shared_ptr<TreeIndex> named(std::string_view name) const;
  const List& on(EntityKind entity, uint32_t label) const;
  std::unique_ptr<IndexDirectory> with(std::shared_ptr<TreeIndex> index) const;
  std::unique_ptr<IndexDirectory> without(IndexId id) const;

 private:
  void rebuild();  // all but `all`, from it
};

struct IndexSet::State {
  LabelIndex labels;
  storage::Graph* graph = nullptr;
  std::mutex ddl;  // one definition is created or dropped at a time
  rcu::Pointer<IndexDirectory> directory{std::make_unique<IndexDirectory>()};
  TouchedRows touched;
  // Until recovery ends:
  std::vector<IndexDefinition> recovered;
  IndexDirectory::List unfilled;  // published

  // REQUIRES for these: ddl.
  std::shared_ptr<TreeIndex> publish_new(const IndexDefinition& definition);
  void unpublish(IndexId id);
  // Recovery: fills the indexes of nodes, or all.
  void fill_recovered(bool relationships);
  // Commits one record durably, and the names it needs.
  void log(DefinitionRecord::Operation operation, const IndexDefinition& definition, storage::Graph::SnapshotSlot* slot);
};

// Fills `index`, which is published but not online, with the rows that are there. Throws what create()
// throws.
void build_online(IndexSet::State& state, TreeIndex& index, storage::Graph::SnapshotSlot* slot,
                  const std::function<bool()>& cancelled);

}  // namespace elegraph::index
