// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/graph.h"
#include "storage/value.h"
#include "storage/vector.h"

namespace elegraph::index {
class IndexSet;
}

namespace elegraph::query {

// What is known of an expression's type when the statement is planned. kAny: nothing.
struct StaticType {
  Type type = Type::kAny;
  Type element = Type::kAny;  // of a kList: its elements' type where they are all of one scalar type
  bool operator==(const StaticType&) const = default;
};

// The session's part of the world that functions see. Lives as long as the statement.
struct FunctionContext {
  const storage::Reader* reader = nullptr;  // null where there is no graph (constant folding)
  int64_t statement_seconds = 0;            // the transaction's start, UTC: one instant for the whole transaction
  int32_t statement_nanos = 0;
  uint16_t session_zone = 0;
  std::string_view database, user;
  int32_t backend_pid = 0;                              // as BackendKeyData told the client
  struct Settings* settings = nullptr;                  // query/session_settings.h
  class SessionNotifications* notifications = nullptr;  // query/notifications.h
  uint64_t* random_state = nullptr;                     // xoshiro seed words of the statement
  std::atomic<int64_t>* sleep_ns = nullptr;             // what pg_sleep() asks for: the portal waits before its rows go out
  const index::IndexSet* indexes = nullptr;
  const class Roles* roles = nullptr;              // query/roles.h
  const class ProcedureSet* procedures = nullptr;  // query/procedures/procedure_set.h
};

// How a scalar function is called: row by row over Values. `args` may hold nulls only if the definition says
// so.
using ScalarFunction = Value (*)(std::span<const Value> args, const FunctionContext&);
// A typed kernel for whole vectors, optional: returns false when these vectors' types are not its own, and
// the row-wise function is used. `rows` lists the rows to compute (null: 0 .. count-1).
using VectorFunction = bool (*)(std::span<const Vector* const> args, const uint16_t* rows, uint32_t count, Vector& out);

struct FunctionDef {
  std::string_view name;  // lower case, "point.distance" for namespaces
  int min_args = 0;
  int max_args = 0;  // -1: any number
  ScalarFunction call = nullptr;
  VectorFunction vector = nullptr;
  bool null_on_null = true;   // any null argument gives null without a call
  bool deterministic = true;  // same arguments, same result within a statement
  // Reads the clock, the session's zone or its settings: never folded when planning, for plans are shared.
  bool session_bound = false;
  // Does so with other arguments than one text or time without a zone, which says all: date('2024-02-29').
  bool value_says_all = false;
  bool aggregate = false;  // then `aggregate_factory`
  // The result's type from the arguments' types; throws Error 42804 for types that can never fit.
  StaticType (*result)(std::span<const StaticType> args) = nullptr;
};

// Case-insensitive. Null if there is no such function.
const FunctionDef* find_function(std::string_view name);
std::vector<const FunctionDef*> all_functions();
// The name nearest to `name` in its usual spelling, for the hint of 42883; empty where none is near.
std::string nearest_function(std::string_view name);

// One group's state of an aggregate. Updates come as whole vectors where the state can take them.
class AggregateState {
 public:
  virtual ~AggregateState() = default;
  virtual void update(const Value& v,
                      const Value& extra) = 0;    // nulls are filtered before, as the definition says
  virtual void merge(AggregateState& other) = 0;  // another thread's part of the group
  virtual Value finish() = 0;
  virtual size_t bytes() const { return 0; }
};
enum class AggregateKind : uint8_t {
  kCountStar,
  kCount,
  kSum,
  kAvg,
  kMin,
  kMax,
  kCollect,
  kStDev,
  kStDevP,
  kPercentileCont,
  kPercentileDisc,
};
struct AggregateDef {
  std::string_view name;
  AggregateKind kind;
  int args;
  std::unique_ptr<AggregateState> (*create)();
  StaticType (*result)(StaticType arg);
};
const AggregateDef* find_aggregate(std::string_view name);

}  // namespace elegraph::query
