// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "query/cypher/ast.h"
#include "query/cypher/parser.h"
#include "query/cypher/scanner.h"

namespace elegraph::query::cypher {

// A recursive-descent parser over the tokens of one statement. The tokens are cut first, so that looking ahead
// over brackets costs nothing; expressions climb precedence levels in a loop, so that a level of nesting costs
// six small frames. Private to the parse_*.cpp files. Not thread-safe.
class Parser {
 public:
  Parser(std::string_view text, const ParseOptions& options);
  std::unique_ptr<Statement> statement();
  ExpressionPtr lone_expression();

 private:
  // What recursion over the tree can meet: how deep the text nests (each level may be a subquery, whose planning takes some
  // kilobytes of stack) and how high expressions are.
  static constexpr uint32_t kMaxNesting = 300;
  static constexpr uint32_t kMaxHeight = 1000;
  // Tokens parsed again, since a < b < c holds b twice; bounds what nested chains can cost.
  static constexpr uint32_t kMaxReparsed = 100'000;

  struct Item : Token {
    uint32_t match = 0;   // of a bracket: the index of its partner, 0 if it has none
    int32_t number = -1;  // of a parameter: its index; of a lifted literal: its index among those
  };
  // Levels of the binary operators, loosest first (openCypher 9).
  enum Level : int {
    kOrLevel = 1,
    kXorLevel,
    kAndLevel,
    kNotLevel,
    kComparisonLevel,
    kPredicateLevel,
    kSumLevel,
    kProductLevel,
    kPowerLevel,
    kUnaryLevel
  };
  enum class Place : uint8_t { kTop, kCall, kExpression };

  class Nesting {
   public:
    explicit Nesting(Parser& p);
    ~Nesting() { --parser_.depth_; }
    Nesting(const Nesting&) = delete;
    Nesting& operator=(const Nesting&) = delete;

   private:
    Parser& parser_;
  };
  // Measures the tallest expression inside of a pattern or subquery that an expression holds.
  class Measure {
   public:
    explicit Measure(Parser& p) : parser_(p), outer_(p.tallest_) { p.tallest_ = 0; }
    ~Measure() { parser_.tallest_ = std::max(parser_.tallest_, outer_); }
    Measure(const Measure&) = delete;
    Measure& operator=(const Measure&) = delete;
    uint32_t height() const { return parser_.tallest_; }

   private:
    Parser& parser_;
    uint32_t outer_;
  };

  // tokens (parser.cpp)
  void tokenize();
  void number_parameters();
  const Item& peek(uint32_t ahead = 0) const;
  bool at(TokenKind k) const { return items_[next_].kind == k; }
  bool at(Keyword k) const { return items_[next_].keyword == k; }
  bool at_end() const { return at(TokenKind::kEnd) || at(TokenKind::kSemicolon); }
  const Item& take();
  bool accept(TokenKind k) { return at(k) && (take(), true); }
  bool accept(Keyword k) { return at(k) && (take(), true); }
  void expect(TokenKind k) {
    if (!accept(k)) unexpected();
  }
  void expect(Keyword k) {
    if (!accept(k)) unexpected();
  }
  bool accept_word(std::string_view upper);  // a word that is no keyword elsewhere
  void expect_end();
  uint32_t position() const { return items_[next_].start; }
  uint32_t last_end() const { return next_ == 0 ? 0 : items_[next_ - 1].end; }
  std::string_view source(uint32_t from, uint32_t to) const { return text_.substr(from, to - from); }
  static bool is_name(const Item& t) { return t.kind == TokenKind::kName || t.kind == TokenKind::kQuotedName; }
  static bool is_variable(const Item& t) { return is_name(t) && !is_reserved(t.keyword); }
  std::string variable();  // a name that is not reserved, or that the text has made an alias before
  // Whether a reserved word is next that the text has made an alias, as in `.. AS union RETURN size(union)`. To be asked
  // where no clause can begin.
  bool at_reserved_alias() const;
  void note_alias(const Item& t);
  std::string schema_name();  // any word: labels, types, keys, aliases
  std::string dotted_name();
  std::string string_token(const Item& t);

  // errors
  [[noreturn]] void unexpected();
  [[noreturn]] void too_complex(uint32_t at);  // 54001
  std::string hint_for_unexpected() const;

  // statements (parse_statement.cpp, parse_schema.cpp)
  void explain_options(Statement& s);
  bool schema_statement(Statement& s);
  void create_index(Statement& s);
  void create_constraint(Statement& s);
  void create_procedure(Statement& s, bool or_replace);
  void drop(Statement& s);
  void if_not_exists(Statement& s);
  void index_name(Statement& s);
  std::string index_target(Statement& s);
  void index_keys(Statement& s, const std::string& variable);
  void index_key(Statement& s, const std::string& variable);
  void constraint_kind(Statement& s);
  std::vector<Statement::Argument> arguments();

