// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

// The words that mean something to Cypher's grammar. Reserved ones (openCypher 9) cannot be variables unless
// they are backquoted, or an alias that expressions behind it read; all of them may name labels, types, properties and
// aliases.
namespace elegraph::query::cypher {

// Reserved words first: is_reserved() compares numbers.
// clang-format off
#define ELEGRAPH_CYPHER_KEYWORDS(X)                                                                              \
  X(And, "AND") X(As, "AS") X(Contains, "CONTAINS") X(Create, "CREATE") X(Delete, "DELETE") X(Detach, "DETACH") \
  X(Distinct, "DISTINCT") X(Else, "ELSE") X(Ends, "ENDS") X(False, "FALSE") X(Foreach, "FOREACH") X(In, "IN")   \
  X(Is, "IS") X(Limit, "LIMIT") X(Match, "MATCH") X(Merge, "MERGE") X(Not, "NOT") X(Null, "NULL") X(Or, "OR")   \
  X(Remove, "REMOVE") X(Return, "RETURN") X(Set, "SET") X(Skip, "SKIP") X(Starts, "STARTS") X(Then, "THEN")     \
  X(True, "TRUE") X(Union, "UNION") X(Unwind, "UNWIND") X(When, "WHEN") X(Where, "WHERE") X(With, "WITH")       \
  X(Xor, "XOR")                                                                                                 \
  X(All, "ALL") X(AllShortestPaths, "ALLSHORTESTPATHS") X(Analyze, "ANALYZE") X(Any, "ANY") X(Array, "ARRAY")   \
  X(Asc, "ASC") X(Ascending, "ASCENDING") X(By, "BY") X(Call, "CALL") X(Case, "CASE") X(Cast, "CAST")           \
  X(Collect, "COLLECT") X(Constraint, "CONSTRAINT") X(Constraints, "CONSTRAINTS") X(Count, "COUNT")             \
  X(Desc, "DESC") X(Descending, "DESCENDING") X(Drop, "DROP") X(End, "END") X(Exists, "EXISTS")                 \
  X(Explain, "EXPLAIN") X(Finish, "FINISH") X(First, "FIRST") X(For, "FOR") X(Format, "FORMAT") X(If, "IF")     \
  X(Index, "INDEX") X(Indexes, "INDEXES") X(Key, "KEY") X(Last, "LAST") X(Node, "NODE") X(NoneOf, "NONE")         \
  X(Nodetach, "NODETACH") X(Nulls, "NULLS") X(Offset, "OFFSET") X(On, "ON") X(Optional, "OPTIONAL")             \
  X(Order, "ORDER") X(Procedure, "PROCEDURE") X(Profile, "PROFILE") X(Reduce, "REDUCE") X(Rel, "REL")           \
  X(Relationship, "RELATIONSHIP") X(Replace, "REPLACE") X(Require, "REQUIRE") X(Shortest, "SHORTEST")           \
  X(ShortestPath, "SHORTESTPATH") X(Show, "SHOW") X(Single, "SINGLE") X(Transactions, "TRANSACTIONS")           \
  X(Unique, "UNIQUE") X(Verbose, "VERBOSE") X(Yield, "YIELD")
// clang-format on

enum class Keyword : uint8_t {
  kNone = 0,  // not a keyword (the quantifier NONE is kNoneOf)
#define ELEGRAPH_ENTRY(name, text) k##name,
  ELEGRAPH_CYPHER_KEYWORDS(ELEGRAPH_ENTRY)
#undef ELEGRAPH_ENTRY
      kCountOfKeywords,
};

constexpr bool is_reserved(Keyword k) { return k != Keyword::kNone && k <= Keyword::kXor; }

// Whether a reserved word may be read as a variable where an operand is wanted, once it is an alias: none that mean
// something there themselves.
constexpr bool names_alias(Keyword k) {
  return is_reserved(k) && k != Keyword::kNot && k != Keyword::kNull && k != Keyword::kTrue && k != Keyword::kFalse &&
         k != Keyword::kDistinct;
}

Keyword find_keyword(std::string_view word);  // any case
std::string_view keyword_text(Keyword k);     // upper case

// The keyword within a small edit distance of `word`, for hints; kNone if there is none.
Keyword nearest_keyword(std::string_view word);

}  // namespace elegraph::query::cypher
