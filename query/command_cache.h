// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string_view>

#include "query/statement.h"

namespace elegraph::query {

// Compiled session commands (BEGIN, COMMIT, SET, ...) by their exact text, so that a transaction's frame does not cost
// a run of PostgreSQL's parser for each of its statements. Only what depends on nothing but the text goes in. One small
// direct-mapped table a thread: no locks, bounded, nothing shared.
namespace command_cache {

std::shared_ptr<const Statement> find(std::string_view text);  // null: not there
void insert(std::shared_ptr<const Statement> statement);       // of its own `source`; long texts are left out

}  // namespace command_cache
}  // namespace elegraph::query
