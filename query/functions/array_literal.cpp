// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <vector>

#include "query/functions/faults.h"
#include "query/functions/postgres_parse.h"
#include "query/functions/value_ops.h"

// PostgreSQL's array literals: {1,NULL,"a \"b\"",{nested}}, with optional bounds before them ([1:2]={...}).
namespace elegraph::query {
namespace {

constexpr int kMaxDimensions = 6;  // as PostgreSQL's MAXDIM

class ArrayReader {
 public:
  ArrayReader(std::string_view text, Type element, const TextStyle& style)
      : text_(text), element_(element), style_(style) {}

  Value read() {
    skip_spaces();
    if (peek() == '[') skip_bounds();
    Value v = list(1);
    skip_spaces();
    if (at_ != text_.size()) fail();
    return v;
  }

 private:
  [[noreturn]] void fail() {
    throw Error(sqlstate::kInvalidTextRepresentation,
                "malformed array literal: \"" + std::string(text_.substr(0, 200)) + "\"")
        .with_hint("Write it as in '{1,2,NULL}'.");
  }
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void skip_spaces() {
    while (at_ < text_.size() && std::string_view(" \t\n\r\v\f").find(text_[at_]) != std::string_view::npos) at_++;
  }
  void skip_bounds() {
    size_t equal = text_.find('=', at_);
    if (equal == std::string_view::npos) fail();
    at_ = equal + 1;
    skip_spaces();
  }

  Value list(int depth) {
    if (peek() != '{' || depth > kMaxDimensions) fail();
    at_++;
    std::vector<Value> items;
    skip_spaces();
    if (peek() == '}') return at_++, Value::list({});
    for (;;) {
      skip_spaces();
      items.push_back(peek() == '{' ? list(depth + 1) : item());
      skip_spaces();
      char c = peek();
      at_++;
      if (c == '}') return Value::list(std::move(items));
      if (c != ',') fail();
    }
  }

  Value item() {
    std::string text;
    bool quoted = peek() == '"';
    if (quoted)
      read_quoted(text);
    else
      read_plain(text);
    if (!quoted && text.size() == 4 && read_null(text)) return {};
    return parse_postgres_text(text, {element_, Type::kAny}, style_);
  }
  static bool read_null(std::string_view s) {
    for (size_t i = 0; i < 4; i++)
      if (char(s[i] | 32) != "null"[i]) return false;
    return true;
  }
  void read_quoted(std::string& out) {
    at_++;
    while (peek() != '"') {
      if (peek() == '\\') at_++;
      if (at_ >= text_.size()) fail();
      out += text_[at_++];
    }
    at_++;
  }
  void read_plain(std::string& out) {
    while (at_ < text_.size() && peek() != ',' && peek() != '}') {
      if (peek() == '{' || peek() == '"') fail();
      if (peek() == '\\' && ++at_ == text_.size()) fail();
      out += text_[at_++];
    }
    out = std::string(trim_spaces(out));
    if (out.empty()) fail();
  }

  std::string_view text_;
  size_t at_ = 0;
  Type element_;
  const TextStyle& style_;
};

}  // namespace

Value parse_array_literal(std::string_view text, Type element, const TextStyle& style) {
  return ArrayReader(text, element, style).read();
}

}  // namespace elegraph::query
