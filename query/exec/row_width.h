// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "query/exec/rows.h"
#include "query/plan/expression.h"

// How wide rows are, so that a batch can be bounded by bytes and not by its rows alone.
namespace elegraph::query::exec {

// Bytes that a value takes, about.
uint64_t value_bytes(const Value& v);

// Bytes that the rows' values take in `v` beside the vector's own cells: strings, lists, maps. A constant counts for each
// row.
uint64_t long_bytes(const Vector& v, Rows rows);

// Whether an expression may make values that are long: not numbers, temporals or entities, and not what is there already.
bool may_be_long(const plan::BoundExpression& e);

}  // namespace elegraph::query::exec
