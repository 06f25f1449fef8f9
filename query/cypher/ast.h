// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "index/property_index.h"
#include "storage/ids.h"
#include "storage/value.h"

// The syntax tree of Cypher, as the parser makes it and semantic analysis reads it. Plain data, owned top
// down; positions are byte offsets into the statement's text. The SQL surface lowers into the same tree where it can.
namespace elegraph::query::cypher {

struct Expression;
struct Query;
using ExpressionPtr = std::unique_ptr<Expression>;
using QueryPtr = std::unique_ptr<Query>;

enum class ExprKind : uint8_t {
  kLiteral,    // literal
  kParameter,  // name ("1" for $1, or the name); lifted literals: parameter index in `index`, name empty
  kVariable,   // name
  kProperty,   // args[0].name
  kHasLabels,  // args[0]:A:B as predicate: all of `names`; no names: %, any label at all. Has no args inside of a
               // pattern's label_expression or type_expression
  kOr,
  kXor,
  kAnd,  // args n-ary
  kNot,
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,  // binary; chains become kAnd of these
  kIn,
  kStartsWith,
  kEndsWith,
  kContains,
  kRegexMatch,  // binary
  kIsNull,
  kIsNotNull,
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kModulo,
  kPower,
  kConcat,  // binary; kConcat is ||
  kNegate,
  kPlus,               // unary
  kIndex,              // args[0][args[1]]
  kSlice,              // args[0][args[1]..args[2]], absent ends are null pointers
  kList,               // [args...]; also ARRAY[...] and (a, b) after IN
  kMap,                // {names[i]: args[i]}
  kMapProjection,      // args[0]{...}: items in `projection`
  kCase,               // args: [operand or null pointer, when1, then1, ..., else or null pointer]
  kFunction,           // name(args), distinct; count(*) is name "count" with star
  kCast,               // args[0]::name, or CAST(); name is the type as written, lower case, "int8[]" for arrays
  kListComprehension,  // [name IN args[0] WHERE args[1] | args[2]]; absent parts are null pointers
  kAll,
  kAny,
  kNone,
  kSingle,                // name IN args[0] WHERE args[1]
  kReduce,                // reduce(names[0] = args[0], names[1] IN args[1] | args[2])
  kPatternComprehension,  // [pattern WHERE args[0] | args[1]]; names[0] is the path variable if any
  kPatternPredicate,      // a pattern as a boolean
  kExists,
  kCountSubquery,
  kCollectSubquery,  // EXISTS { ... }: `subquery`; a bare pattern is a query of one MATCH
  kShortestPath,     // shortestPath(pattern) as an expression
};

struct NodePattern {
  uint32_t position = 0;
  std::string variable;  // empty if anonymous
  uint32_t variable_position = 0;
  std::vector<std::string> labels;  // all of them
  ExpressionPtr label_expression;   // A|B, !A, %: a kHasLabels tree under kOr/kAnd/kNot; null for a plain list
  ExpressionPtr properties;         // kMap or kParameter, null if none
  ExpressionPtr where;              // (n WHERE ...)
};

// ((first)-[..]->(last) WHERE ..){1,3}: each step of a walk with the nodes that it leads from and to. The relationship is
// the pattern's that has the group.
struct StepGroup {
  NodePattern first, last;
  ExpressionPtr where;
};

struct RelationshipPattern {
  uint32_t position = 0;
  std::string variable;
  uint32_t variable_position = 0;
  std::vector<std::string> types;  // any of them; empty: any at all
  ExpressionPtr type_expression;   // what `types` cannot say (!A): as NodePattern::label_expression; null otherwise
  Direction direction = Direction::kBoth;
  bool variable_length = false;
  std::optional<int64_t> min_hops, max_hops;
  ExpressionPtr properties;
  ExpressionPtr where;
  std::unique_ptr<StepGroup> group;  // null for none
};

enum class PathKind : uint8_t { kPlain, kShortest, kAllShortest };

struct PathPattern {
  uint32_t position = 0;
  std::string variable;  // p = ...
  uint32_t variable_position = 0;
  PathKind kind = PathKind::kPlain;
  std::vector<NodePattern> nodes;  // one more than relationships
  std::vector<RelationshipPattern> relationships;
};

struct MapProjectionItem {
  enum class Kind : uint8_t { kProperty, kLiteral, kVariable, kAll } kind;  // .k   k: expr   v   .*
  std::string name;
  ExpressionPtr value;
};

struct Expression {
  ExprKind kind;
  uint32_t position = 0;       // where it starts
  uint32_t end = 0;            // one past its last byte
  uint32_t name_position = 0;  // of `name`, for carets
  std::string name;
  std::vector<std::string> names;
  std::vector<ExpressionPtr> args;
  Value literal;
  uint32_t index = 0;   // kParameter: its number from 0, lifted literals after the statement's own
  uint16_t height = 1;  // of this tree, subqueries included; the parser bounds it, so recursion over it is safe
  bool distinct = false;
  bool star = false;
  std::unique_ptr<PathPattern> pattern;
  QueryPtr subquery;
  std::vector<MapProjectionItem> projection;
};

struct ProjectionItem {
  ExpressionPtr expression;
  std::string alias;  // as written after AS
  bool has_alias = false;
  // The column's name: the alias, or the expression's text as written (trimmed).
  std::string name;
  uint32_t position = 0;
  uint32_t alias_position = 0;
};

struct SortItem {
  ExpressionPtr expression;
  bool descending = false;
  std::optional<bool> nulls_first;
};

struct Projection {  // the body of WITH and RETURN
  bool distinct = false;
  bool star = false;  // RETURN *, possibly with items after it
  std::vector<ProjectionItem> items;
  std::vector<SortItem> order;
  ExpressionPtr skip, limit;
  ExpressionPtr where;  // WITH only
  uint32_t position = 0;
};

struct SetItem {
  enum class Kind : uint8_t {
    kProperty,  // target.property = value (target is the kProperty expression)
    kReplace,   // variable = value
    kMerge,     // variable += value
    kLabels,    // variable:A:B
  } kind;
  uint32_t position = 0;
  ExpressionPtr target;
  ExpressionPtr value;
  std::vector<std::string> labels;
};

struct RemoveItem {
  ExpressionPtr target;             // kProperty, or the variable for labels
  std::vector<std::string> labels;  // empty for a property
  uint32_t position = 0;
};

enum class ClauseKind : uint8_t {
  kMatch,
  kWith,
  kReturn,
  kUnwind,
  kCreate,
  kMerge,
  kSet,
  kRemove,
  kDelete,
  kCall,
  kSubquery,
  kForeach,
  kFinish,
};

struct Clause {
  ClauseKind kind;
  uint32_t position = 0;

