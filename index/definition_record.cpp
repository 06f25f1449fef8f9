// SPDX-License-Identifier: Apache-2.0
#include "index/definition_record.h"

#include "storage/error.h"
#include "storage/value_codec.h"

namespace elegraph::index {

using storage::put_string;
using storage::put_varint;

namespace {

[[noreturn]] void corrupted() {
  throw Error(sqlstate::kDataCorrupted, "an index definition in the log or checkpoint does not parse");
}

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
  storage::Decoder in(payload);
  DefinitionRecord record;
  auto operation = char(in.u8());
  if (operation != 'C' && operation != 'D' && operation != 'B') corrupted();
  record.operation = DefinitionRecord::Operation(operation);
  uint8_t entity = in.u8(), constraint = in.u8();
  if (entity > uint8_t(EntityKind::kRelationship) || constraint > uint8_t(ConstraintKind::kKey)) corrupted();
  auto& d = record.definition;
  d.entity = EntityKind(entity), d.constraint = ConstraintKind(constraint);
  d.name = in.string(), d.label = in.string();
  for (uint64_t n = in.varint(); n > 0; --n) d.keys.emplace_back(in.string());
  if (d.keys.empty() || !in.done()) corrupted();
  return record;
}

}  // namespace elegraph::index
