// SPDX-License-Identifier: Apache-2.0
#include "query/command_cache.h"

#include <xxhash.h>

#include <array>

namespace elegraph::query::command_cache {
namespace {

constexpr size_t kEntries = 64, kLongestText = 128;

std::shared_ptr<const Statement>& entry(std::string_view text) {
  thread_local std::array<std::shared_ptr<const Statement>, kEntries> table;
  return table[XXH3_64bits(text.data(), text.size()) % kEntries];
}

}  // namespace

std::shared_ptr<const Statement> find(std::string_view text) {
  if (text.size() > kLongestText) return nullptr;
  const auto& found = entry(text);
  return found && found->source == text ? found : nullptr;
}

void insert(std::shared_ptr<const Statement> statement) {
  if (statement->source.size() > kLongestText) return;
  auto& place = entry(statement->source);
  place = std::move(statement);
}

}  // namespace elegraph::query::command_cache
