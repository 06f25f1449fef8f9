// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <vector>

#include "query/copy/options.h"
#include "query/copy/rows.h"
#include "query/types/pg_types.h"
#include "storage/catalog.h"
#include "storage/vector.h"

namespace elegraph::query::copy {

// One column of a COPY FROM: a property, or (in relationship loads, the first two) the key of an end.
struct Column {
  std::string name;
  StaticType type;  // kAny: not known yet, or (jsonb) each value has its own
  types::Oid oid = 0;
  bool open() const { return type.type == Type::kAny && oid == 0; }
  bool force_null = false, force_not_null = false;
};

// Columns by name with the types that TYPES, `name:type` headers and the catalog give; the rest stay open.
std::vector<Column> make_columns(const std::vector<std::string>& names, const Options& options);
void types_from_catalog(std::vector<Column>& columns, const storage::Catalog& catalog, const Options& options,
                        const std::string& target);
// Types the open columns from sample rows: int8, float8, bool, date, timestamptz, else text.
void types_from_sample(std::vector<Column>& columns, std::span<const std::vector<std::string>> rows);

// Reads a field as its column's type into row `row` of `out` (which has been reset to that type). Errors: 22P02
// "invalid input syntax for type ..."; 22023 for what no property can hold.
void convert(const Field& field, const Column& column, const Options& options, const types::EncodeContext& context,
             uint32_t row, Vector& out);

}  // namespace elegraph::query::copy
