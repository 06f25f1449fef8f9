// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "index/property_index.h"

namespace elegraph::index {

// What IndexSet logs with Transaction::log_definition, and gives to checkpoints:
//
//   byte   operation: 'C' create, 'D' drop, 'B' a build began (recovery ignores it)
//   byte   entity: 0 node, 1 relationship
//   byte   constraint: 0 none, 1 unique, 2 exists, 3 key
//   string name, string label or type, varint n, string[n] keys
//
// Payloads that begin with other letters are other layers'. Strings and varints are those of storage/value_codec.h. A
// drop and a begin carry the whole definition, too.
struct DefinitionRecord {
  enum class Operation : char { kCreate = 'C', kDrop = 'D', kBegin = 'B' };
  Operation operation = Operation::kCreate;
  IndexDefinition definition;
};

std::string encode_definition(DefinitionRecord::Operation operation, const IndexDefinition& definition);
bool is_definition(std::string_view payload);
DefinitionRecord decode_definition(std::string_view payload);  // throws Error XX001

}  // namespace elegraph::index
