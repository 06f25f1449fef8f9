// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "query/functions/registry.h"
#include "storage/ids.h"
#include "storage/value.h"

namespace elegraph::query::plan {

struct PhysicalNode;
struct ExistsPattern;
struct BoundExpression;
using BoundPtr = std::shared_ptr<const BoundExpression>;

// A slot is a column of the rows that flow through a plan; numbers are unique in one statement, subplans included.
using Slot = uint32_t;
inline constexpr Slot kNoSlot = ~0u;

enum class BoundKind : uint8_t {
  kLiteral,    // literal
  kParameter,  // parameter
  kSlot,       // slot
  kProperty,   // args[0].key: any container; on entities by `key_id` where it is known
  kHasLabels,  // args[0] has all of `names` (node) or is of type names[0] (relationship); no names: any label at all
  kAnd,
  kOr,
  kXor,
  kNot,
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kIn,
  kStartsWith,
  kEndsWith,
  kContains,
  kRegexMatch,
  kIsNull,
  kIsNotNull,
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kModulo,
  kPower,
  kConcat,
  kNegate,
  kIndex,
  kSlice,
  kList,
  kMap,                // kMap: names[i] : args[i]
  kMapMerge,           // map projection: args[0]'s own entries then `names`/rest of args over them
  kCase,               // searched form: when1, then1, ..., else (a null pointer stands for a missing else)
  kSimpleCase,         // operand, when1, then1, ..., else
  kFunction,           // function(args)
  kCast,               // args[0] :: name
  kListComprehension,  // args: list, filter or null, projection or null; the element is in `slot`
  kAll,
  kAny,
  kNone,
  kSingle,  // args: list, predicate; the element is in `slot`
  kReduce,  // args: initial, list, expression; the accumulator in `slot`, the element in `slot2`
  kPath,    // builds a path from slots: path_slots holds node, rel, node, ...; a variable-length part is the
            // slot of its relationship list
  kExists,
  kCount,
  kCollect,                // run `subplan` for the row: any rows, how many, or the list of its `slot` column
  kWalk,                   // the list of relationships of the walk that args[0] numbers (PhysicalNode::walk)
  kRelationshipsDistinct,  // the relationships (or lists of them) in args differ pairwise
  kSameNode,               // args[0] and args[1] are the same entity (ids; no null check)
};

// A type-checked expression over slots. Immutable and shared by all executions of a plan.
struct BoundExpression {
  BoundKind kind;
  StaticType type;
  uint32_t position = 0;  // byte offset in the statement, for run-time errors
  std::vector<BoundPtr> args;
  Value literal;
  uint32_t parameter = 0;
  Slot slot = kNoSlot;
  Slot slot2 = kNoSlot;
  std::string name;  // property key or cast type
  KeyId key_id;      // of `name`; invalid when no such key existed when the plan was made
  std::vector<std::string> names;
  const FunctionDef* function = nullptr;
  std::vector<Slot> path_slots;
  std::shared_ptr<const PhysicalNode> subplan;
  // kExists: what the subplan looks for, where that is a pattern alone. kCount, kCollect: whose matches it counts or lists.
  std::shared_ptr<const ExistsPattern> pattern;
};

}  // namespace elegraph::query::plan
