// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "query/sql/lower.h"
#include "storage/error.h"

namespace elegraph::query::sql {

// Bounds the recursion over PostgreSQL's tree, and with it the height of Cypher's.
class Lowering::Nesting {
 public:
  explicit Nesting(uint32_t& depth) : depth_(depth) {
    if (++depth_ > kMaxDepth) {
      --depth_;
      throw Error(sqlstate::kStatementTooComplex, "statement is too deeply nested");
    }
  }
  ~Nesting() { --depth_; }
  Nesting(const Nesting&) = delete;
  Nesting& operator=(const Nesting&) = delete;

 private:
  static constexpr uint32_t kMaxDepth = 300;
  uint32_t& depth_;
};

}  // namespace elegraph::query::sql
