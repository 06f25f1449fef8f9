// SPDX-License-Identifier: Apache-2.0
#include "query/sql/tree.h"

#include <pg_query.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "query/json_reader.h"
#include "query/sql/lexical.h"
#include "storage/error.h"

namespace elegraph::query::sql {
namespace {

// libpg_query writes its tree recursively and does not look at the stack.
constexpr uint32_t kMaxHeight = 3000;

bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || uint8_t(c) >= 0x80; }

// Words that can stack without brackets or commas between them.
bool is_stacking(std::string_view word) {
  static constexpr std::string_view kWords[] = {"AND",   "AT",  "BETWEEN",   "CASE", "COLLATE", "EXCEPT",
                                                "ILIKE", "IN",  "INTERSECT", "IS",   "ISNULL",  "JOIN",
                                                "LIKE",  "NOT", "NOTNULL",   "OR",   "SIMILAR", "UNION"};
  for (const std::string_view known : kWords) {
    if (known.size() == word.size() && std::equal(word.begin(), word.end(), known.begin(), [](char a, char b) {
          return (a >= 'a' && a <= 'z' ? a - 32 : a) == b;
        })) {
      return true;
    }
  }
  return false;
}

// An upper bound of the tree's height: operators since the last comma, summed over the open brackets.
void check_height(std::string_view text) {
  LexicalWalk walk(text, Language::kSql, {});
  std::vector<uint32_t> counts{0};
  uint32_t sum = 0;
  size_t word = std::string_view::npos;  // where the word before here starts
  char c;
  size_t at;
  while (walk.next(c, at)) {
    if (is_word(c)) {
      if (word == std::string_view::npos) word = at;
      continue;
    }
    bool grows = std::string_view("+-*/%^<>=~!@#&|`?:.").find(c) != std::string_view::npos;
    if (word != std::string_view::npos) grows |= is_stacking(text.substr(word, at - word));
    word = std::string_view::npos;
    if (grows) ++counts.back(), ++sum;
    if (c == '(' || c == '[') {
      counts.push_back(1), ++sum;
    } else if ((c == ')' || c == ']') && counts.size() > 1) {
      sum -= counts.back(), counts.pop_back();
    } else if (c == ',') {
      sum -= counts.back(), counts.back() = 0;
    }
    if (sum > kMaxHeight) {
      throw Error(sqlstate::kStatementTooComplex, "statement is too deeply nested").at(uint32_t(at));
    }
  }
}

// libpg_query counts characters from 1.
uint32_t byte_offset(std::string_view text, int characters) {
  size_t i = 0;
  for (int n = 1; n < characters && i < text.size(); ++n) {
    ++i;
    while (i < text.size() && (uint8_t(text[i]) & 0xC0) == 0x80) ++i;
  }
  return uint32_t(i);
}

// Builds the tree from RapidJSON's events.
class TreeBuilder : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, TreeBuilder> {
 public:
  explicit TreeBuilder(Tree& root) { open_.push_back(&root); }

  bool Null() { return add({}); }
  bool Bool(bool v) {
    Tree t;
    t.kind = Tree::Kind::kBool;
    t.flag = v;
    return add(std::move(t));
  }
  bool Int(int v) { return Int64(v); }
  bool Uint(unsigned v) { return Int64(v); }
  bool Uint64(uint64_t v) { return Int64(int64_t(v)); }
  bool Int64(int64_t v) {
    Tree t;
    t.kind = Tree::Kind::kNumber;
    t.number = v;
    return add(std::move(t));
  }
  bool Double(double) { return false; }  // there are none
  bool String(const char* s, rapidjson::SizeType size, bool) {
    Tree t;
    t.kind = Tree::Kind::kString;
    t.text.assign(s, size);
    return add(std::move(t));
  }
  bool Key(const char* s, rapidjson::SizeType size, bool) {
    open_.back()->names.emplace_back(s, size);
    return true;
  }
  bool StartObject() { return start(Tree::Kind::kObject); }
  bool StartArray() { return start(Tree::Kind::kArray); }
  bool EndObject(rapidjson::SizeType) { return end(); }
  bool EndArray(rapidjson::SizeType) { return end(); }

 private:
  // Only the last element of an open list grows, so the pointers to open ones stay good.
  bool add(Tree t) {
    open_.back()->items.push_back(std::move(t));
    return true;
  }
  bool start(Tree::Kind kind) {
    Tree t;
    t.kind = kind;
    add(std::move(t));
    open_.push_back(&open_.back()->items.back());
    return true;
  }
  bool end() {
    open_.pop_back();
    return true;
  }

  std::vector<Tree*> open_;
};

}  // namespace

ParseTree::ParseTree(std::string_view text) : text_(text) {
  if (const size_t nul = text.find('\0'); nul != std::string_view::npos) {
    throw Error(sqlstate::kCharacterNotInRepertoire, "invalid byte sequence for encoding \"UTF8\": 0x00").at(uint32_t(nul));
  }
  check_height(text);
  struct Free {
    void operator()(PgQueryParseResult* r) const { pg_query_free_parse_result(*r); }
  };
  PgQueryParseResult result = pg_query_parse(text_.c_str());
  const std::unique_ptr<PgQueryParseResult, Free> owner(&result);
  if (result.error) {
    throw Error(sqlstate::kSyntaxError, result.error->message).at(byte_offset(text_, result.error->cursorpos));
  }
  TreeBuilder builder(root_);
  rapidjson::Reader reader;
  rapidjson::StringStream stream(result.parse_tree);
  if (!reader.Parse<rapidjson::kParseIterativeFlag>(stream, builder)) {
    throw Error(sqlstate::kInternalError, "the SQL parser's tree cannot be read");
  }
  const Tree* statements = root_.empty() ? nullptr : find(root_[0], "stmts");
  if (!statements || statements->size() != 1) {
    throw Error(sqlstate::kSyntaxError, statements && statements->size() > 1
                                            ? "cannot insert multiple commands into a prepared statement"
                                            : "the statement is empty");
  }
  const Tree& statement = *find((*statements)[0], "stmt");
  kind_ = kind_of(statement);
  node_ = &body_of(statement);
}

const Tree* find(const Tree& object, const char* member) {
  for (size_t i = 0; i < object.names.size(); ++i) {
    if (object.names[i] == member) return &object.items[i];
  }
  return nullptr;
}

std::string_view text_of(const Tree& object, const char* member) {
  const Tree* v = find(object, member);
  return v ? std::string_view(v->text) : std::string_view();
}

int64_t number_of(const Tree& object, const char* member) {
  const Tree* v = find(object, member);
  return v ? v->number : 0;
}

bool flag_of(const Tree& object, const char* member) {
  const Tree* v = find(object, member);
  return v && v->flag;
}

uint32_t location_of(const Tree& object) {
  const int64_t at = number_of(object, "location");
  return at < 0 ? 0 : uint32_t(at);
}

std::string_view kind_of(const Tree& node) { return node.names.empty() ? std::string_view() : node.names[0]; }

const Tree& body_of(const Tree& node) {
  static const Tree kNothing;
  return node.names.empty() ? kNothing : node.items[0];
}

const Tree* as(const Tree& node, const char* kind) { return find(node, kind); }

std::string_view string_of(const Tree& node) {
  const Tree* s = as(node, "String");
  return s ? text_of(*s, "sval") : std::string_view();
}

std::string_view last_name(const Tree& list) {
  return !list.empty() ? string_of(list[list.size() - 1]) : std::string_view();
}

}  // namespace elegraph::query::sql