  // clauses (parse_clauses.cpp, parse_updates.cpp)
  QueryPtr query(Place place);
  SingleQuery single_query(Place place);
  std::unique_ptr<Clause> clause(Place place);
  void check_clause(const SingleQuery& q, const Clause& c, Place place);
  void check_conclusion(const SingleQuery& q, Place place);
  void accept_path_word();
  std::string word_at(uint32_t start) const;
  bool gql_clause(Clause& c);
  ProjectionItem assignment();
  void match(Clause& c);
  void projection(Clause& c);
  void projection_items(Projection& p, bool aliases_required);
  ProjectionItem projection_item(bool alias_required);
  void order_and_limits(Projection& p);
  SortItem sort_item();
  void unwind(Clause& c);
  void call(Clause& c);
  void call_subquery(Clause& c);
  void yield(Clause& c);
  void create(Clause& c);
  void merge(Clause& c);
  void set(std::vector<SetItem>& items);
  SetItem set_item();
  void remove(Clause& c);
  void delete_(Clause& c);
  void foreach (Clause& c);
  bool update_clause(Clause& c);
  std::vector<std::string> plain_labels();

  // patterns (parse_patterns.cpp)
  std::vector<PathPattern> patterns(bool parameters_allowed);
  PathPattern path();
  void path_selector(PathPattern& p);
  void path_element(PathPattern& p);
  bool at_relationship() const;
  bool at_quantifier(uint32_t i) const;
  bool at_step_group() const;
  RelationshipPattern step_group();
  NodePattern node();
  RelationshipPattern relationship();
  void relationship_detail(RelationshipPattern& r);
  void hops(RelationshipPattern& r);
  void quantifier(RelationshipPattern& r);
  int64_t hop_count();
  ExpressionPtr pattern_properties();
  bool accept_label_mark();  // ':' or IS
  ExpressionPtr label_expression(const Item* subject);
  bool at_more_labels(const Item* subject) const;
  ExpressionPtr label_conjunction(const Item* subject);
  ExpressionPtr label_factor(const Item* subject);
  bool at_pattern() const;  // at '(' that opens a pattern inside of an expression
  uint32_t pattern_node_end(uint32_t open) const;
  bool at_named_path() const;

  // expressions (parse_expression.cpp, parse_atoms.cpp, parse_collections.cpp)
  ExpressionPtr make(ExprKind kind, uint32_t start) const;
  ExpressionPtr done(ExpressionPtr e, uint32_t inner_height = 0);
  ExpressionPtr binary_node(ExprKind kind, ExpressionPtr left, ExpressionPtr right);
  ExpressionPtr unary_node(ExprKind kind, ExpressionPtr operand);
  ExpressionPtr expression() { return binary(kOrLevel); }
  ExpressionPtr binary(int min_level);
  ExpressionPtr prefix(int min_level);
  ExpressionPtr negation();
  ExpressionPtr signed_();
  int operator_level() const;
  ExpressionPtr nary(ExpressionPtr left, int level);
  ExpressionPtr comparison(ExpressionPtr left, uint32_t left_index);
  ExpressionPtr chain(std::vector<ExprKind>& kinds, std::vector<ExpressionPtr>& operands,
                      const std::vector<uint32_t>& indexes);
  ExpressionPtr reparse(uint32_t index);
  ExpressionPtr predicate(ExpressionPtr left);
  ExpressionPtr is_predicate(ExpressionPtr left);
  ExpressionPtr in_list();
  ExpressionPtr arithmetic(ExpressionPtr left, int level);
  ExpressionPtr postfix();
  ExpressionPtr subscript(ExpressionPtr container);
  ExpressionPtr has_labels(ExpressionPtr subject, uint32_t subject_index, bool single);
  ExpressionPtr cast_suffix(ExpressionPtr operand);
  std::string type_name();

  ExpressionPtr atom();
  ExpressionPtr word_atom();
  ExpressionPtr keyword_atom();
  ExpressionPtr literal(Value v);
  ExpressionPtr number_literal();
  ExpressionPtr string_literal();
  ExpressionPtr parameter();
  ExpressionPtr parenthesized();
  ExpressionPtr variable_atom();
  ExpressionPtr typed_literal();
  bool at_function_call() const;
  ExpressionPtr function_call();
  ExpressionPtr exists_call(ExpressionPtr call);
  ExpressionPtr case_();
  ExpressionPtr cast();
  ExpressionPtr quantifier(ExprKind kind);
  ExpressionPtr reduce();
  ExpressionPtr subquery(ExprKind kind);
  ExpressionPtr pattern_predicate();
  ExpressionPtr shortest_path();
  ExpressionPtr bracketed();
  ExpressionPtr list();
  ExpressionPtr array();
  ExpressionPtr comprehension_condition(std::string variable);
  ExpressionPtr list_comprehension();
  ExpressionPtr pattern_comprehension();
  ExpressionPtr map();
  ExpressionPtr map_projection();
  MapProjectionItem map_projection_item();

  std::string_view text_;
  ParseOptions options_;
  std::vector<Item> items_;
  uint32_t next_ = 0;
  uint32_t depth_ = 0;
  uint32_t tallest_ = 0;
  uint32_t reparsed_ = 0;
  std::vector<std::string_view> reserved_aliases_;  // reserved words that are aliases
  // Within the condition of a comprehension, not inside of other brackets: its variable; empty for one of a pattern.
  std::optional<std::string> projects_;
  bool parameters_in_patterns_ = false;  // CREATE takes $map for properties, MATCH and MERGE do not
  std::vector<std::string> parameters_;
  bool positional_ = false;
};

}  // namespace elegraph::query::cypher
