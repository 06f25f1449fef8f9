// SPDX-License-Identifier: Apache-2.0
#include "query/copy/row_writer.h"

#include <algorithm>

#include "query/copy/rows.h"

namespace elegraph::query::copy {

void RowWriter::begin() {
  header_.clear();
  if (options_.format == Format::kBinary) {
    header_ = kBinarySignature;
    header_.append(8, '\0');  // flags, length of the header's extension
    return;
  }
  line_.clear();
  if (!options_.header) return;
  for (size_t c = 0; c < columns_.size(); c++) {
    if (c) line_ += options_.delimiter;
    if (options_.format == Format::kCsv)
      csv_field(columns_[c].name, false);
    else
      text_field(columns_[c].name);
  }
  line_ += '\n';
  client_.copy_data(line_);
}

bool RowWriter::forced(size_t column) const {
  return options_.force_quote_all ||
         std::ranges::find(options_.force_quote, columns_[column].name) != options_.force_quote.end();
}

uint32_t RowWriter::rows(const exec::Batch& batch, std::span<const plan::Slot> slots, uint32_t from, uint32_t to) {
  constexpr size_t kMostBytes = 1 << 20;  // more only for one row
  size_t bytes = 0;
  for (uint32_t i = from; i < to; i++) {
    line_ = header_;
    header_.clear();
    if (options_.format == Format::kBinary)
      binary_row(batch, slots, batch.row(i));
    else
      text_row(batch, slots, batch.row(i));
    client_.copy_data(line_);
    bytes += line_.size();
    if (bytes >= kMostBytes) return i + 1;
  }
  return to;
}

void RowWriter::binary_row(const exec::Batch& batch, std::span<const plan::Slot> slots, uint32_t row) {
  line_ += char(slots.size() >> 8);
  line_ += char(slots.size());
  for (size_t c = 0; c < slots.size(); c++)
    types::encode_field(line_, batch.column(slots[c]), row, columns_[c].oid, 1, context_);
}

void RowWriter::text_row(const exec::Batch& batch, std::span<const plan::Slot> slots, uint32_t row) {
  for (size_t c = 0; c < slots.size(); c++) {
    if (c) line_ += options_.delimiter;
    const Vector& column = batch.column(slots[c]);
    if (!column.valid(row)) {
      line_ += options_.null_text;
      continue;
    }
    field_.clear();
    types::encode_field(field_, column, row, columns_[c].oid, 0, context_);
    std::string_view text = std::string_view(field_).substr(4);  // past the length word
    if (options_.format == Format::kCsv)
      csv_field(text, forced(c));
    else
      text_field(text);
  }
  line_ += '\n';
}

void RowWriter::text_field(std::string_view text) {
  for (char c : text) {
    switch (c) {
      case '\\': line_ += "\\\\"; break;
      case '\b': line_ += "\\b"; break;
      case '\f': line_ += "\\f"; break;
      case '\n': line_ += "\\n"; break;
      case '\r': line_ += "\\r"; break;
      case '\t': line_ += "\\t"; break;
      case '\v': line_ += "\\v"; break;
      default:
        if (c == options_.delimiter) line_ += '\\';
        line_ += c;
    }
  }
}

void RowWriter::csv_field(std::string_view text, bool force) {
  bool quote = force || text == options_.null_text || text == "\\.";
  for (char c : text) quote |= c == options_.delimiter || c == options_.quote || c == '\n' || c == '\r';
  if (!quote) {
    line_ += text;
    return;
  }
  line_ += options_.quote;
  for (char c : text) {
    if (c == options_.quote || c == options_.escape) line_ += options_.escape;
    line_ += c;
  }
  line_ += options_.quote;
}

void RowWriter::end() {
  if (options_.format == Format::kBinary) client_.copy_data(header_ + "\377\377");
}

}  // namespace elegraph::query::copy
