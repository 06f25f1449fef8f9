// SPDX-License-Identifier: Apache-2.0
#include "index/touched_rows.h"

#include <fmt/format.h>

#include "storage/error.h"

namespace elegraph::index {

void TouchedRows::add(storage::Transaction& t, std::shared_ptr<const TreeIndex> constraint, uint32_t id) {
  bool first = false;
  {
    std::lock_guard lock(rows_->mutex);
    auto& rows = rows_->of[&t];
    first = rows.empty();
    rows.push_back({std::move(constraint), id});
  }
  // A statement that is rolled back leaves nothing to check. What earlier statements left was checked at
  // their ends.
  if (first)
    t.at_rollback([rows = rows_, transaction = &t] {
      std::lock_guard lock(rows->mutex);
      rows->of.erase(transaction);
    });
}

std::vector<TouchedRows::Row> TouchedRows::take(const storage::Transaction& t) {
  std::lock_guard lock(rows_->mutex);
  auto at = rows_->of.find(&t);
  if (at == rows_->of.end()) return {};
  auto rows = std::move(at->second);
  rows_->of.erase(at);
  return rows;
}

void check_required(const TreeIndex& constraint, uint32_t id) {
  const Coverage& coverage = constraint.coverage();
  if (!coverage.newest(id).covered) return;
  auto values = coverage.newest_values(id);
  for (size_t i = 0; i < values.size(); ++i) {
    if (!values[i].is_null()) continue;
    const auto& d = constraint.definition();
    bool node = d.entity == EntityKind::kNode;
    throw Error(sqlstate::kNotNullViolation, fmt::format("property \"{}\" of {} \"{}\" violates not-null constraint \"{}\"",
                                                         d.keys[i], node ? "label" : "relationship type", d.label, d.name))
        .with_detail(fmt::format("{}({}) has no property `{}`.", node ? "Node" : "Relationship", id, d.keys[i]));
  }
}

}  // namespace elegraph::index
