// SPDX-License-Identifier: Apache-2.0
#include "index/definition_record.h"

#include "storage/error.h"

namespace elegraph::index {
namespace {

void put_varint(std::string& out, uint64_t v) {
  for (; v >= 0x80; v >>= 7) out.push_back(char(v | 0x80));
  out.push_back(char(v));
}

void put_string(std::string& out, std::string_view s) {
  put_varint(out, s.size());
  out += s;
}

[[noreturn]] void corrupted() {
  throw Error(sqlstate::kDataCorrupted, "an index definition in the log or checkpoint does not parse");
}

struct Input {
  std::string_view left;

  uint8_t byte() {
    if (left.empty()) corrupted();
    auto b = uint8_t(left.front());
    left.remove_prefix(1);
    return b;
  }
  uint64_t varint() {
    uint64_t v = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      uint8_t b = byte();
      v |= uint64_t(b & 0x7f) << shift;
      if (b < 0x80) return v;
    }
    corrupted();
  }
  std::string string() {
    uint64_t size = varint();
    if (size > left.size()) corrupted();
    std::string s(left.substr(0, size));
    left.remove_prefix(size);
    return s;
  }
};

}  // namespace

std::string encode_definition(DefinitionRecord::Operation operation, const IndexDefinition& definition) {
  std::string out;
  out.push_back(char(operation));
  out.push_back(char(definition.entity));
  out.push_back(char(definition.constraint));
  put_string(out, definition.name);
  put_string(out, definition.label);
  put_varint(out, definition.keys.size());
  for (auto& key : definition.keys) put_string(out, key);
  return out;
}

bool is_definition(std::string_view payload) {
  return payload.starts_with('C') || payload.starts_with('D') || payload.starts_with('B');
}

DefinitionRecord decode_definition(std::string_view payload) {
  Input in{payload};
  DefinitionRecord record;
  auto operation = char(in.byte());
  if (operation != 'C' && operation != 'D' && operation != 'B') corrupted();
  record.operation = DefinitionRecord::Operation(operation);
  uint8_t entity = in.byte(), constraint = in.byte();
  if (entity > uint8_t(EntityKind::kRelationship) || constraint > uint8_t(ConstraintKind::kKey)) corrupted();
  auto& d = record.definition;
  d.entity = EntityKind(entity), d.constraint = ConstraintKind(constraint);
  d.name = in.string(), d.label = in.string();
  uint64_t keys = in.varint();
  if (keys > in.left.size()) corrupted();
  for (uint64_t i = 0; i < keys; ++i) d.keys.push_back(in.string());
  if (d.keys.empty() || !in.left.empty()) corrupted();
  return record;
}

}  // namespace elegraph::index
