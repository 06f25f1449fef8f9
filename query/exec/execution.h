// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "index/index_set.h"
#include "query/exec/arena.h"
#include "query/exec/batch.h"
#include "query/exec/inline_budget.h"
#include "query/exec/interrupt.h"
#include "query/functions/registry.h"
#include "query/plan/physical.h"
#include "query/plan/planner.h"
#include "storage/graph.h"
#include "storage/value_memory.h"

namespace elegraph::query::exec {

// Bytes that one statement holds in its operators and in large values; past the limit Error 53200. Thread-safe.
class MemoryTracker {
 public:
  explicit MemoryTracker(uint64_t limit) : limit_(limit), values_(std::make_shared<ValueBytes>(0)) {}
  void add(int64_t bytes);
  void admit(uint64_t bytes) const;  // throws where so many more would be too many
  uint64_t used() const { return used_.load(std::memory_order_relaxed) + values_->load(std::memory_order_relaxed); }
  uint64_t limit() const { return limit_; }
  const std::shared_ptr<ValueBytes>& values() const { return values_; }

 private:
  std::atomic<uint64_t> used_{0};
  uint64_t limit_;
  std::shared_ptr<ValueBytes> values_;
};

struct Changes {  // for command tags
  uint64_t nodes_created = 0, relationships_created = 0, nodes_deleted = 0, relationships_deleted = 0;
  uint64_t properties_set = 0, labels_changed = 0;
  uint64_t entities_touched = 0;  // distinct is not required: rows of SET/REMOVE that changed something
};

class TableSources;  // query/exec/table_source.h

// Several sets of parameters that one execution answers with one pass over the data (plan::Sharing says which may differ).
// next() gives the rows of set `current`; for those of another, change it and restart() the execution.
struct ParameterSets {
  const plan::PhysicalNode* aggregate = nullptr;  // plan::Sharing's
  std::span<const uint32_t> free;                 // as well
  std::vector<std::span<const Value>> sets;       // each as ExecutionContext::parameters, which is one of them
  uint32_t current = 0;
  bool passed = false;  // the pass is over and all answers are there; set by the execution
};

struct ExecutionContext {
  storage::Transaction* transaction = nullptr;
  const storage::Graph* graph = nullptr;
  index::IndexSet* indexes = nullptr;
  storage::Snapshot snapshot;
  std::span<const Value> parameters;  // client's, then lifted literals
  FunctionContext functions;
  MemoryTracker* memory = nullptr;
  const Interrupt* interrupt = nullptr;
  Arena* arena = nullptr;
  TableSources* tables = nullptr;  // procedures and catalog tables
  uint32_t call_depth = 0;         // of procedures that call procedures
  Changes changes;
  // Set while the execution runs as an arena task: operators may use arena->parallel().
  bool may_parallel = false;
  // Spent: next() must return kYield. Ignored when may_parallel.
  InlineBudget budget;
  // No row was given yet and nothing is done that cannot be done again: where the budget is spent within an expression,
  // which cannot be left half-way, next() throws BeginAnew.
  bool may_begin_anew = false;
  bool unyielded = false;                                 // set where something ran that cannot be left half-way
  std::vector<plan::OperatorProfile>* profile = nullptr;  // by node id; EXPLAIN ANALYZE
  storage::ReadSet* reads = nullptr;  // of a serializable transaction: read_recorder.h; never with may_parallel
  ParameterSets* sets = nullptr;      // not null: the execution answers all of them
};

// While it lives, large values that the thread makes are the statement's. They may stop it, as check() may.
class StatementValues : public ValueScope {
 public:
  explicit StatementValues(const ExecutionContext& context) : context_(context) {}
  void admit(uint64_t bytes) const override;
  const std::shared_ptr<ValueBytes>& taken() const override { return context_.memory->values(); }

 private:
  const ExecutionContext& context_;
};

enum class Step : uint8_t {
  kBatch,  // the batch has rows
  kDone,   // no more
  kYield,  // the budget is spent: call again, from an arena task
};

// The execution is to be restarted, and to go on from an arena task.
struct BeginAnew {};

// One running statement: operators made from a shared plan. Pull-based: next() gives batches until kDone. Every
// operator keeps its state in members, so that kYield can leave from any depth and come back on another thread.
//
// Thread-safety: one thread at a time. Each next() call runs inside one rcu::ReadGuard taken by the caller, and the
// batch it gave is used within that same section (encoded to the wire, say).
class Execution {
 public:
  virtual ~Execution() = default;
  virtual Step next(const Batch*& out) = 0;
  // Makes it ready to run the same plan again under the (changed) context: prepared statements keep their
  // operators and memory.
  virtual void restart() = 0;
};
std::unique_ptr<Execution> make_execution(std::shared_ptr<const plan::Plan> plan, ExecutionContext& context);

}  // namespace elegraph::query::exec
