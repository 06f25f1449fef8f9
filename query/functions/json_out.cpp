// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "query/functions/byte_text.h"
#include "query/functions/points.h"
#include "query/functions/temporal/format.h"
#include "query/functions/value_ops.h"

namespace elegraph::query {
namespace {

void append_key(std::string& out, std::string_view key) {
  append_json_string(out, key);
  out += ": ";
}

// Writes ", " before every item but the first.
class Separator {
 public:
  explicit Separator(std::string& out) : out_(out) {}
  void next() {
    if (!first_) out_ += ", ";
    first_ = false;
  }

 private:
  std::string& out_;
  bool first_ = true;
};

template <class Id>
void append_properties(std::string& out, Id id, const FunctionContext& context) {
  out += "\"properties\": {";
  if (context.reader->visible(id)) {
    Separator separator(out);
    auto& catalog = context.reader->graph().catalog();
    context.reader->properties(id, [&](KeyId key, const Value& v) {
      separator.next();
      append_key(out, catalog.name(key));
      append_json(out, v, context);
    });
  }
  out += '}';
}

void append_node(std::string& out, NodeId node, const FunctionContext& context) {
  out += "{\"id\": ";
  append_integer(out, node.value);
  if (context.reader) {
    out += ", \"labels\": [";
    Separator separator(out);
    auto& catalog = context.reader->graph().catalog();
    if (context.reader->visible(node))
      for (LabelId label : catalog.labels(context.reader->label_set(node)))
        separator.next(), append_json_string(out, catalog.name(label));
    out += "], ";
    append_properties(out, node, context);
  }
  out += '}';
}

void append_relationship(std::string& out, RelId rel, const FunctionContext& context) {
  out += "{\"id\": ";
  append_integer(out, rel.value);
  if (context.reader) {
    out += ", \"type\": ";
    append_json_string(out, context.reader->graph().catalog().name(context.reader->type(rel)));
    out += ", \"startId\": ";
    append_integer(out, context.reader->source(rel).value);
    out += ", \"endId\": ";
    append_integer(out, context.reader->target(rel).value);
    out += ", ";
    append_properties(out, rel, context);
  }
  out += '}';
}

void append_path(std::string& out, const PathObject& path, const FunctionContext& context) {
  out += "{\"nodes\": [";
  Separator nodes(out);
  for (NodeId n : path.nodes) nodes.next(), append_node(out, n, context);
  out += "], \"relationships\": [";
  Separator relationships(out);
  for (RelId r : path.relationships) relationships.next(), append_relationship(out, r, context);
  out += "]}";
}

void append_list(std::string& out, const std::vector<Value>& items, const FunctionContext& context) {
  out += '[';
  Separator separator(out);
  for (auto& item : items) separator.next(), append_json(out, item, context);
  out += ']';
}

void append_map(std::string& out, const Value& map, const FunctionContext& context) {
  out += '{';
  Separator separator(out);
  for (auto& [key, value] : map.as_map()) {
    separator.next();
    append_key(out, key);
    append_json(out, value, context);
  }
  out += '}';
}

void append_number_text(std::string& out, std::string_view text) {
  bool finite = !text.empty() && (text.back() >= '0' && text.back() <= '9');
  if (finite)
    out += text;
  else
    append_json_string(out, text);
}

}  // namespace

void append_json_string(std::string& out, std::string_view s) {
  constexpr char kDigits[] = "0123456789abcdef";
  out += '"';
  size_t plain = 0;  // start of what needs no escape
  for (size_t i = 0; i < s.size(); i++) {
    unsigned char c = static_cast<unsigned char>(s[i]);
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    out.append(s, plain, i - plain);
    plain = i + 1;
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      case '\b': out += "\\b"; break;
      case '\f': out += "\\f"; break;
      default: out += "\\u00", out += kDigits[c >> 4], out += kDigits[c & 15];
    }
  }
  out.append(s, plain, s.size() - plain);
  out += '"';
}

void append_json(std::string& out, const Value& v, const FunctionContext& context) {
  switch (v.type()) {
    case Type::kNull:
    case Type::kAny: out += "null"; return;
    case Type::kBool: out += v.as_bool() ? "true" : "false"; return;
    case Type::kInt: append_integer(out, v.as_int()); return;
    case Type::kFloat:
      if (std::isfinite(v.as_float())) return append_float(out, v.as_float());
      out += '"';
      append_special_float(out, v.as_float());
      out += '"';
      return;
    case Type::kString:
    case Type::kUuid: append_json_string(out, v.as_string()); return;
    case Type::kNumeric: append_number_text(out, v.as_string()); return;
    case Type::kBytes: {
      std::string hex;
      append_hex(hex, v.as_string());
      return append_json_string(out, hex);
    }
    case Type::kDate:
    case Type::kLocalTime:
    case Type::kTime:
    case Type::kLocalDateTime:
    case Type::kDateTime:
    case Type::kDuration:  // their texts need no escapes
      out += '"';
      temporal::append_text(out, v);
      out += '"';
      return;
    case Type::kList: return append_list(out, v.as_list(), context);
    case Type::kMap: return append_map(out, v, context);
    case Type::kNode: return append_node(out, v.as_node(), context);
    case Type::kRelationship: return append_relationship(out, v.as_relationship(), context);
    case Type::kPath: return append_path(out, v.as_path(), context);
    case Type::kPoint: return append_point_json(out, v.as_point());
  }
}

}  // namespace elegraph::query
