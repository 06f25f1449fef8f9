// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace elegraph::query::sql {

// PostgreSQL's parse tree, as libpg_query writes it in JSON: each node is an object with one member, named by the
// node's type. Locations are byte offsets into the text.
struct Tree {
  enum class Kind : uint8_t { kNull, kBool, kNumber, kString, kObject, kArray };

  size_t size() const { return items.size(); }
  bool empty() const { return items.empty(); }
  const Tree& operator[](size_t i) const { return items[i]; }

  Kind kind = Kind::kNull;
  bool flag = false;
  int64_t number = 0;
  std::string text;
  std::vector<std::string> names;  // of an object's members, parallel to `items`
  std::vector<Tree> items;         // of an array or object
};

// Parses `text`, which must be one statement. Errors: 42601 with position; 54001 where the text could nest too deeply for
// the library's recursion. Thread-safe: the library keeps its memory per thread.
class ParseTree {
 public:
  explicit ParseTree(std::string_view text);
  // The statement's node: its type and its members.
  std::string_view kind() const { return kind_; }
  const Tree& node() const { return *node_; }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
  Tree root_;
  std::string_view kind_;
  const Tree* node_ = nullptr;
};

// Members, with what their absence means in protobuf's manner: "", 0, false, null.
const Tree* find(const Tree& object, const char* member);
std::string_view text_of(const Tree& object, const char* member);
int64_t number_of(const Tree& object, const char* member);
bool flag_of(const Tree& object, const char* member);
uint32_t location_of(const Tree& object);

// The one member of a node, or null: the node's type.
std::string_view kind_of(const Tree& node);
const Tree& body_of(const Tree& node);
const Tree* as(const Tree& node, const char* kind);  // the members if the node is of that type
// A String node's text, "" for others.
std::string_view string_of(const Tree& node);
// The last part of a list of String nodes: a name without its schema.
std::string_view last_name(const Tree& list);

}  // namespace elegraph::query::sql
