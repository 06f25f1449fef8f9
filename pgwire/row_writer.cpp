// SPDX-License-Identifier: Apache-2.0
#include "pgwire/row_writer.h"

#include "pgwire/message_writer.h"
#include "query/types/network_order.h"

namespace elegraph::pgwire {

void append_row_description(std::string& out, const std::vector<query::ResultColumn>& columns,
                            std::span<const int16_t> formats) {
  MessageWriter message(out, 'T');
  message.int16(int(columns.size()));
  for (size_t i = 0; i < columns.size(); i++) {
    auto& column = columns[i];
    message.text(column.name);
    char rest[18] = {};  // int32 table, int16 attribute, int32 type, int16 length, int32 modifier, int16 format
    query::types::store_big(rest + 6, uint32_t(column.oid));
    query::types::store_big(rest + 10, uint16_t(column.length));
    query::types::store_big(rest + 12, uint32_t(-1));
    query::types::store_big(rest + 16, uint16_t(format_of(formats, i)));
    message.bytes({rest, sizeof rest});
  }
  message.end();
}

void RowWriter::begin(const query::Portal& portal, const query::types::EncodeContext& context) {
  context_ = context;
  columns_.clear();
  auto& columns = portal.columns();
  for (size_t i = 0; i < columns.size(); i++) columns_.push_back({columns[i].oid, format_of(portal.formats(), i), nullptr});
}

uint32_t RowWriter::rows(const query::exec::Batch& batch, std::span<const query::plan::Slot> slots, uint32_t from,
                         uint32_t to) {
  for (size_t i = 0; i < columns_.size(); i++) columns_[i].vector = &batch.column(slots[i]);
  for (uint32_t i = from; i < to; i++) {
    uint32_t row = batch.row(i);
    MessageWriter message(out_, 'D');
    message.int16(int(columns_.size()));
    for (auto& column : columns_)
      query::types::encode_field(out_, *column.vector, row, column.oid, column.format, context_);
    message.end();
    if (out_.size() >= kMostBytes) return i + 1;
  }
  return to;
}

void RowWriter::copy_data(std::string_view bytes) { MessageWriter(out_, 'd').bytes(bytes).end(); }

}  // namespace elegraph::pgwire
