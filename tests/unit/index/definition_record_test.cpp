// SPDX-License-Identifier: Apache-2.0
#include "index/definition_record.h"

#include <gtest/gtest.h>

#include "storage/error.h"

namespace elegraph::index {
namespace {

IndexDefinition example() {
  return {"knows_since_key", EntityKind::kRelationship, "KNOWS", {"since", "größe"}, ConstraintKind::kKey, true};
}

TEST(DefinitionRecord, ReadsBackWhatItWrote) {
  auto record = decode_definition(encode_definition(DefinitionRecord::Operation::kDrop, example()));
  EXPECT_EQ(record.operation, DefinitionRecord::Operation::kDrop);
  EXPECT_EQ(record.definition.name, "knows_since_key");
  EXPECT_EQ(record.definition.entity, EntityKind::kRelationship);
  EXPECT_EQ(record.definition.label, "KNOWS");
  EXPECT_EQ(record.definition.keys, (std::vector<std::string>{"since", "größe"}));
  EXPECT_EQ(record.definition.constraint, ConstraintKind::kKey);
}

TEST(DefinitionRecord, RefusesWhatDoesNotParse) {
  std::string good = encode_definition(DefinitionRecord::Operation::kCreate, example());
  for (size_t size = 0; size < good.size(); ++size) EXPECT_THROW(decode_definition(good.substr(0, size)), Error);
  EXPECT_THROW(decode_definition(good + "x"), Error);
  good[0] = 'Z';
  EXPECT_THROW(decode_definition(good), Error);
}

}  // namespace
}  // namespace elegraph::index
