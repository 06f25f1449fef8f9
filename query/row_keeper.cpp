// SPDX-License-Identifier: Apache-2.0
#include "query/row_keeper.h"

#include "query/exec/row_width.h"
#include "query/session.h"

namespace elegraph::query {
namespace {

Value detached(Value v, const FunctionContext& context) {
  if (v.type() < Type::kList || v.type() > Type::kPath) return v;
  std::string json;
  append_json(json, v, context);
  return parse_json(json);
}

}  // namespace

RowKeeper::RowKeeper(SessionImplementation& session, const std::vector<ResultColumn>& columns)
    : session_(session),
      memory_(session.shared.options.statement_memory),
      columns_(columns),
      buffer_(uint32_t(columns.size())) {}

uint32_t RowKeeper::rows(const exec::Batch& batch, std::span<const plan::Slot> slots, uint32_t from, uint32_t to) {
  const types::EncodeContext encode = session_.encode_context();
  for (uint32_t i = from; i < to; i++) {
    std::vector<Value> row;
    memory_.add(int64_t(sizeof row));
    for (size_t c = 0; c < slots.size(); c++) {
      Value v = batch.column(slots[c]).value(batch.row(i));
      const bool json = columns_[c].oid == types::oid::kJsonb;
      row.push_back(json ? detached(std::move(v), *encode.functions) : std::move(v));
      memory_.add(int64_t(exec::value_bytes(row.back())));
    }
    buffer_.add(std::move(row));
  }
  return to;
}

}  // namespace elegraph::query
