// SPDX-License-Identifier: Apache-2.0
#include <limits>

#include "query/cypher/literals.h"
#include "query/cypher/parser_state.h"
#include "storage/error.h"

// Paths, nodes, relationships, and how to tell them from parenthesised expressions.
namespace elegraph::query::cypher {

std::vector<PathPattern> Parser::patterns(bool parameters_allowed) {
  const bool outer = std::exchange(parameters_in_patterns_, parameters_allowed);
  std::vector<PathPattern> paths;
  do {
    paths.push_back(path());
  } while (accept(TokenKind::kComma));
  parameters_in_patterns_ = outer;
  return paths;
}

PathPattern Parser::path() {
  PathPattern p;
  p.position = position();
  if (is_name(peek()) && peek(1).kind == TokenKind::kEqual) {
    p.variable_position = position();
    p.variable = variable();
    take();
  }
  path_selector(p);
  path_element(p);
  if (p.kind != PathKind::kPlain && p.relationships.size() != 1) {
    throw Error(sqlstate::kSyntaxError, "shortest paths need a pattern of one relationship between two nodes")
        .at(p.position);
  }
  return p;
}

// shortestPath(...), allShortestPaths(...) and GQL's ANY, ANY SHORTEST, ALL, ALL SHORTEST, SHORTEST 1, each with PATHS or
// not.
void Parser::path_selector(PathPattern& p) {
  if (at(Keyword::kShortestPath) || at(Keyword::kAllShortestPaths)) {
    p.kind = at(Keyword::kShortestPath) ? PathKind::kShortest : PathKind::kAllShortest;
    take();
    expect(TokenKind::kOpenParen);
    path_element(p);
    expect(TokenKind::kCloseParen);
  } else if ((at(Keyword::kAny) || at(Keyword::kAll)) && peek(1).keyword == Keyword::kShortest) {
    p.kind = at(Keyword::kAny) ? PathKind::kShortest : PathKind::kAllShortest;
    take();
    take();
    accept_path_word();
  } else if (at(Keyword::kAny) || at(Keyword::kAll)) {  // of any, the shortest is one
    if (take().keyword == Keyword::kAny) p.kind = PathKind::kShortest;
    accept_path_word();
  } else if (at(Keyword::kShortest)) {
    take();
    if (hop_count() != 1) {
      throw Error(sqlstate::kFeatureNotSupported, "SHORTEST with a number above 1 is not supported").at(p.position);
    }
    p.kind = PathKind::kShortest;
    accept_path_word();
  }
}

void Parser::accept_path_word() {
  if (!accept_word("PATHS")) accept_word("PATH");
}

void Parser::path_element(PathPattern& p) {
  if (!p.nodes.empty()) return;  // shortestPath( has read it
  Nesting nesting(*this);
  if (at(TokenKind::kOpenParen) && peek(1).kind == TokenKind::kOpenParen && !at_step_group()) {
    take();
    path_element(p);
    expect(TokenKind::kCloseParen);
    return;
  }
  const auto needs_node = [&] { return p.nodes.size() == p.relationships.size(); };
  const auto unnamed = [&] { p.nodes.emplace_back().position = position(); };
  if (!at_step_group()) p.nodes.push_back(node());
  for (;;) {
    if (at_step_group()) {
      if (needs_node()) unnamed();
      p.relationships.push_back(step_group());
      if (at(TokenKind::kOpenParen) && !at_step_group()) p.nodes.push_back(node());
    } else if (!needs_node() && at_relationship()) {
      p.relationships.push_back(relationship());
      p.nodes.push_back(node());
    } else {
      break;
    }
  }
  if (needs_node()) unnamed();
}

bool Parser::at_relationship() const {
  return at(TokenKind::kMinus) || (at(TokenKind::kLess) && peek(1).kind == TokenKind::kMinus);
}

bool Parser::at_quantifier(uint32_t i) const {
  const TokenKind kind = items_[i].kind;
  return kind == TokenKind::kOpenBrace || kind == TokenKind::kPlus || kind == TokenKind::kStar;
}

// ((x)-[r]->(y)){1,3}
bool Parser::at_step_group() const {
  if (!at(TokenKind::kOpenParen) || peek(1).kind != TokenKind::kOpenParen) return false;
  const uint32_t close = items_[next_].match;
  return close != 0 && at_quantifier(close + 1);
}

RelationshipPattern Parser::step_group() {
  const auto unsupported = [&](const char* what) {
    return Error(sqlstate::kFeatureNotSupported, std::string("quantified path patterns ") + what + " are not supported")
        .with_hint("Quantify one relationship and its nodes: ((x)-[r:TYPE]->(y) WHERE x.key < y.key){1,3}.")
        .at(position());
  };
  take();
  auto group = std::make_unique<StepGroup>();
  group->first = node();
  if (!at_relationship()) unexpected();
  RelationshipPattern r = relationship();
  if (r.variable_length) throw unsupported("with a quantified relationship");
  group->last = node();
  if (at_relationship() || at(TokenKind::kOpenParen)) throw unsupported("of more than one relationship");
  if (accept(Keyword::kWhere)) group->where = expression();
  expect(TokenKind::kCloseParen);
  quantifier(r);
  r.group = std::move(group);
  return r;
}

NodePattern Parser::node() {
  NodePattern n;
  n.position = position();
  expect(TokenKind::kOpenParen);
  if (is_name(peek()) && !at(Keyword::kIs) && !at(Keyword::kWhere)) {
    n.variable_position = position();
    n.variable = variable();
  }
  if (accept_label_mark()) {
    n.label_expression = label_expression(nullptr);
    if (n.label_expression->kind == ExprKind::kHasLabels && !n.label_expression->names.empty()) {
      n.labels = std::move(n.label_expression->names);
      n.label_expression = nullptr;
    }
  }
  n.properties = pattern_properties();
  if (accept(Keyword::kWhere)) n.where = expression();
  expect(TokenKind::kCloseParen);
  return n;
}

ExpressionPtr Parser::pattern_properties() {
  if (at(TokenKind::kOpenBrace)) return map();
  if (!at(TokenKind::kParameter)) return nullptr;
  const Item& t = peek();
  const bool touching = next_ > 0 && items_[next_ - 1].end == t.start;
  if (touching && is_name(items_[next_ - 1])) unexpected();  // (n$1) was (n:Person)
  if (!parameters_in_patterns_) {
    Error error(sqlstate::kSyntaxError, "parameter maps cannot be used in patterns of MATCH and MERGE");
    error.hint = positional_ && touching ? hint_for_unexpected() : "Name the properties: {key: $map.key}.";
    throw std::move(error).at(t.start);
  }
  return parameter();
}

RelationshipPattern Parser::relationship() {
  RelationshipPattern r;
  r.position = position();
  const bool left = accept(TokenKind::kLess);
  expect(TokenKind::kMinus);
  if (accept(TokenKind::kOpenBracket)) {
    relationship_detail(r);
    expect(TokenKind::kCloseBracket);
  }
  expect(TokenKind::kMinus);
  const bool right = accept(TokenKind::kGreater);
  r.direction = left == right ? Direction::kBoth : left ? Direction::kIn : Direction::kOut;
  quantifier(r);
  return r;
}

void Parser::relationship_detail(RelationshipPattern& r) {
  if (is_name(peek()) && !at(Keyword::kIs) && !at(Keyword::kWhere)) {
    r.variable_position = position();
    r.variable = variable();
  }
  if (accept_label_mark()) {
    ExpressionPtr types = label_expression(nullptr);
    bool plain = types->kind == ExprKind::kOr;
    for (const ExpressionPtr& e : types->args) plain = plain && e->kind == ExprKind::kHasLabels && e->names.size() == 1;
    if (plain) {
      for (ExpressionPtr& e : types->args) r.types.push_back(std::move(e->names[0]));
    } else if (types->kind == ExprKind::kHasLabels && types->names.size() == 1) {
      r.types = std::move(types->names);
    } else {
      r.type_expression = std::move(types);
    }
  }
  if (accept(TokenKind::kStar)) hops(r);
  r.properties = pattern_properties();
  if (accept(Keyword::kWhere)) r.where = expression();
}

// After '*': nothing, 2, 1..3, ..3, 2.. or just the two dots.
void Parser::hops(RelationshipPattern& r) {
  r.variable_length = true;
  if (at(TokenKind::kInteger)) r.min_hops = hop_count();
  if (!accept(TokenKind::kDotDot)) {
    r.max_hops = r.min_hops;
  } else if (at(TokenKind::kInteger)) {
    r.max_hops = hop_count();
  }
}

// GQL's quantifiers behind a relationship: {2}, {1,3}, {,3}, {2,}, + and *.
void Parser::quantifier(RelationshipPattern& r) {
  if (!at_quantifier(next_)) return;
  if (r.variable_length) unexpected();
  r.variable_length = true;
  if (accept(TokenKind::kPlus)) {
    r.min_hops = 1;
  } else if (accept(TokenKind::kStar)) {
    r.min_hops = 0;
  } else {
    take();
    r.min_hops = at(TokenKind::kInteger) ? hop_count() : 0;
    if (!accept(TokenKind::kComma)) {
      r.max_hops = r.min_hops;
    } else if (at(TokenKind::kInteger)) {
      r.max_hops = hop_count();
    }
    expect(TokenKind::kCloseBrace);
  }
}

int64_t Parser::hop_count() {
  const Item& t = peek();
  if (t.kind != TokenKind::kInteger || text_[t.start] == '-') unexpected();
  Value v;
  if (!decode_number(text_, t, v) || v.as_int() > std::numeric_limits<int32_t>::max()) {
    throw Error(sqlstate::kNumericOutOfRange, "number of hops is out of range").at(t.start);
  }
  take();
  return v.as_int();
}

// ':' or its stand-in IS (docs/wire.md, "Text").
bool Parser::accept_label_mark() {
  if (!at(Keyword::kIs)) return accept(TokenKind::kColon);
  take();
  return true;
}

// A|B, A&B, A:B, !A, %, brackets. A conjunction of names is one kHasLabels. `subject` is null in patterns, else
// the token of the variable that each kHasLabels asks about.
ExpressionPtr Parser::label_expression(const Item* subject) {
  Nesting nesting(*this);
  const uint32_t start = position();
  ExpressionPtr first = label_conjunction(subject);
  if (!at_more_labels(subject)) return first;
  ExpressionPtr any = make(ExprKind::kOr, start);
  any->args.push_back(std::move(first));
  while (at_more_labels(subject)) {
    take();
    accept(TokenKind::kColon);  // [:A|:B]
    any->args.push_back(label_conjunction(subject));
  }
  return done(std::move(any));
}

// At a '|' with another label behind it. In a comprehension it may begin what is projected as well: [n IN l WHERE n:A |
// n.x]. There a word is a label unless what follows it goes on as no label does, or it is all that is left of a
// comprehension which projects (its own variable, in one of a list).
bool Parser::at_more_labels(const Item* subject) const {
  if (!at(TokenKind::kBar)) return false;
  if (!subject) return true;
  const Item &next = peek(1), &behind = peek(2);
  switch (next.kind) {
    case TokenKind::kColon:
    case TokenKind::kExclamation:
    case TokenKind::kPercent:
    case TokenKind::kOpenParen: return true;
    default:
      if (!is_name(next) || next.keyword == Keyword::kCase || next.keyword == Keyword::kNot) return false;
  }
  switch (behind.kind) {
    case TokenKind::kDot:
    case TokenKind::kDoubleColon:
    case TokenKind::kOpenBracket:
    case TokenKind::kOpenParen:
    case TokenKind::kOpenBrace:
    case TokenKind::kPlus:
    case TokenKind::kMinus:
    case TokenKind::kStar:
    case TokenKind::kSlash:
    case TokenKind::kPercent:
    case TokenKind::kDoubleBar: return false;
    case TokenKind::kCloseBracket: return !projects_ || (!projects_->empty() && *projects_ != decode_name(text_, next));
    default: return true;
  }
}

ExpressionPtr Parser::label_conjunction(const Item* subject) {
  const uint32_t start = position();
  ExpressionPtr e = label_factor(subject);
  while (accept(TokenKind::kAmpersand) || accept(TokenKind::kColon)) {
    ExpressionPtr next = label_factor(subject);
    if (e->kind == ExprKind::kHasLabels && next->kind == ExprKind::kHasLabels && !e->names.empty() &&
        !next->names.empty()) {
      for (std::string& name : next->names) e->names.push_back(std::move(name));
      e->end = last_end();
      continue;
    }
    ExpressionPtr both = make(ExprKind::kAnd, start);
    both->args.push_back(std::move(e));
    both->args.push_back(std::move(next));
    e = done(std::move(both));
  }
  return e;
}

ExpressionPtr Parser::label_factor(const Item* subject) {
  const uint32_t start = position();
  uint32_t negations = 0;
  while (accept(TokenKind::kExclamation)) ++negations;
  ExpressionPtr e;
  if (accept(TokenKind::kOpenParen)) {
    e = label_expression(subject);
    expect(TokenKind::kCloseParen);
  } else {
    e = make(ExprKind::kHasLabels, start);
    if (subject) {
      ExpressionPtr variable = make(ExprKind::kVariable, subject->start);
      variable->end = subject->end;
      variable->name = decode_name(text_, *subject);
      e->args.push_back(std::move(variable));
    }
    e->name_position = position();
    if (!accept(TokenKind::kPercent)) e->names.push_back(schema_name());
    e = done(std::move(e));
  }
  if (negations % 2 == 0) return e;
  ExpressionPtr negated = make(ExprKind::kNot, start);
  negated->args.push_back(std::move(e));
  return done(std::move(negated));
}

// Whether the '(' here opens a node of a pattern that goes on with a relationship. A pattern and a parenthesised
// expression may start alike ("(a)-[1]" is arithmetic), so this looks at what follows the node's ')'.
bool Parser::at_pattern() const {
  const uint32_t close = pattern_node_end(next_);
  if (close == 0) return false;
  const Item* t = &items_[close + 1];
  if (t->kind == TokenKind::kLess) {
    return t[1].kind == TokenKind::kMinus && (t[2].kind == TokenKind::kMinus || t[2].kind == TokenKind::kOpenBracket);
  }
  if (t->kind != TokenKind::kMinus) return false;
  if (t[1].kind == TokenKind::kMinus) return true;
  return t[1].kind == TokenKind::kOpenBracket && t[1].match != 0 && items_[t[1].match + 1].kind == TokenKind::kMinus;
}

// The index of the ')' if what '(' opens looks like a node from inside, else 0.
uint32_t Parser::pattern_node_end(uint32_t open) const {
  const uint32_t close = items_[open].match;
  if (close == 0) return 0;
  uint32_t i = open + 1;
  if (is_variable(items_[i])) ++i;
  const Item& t = items_[i];
  const bool node = i == close || t.kind == TokenKind::kColon || t.kind == TokenKind::kOpenBrace ||
                    t.kind == TokenKind::kParameter || t.keyword == Keyword::kWhere || t.keyword == Keyword::kIs;
  return node ? close : 0;
}

// p = (a)-->(b), as pattern comprehensions start.
bool Parser::at_named_path() const {
  if (!is_variable(peek()) || peek(1).kind != TokenKind::kEqual || peek(2).kind != TokenKind::kOpenParen) return false;
  return pattern_node_end(next_ + 2) != 0;
}

}  // namespace elegraph::query::cypher
