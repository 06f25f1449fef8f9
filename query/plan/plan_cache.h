// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "query/plan/sharing.h"
#include "query/types/pg_types.h"

namespace elegraph::query {

struct ResultColumn;

namespace plan {

// A plan with all that a client is told about it, made once for every session that sends the same text (literals
// aside). Immutable.
struct PlannedStatement {
  std::shared_ptr<const Plan> plan;
  std::vector<ResultColumn> columns;
  std::vector<Slot> slots;             // of the columns
  std::vector<types::Oid> parameters;  // the client's, in order
  std::vector<types::Oid> literals;    // types of the lifted literals
  Sharing sharing;
  // Of EXPLAIN ANALYZE: the cached statement that it explains, if it is there, and the literals that that one would lift.
  std::shared_ptr<const PlannedStatement> explained;
  std::vector<Value> explained_literals;
};

// Plans by fingerprint, shared by all sessions of a database. Set-associative with a fixed number of ways, so that it
// never resizes: lookups are wait-free and write nothing shared; an insert replaces the way that was filled first.
class PlanCache {
 public:
  PlanCache();
  ~PlanCache();

  // Null on a miss or when the plan was made under another catalog epoch. REQUIRES: an rcu::ReadGuard; the result is
  // the caller's to keep.
  std::shared_ptr<const PlannedStatement> find(uint64_t hash, std::string_view key, uint64_t epoch) const;
  // The statement to use: where another thread was faster with the same, its one, so that all sessions have one plan.
  std::shared_ptr<const PlannedStatement> insert(uint64_t hash, std::string key,
                                                 std::shared_ptr<const PlannedStatement> statement);

 private:
  static constexpr uint32_t kSets = 1024, kWays = 4;
  struct Entry {
    uint64_t hash;
    std::string key;
    std::shared_ptr<const PlannedStatement> statement;
    uint64_t number;  // one more than those of all entries that were there when it was made
  };
  struct Set {
    std::array<std::atomic<const Entry*>, kWays> ways{};
  };
  std::unique_ptr<Set[]> sets_;
};

}  // namespace plan
}  // namespace elegraph::query
