// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "query/sql/lower.h"
#include "storage/error.h"

// WITH: a query that has a name. It stands in place of the name wherever FROM has it.
namespace elegraph::query::sql {

void Lowering::with(const Tree& clause) {
  if (flag_of(clause, "recursive")) refuse("WITH RECURSIVE", clause);
  const Tree& queries = *find(clause, "ctes");
  for (size_t i = 0; i < queries.size(); ++i) {
    const Tree& query = body_of(queries[i]);
    const Tree* body = as(*find(query, "ctequery"), "SelectStmt");
    if (!body) refuse("writing in WITH", query);
    common_tables_.push_back({std::string(text_of(query, "ctename")), body, find(query, "aliascolnames"), tables_.size()});
  }
}

const Lowering::CommonTable* Lowering::common_table(const Tree& range) const {
  if (find(range, "schemaname")) return nullptr;
  const std::string_view name = text_of(range, "relname");
  for (auto c = common_tables_.rbegin(); c != common_tables_.rend(); ++c) {
    if (c->name == name) return &*c;
  }
  return nullptr;
}

void Lowering::from_common_table(const CommonTable& common, const Tree& range, cypher::SingleQuery& out) {
  // Each of n queries may use the one before it twice.
  constexpr uint32_t kMaxUses = 500;
  if (++common_table_uses_ > kMaxUses) throw Error(sqlstate::kStatementTooComplex, "WITH queries are used too often");
  const size_t index = size_t(&common - common_tables_.data());
  std::vector<CommonTable> later(common_tables_.begin() + ptrdiff_t(index), common_tables_.end());
  std::vector<Table> beside(tables_.begin() + ptrdiff_t(later[0].tables), tables_.end());
  common_tables_.resize(index);
  tables_.resize(later[0].tables);
  Grouping* const grouping = std::exchange(grouping_, nullptr);  // that is of tables which the body does not see
  const Tree* alias = find(range, "alias");
  const Tree* renamed = alias ? find(*alias, "colnames") : nullptr;
  const std::string_view name = alias ? text_of(*alias, "aliasname") : std::string_view(later[0].name);
  add_subquery(*later[0].body, name, renamed ? renamed : later[0].columns, out);
  grouping_ = grouping;
  common_tables_.insert(common_tables_.end(), later.begin(), later.end());
  tables_.insert(tables_.end() - 1, beside.begin(), beside.end());  // the last one is this
}

}  // namespace elegraph::query::sql
