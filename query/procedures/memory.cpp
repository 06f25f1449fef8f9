// SPDX-License-Identifier: Apache-2.0
#include "query/procedures/memory.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "query/database.h"
#include "storage/memory_report.h"
#include "storage/rcu.h"
#include "storage/slab.h"

namespace elegraph::query {
namespace {

uint64_t index_bytes(const index::IndexSet& indexes) {
  rcu::ReadGuard guard;
  uint64_t bytes = 0;
  for (const auto* index : indexes.all()) bytes += index->bytes();
  return bytes;
}

// 0 where the system does not say.
uint64_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  uint64_t size = 0, resident = 0;
  file >> size >> resident;
  return resident * uint64_t(::sysconf(_SC_PAGESIZE));
}

// Asked for one after the other, beside threads that take memory.
uint64_t unused(const storage::Slab& slab) {
  const uint64_t used = slab.used_bytes(), reserved = slab.reserved_bytes();
  return reserved - std::min(used, reserved);
}

}  // namespace

Procedure::Rows memory_rows(GraphDatabase& database, std::span<const Value>) {
  const auto report = storage::memory_report(database.graph());
  const uint64_t indexes = index_bytes(*database.indexes);
  uint64_t reserved = report.free_bytes;
  for (const auto* slab : {&storage::chunk_memory(), &storage::value_memory(), &storage::passing_memory()})
    reserved += unused(*slab);
  const uint64_t resident = resident_bytes();
  const uint64_t known =
      report.node_bytes + report.relationship_bytes + report.property_bytes + report.undo_bytes + indexes + reserved;
  Procedure::Rows rows;
  const auto add = [&](std::string_view area, uint64_t bytes) {
    rows.push_back({Value::string(area), Value::integer(int64_t(bytes))});
  };
  add("nodes", report.node_bytes);
  add("relationships", report.relationship_bytes);
  add("properties", report.property_bytes);
  add("indexes", indexes);
  add("versions", report.undo_bytes);
  add("reserved", reserved);
  add("other", resident > known ? resident - known : 0);
  add("resident", resident);
  return rows;
}

}  // namespace elegraph::query