  bool optional = false;              // kMatch, kCall, kSubquery
  std::vector<PathPattern> patterns;  // kMatch, kCreate, kMerge (one)
  ExpressionPtr where;                // kMatch
  Projection projection;              // kWith, kReturn
  ExpressionPtr expression;           // kUnwind list, kForeach list
  std::string variable;               // kUnwind ... AS, kForeach
  uint32_t variable_position = 0;
  std::vector<SetItem> set_items;          // kSet; kMerge ON CREATE
  std::vector<SetItem> on_match;           // kMerge ON MATCH
  std::vector<RemoveItem> remove_items;    // kRemove
  bool detach = false;                     // kDelete
  std::vector<ExpressionPtr> expressions;  // kDelete; kCall arguments
  bool has_arguments = false;              // kCall with parentheses
  std::string procedure;                   // kCall
  struct Yield {
    std::string field, alias;
    uint32_t position = 0;
  };
  std::vector<Yield> yields;  // kCall
  bool yield_star = false;
  bool has_yield = false;
  ExpressionPtr yield_where;
  QueryPtr subquery;                 // kSubquery
  std::vector<std::string> imports;  // CALL (a, b) { ... }
  bool has_imports = false;
  bool imports_all = false;                      // CALL (*) { ... }
  std::vector<std::unique_ptr<Clause>> updates;  // kForeach
};

struct SingleQuery {
  std::vector<std::unique_ptr<Clause>> clauses;
};

struct Query {
  uint32_t position = 0;
  std::vector<SingleQuery> parts;  // joined by UNION
  std::vector<bool> union_all;     // one fewer than parts
  std::vector<uint32_t> union_positions;
};

enum class StatementKind : uint8_t {
  kQuery,
  kCreateIndex,
  kDropIndex,
  kShowIndexes,
  kShowConstraints,
  kCreateProcedure,
  kDropProcedure,
};
enum class ExplainMode : uint8_t { kNone, kExplain, kAnalyze };  // PROFILE is kAnalyze

struct Statement {
  StatementKind kind = StatementKind::kQuery;
  ExplainMode explain = ExplainMode::kNone;
  bool explain_json = false;
  uint32_t body_position = 0;         // of what EXPLAIN explains
  QueryPtr query;                     // kQuery
  index::IndexDefinition definition;  // kCreateIndex (constraints too)
  std::string name;                   // kDrop*
  bool constraint = false;            // kDropIndex: DROP CONSTRAINT
  bool if_exists = false;
  // kCreateProcedure / kDropProcedure
  bool or_replace = false;
  struct Argument {
    std::string name, type;
  };
  std::vector<Argument> inputs, outputs;
  std::string body;

  // Parameters in order of number: $1.. by number, names in order of first appearance. Lifted literals follow.
  std::vector<std::string> parameters;
  bool positional = false;
};

}  // namespace elegraph::query::cypher
