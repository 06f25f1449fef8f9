// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "query/engine.h"

namespace elegraph::pgwire {

void append_row_description(std::string& out, const std::vector<query::ResultColumn>& columns,
                            std::span<const int16_t> formats);

// The format of a column: none given is text, one stands for all.
inline int16_t format_of(std::span<const int16_t> formats, size_t column) {
  return formats.empty()           ? int16_t(0)
         : formats.size() == 1     ? formats[0]
         : column < formats.size() ? formats[column]
                                   : int16_t(0);
}

// Turns batches into DataRow messages, straight from the vectors into the output buffer. Used by one thread at a
// time.
class RowWriter final : public query::RowSink {
 public:
  static constexpr size_t kFullBytes = 64 << 10;
  static constexpr size_t kMostBytes = 1 << 20;  // more only for one row

  explicit RowWriter(std::string& out) : out_(out) {}
  void begin(const query::Portal& portal, const query::types::EncodeContext& context);

  uint32_t rows(const query::exec::Batch& batch, std::span<const query::plan::Slot> slots, uint32_t from,
                uint32_t to) override;
  void copy_data(std::string_view bytes) override;
  bool full() const override { return out_.size() >= kFullBytes; }

 private:
  struct Column {
    query::types::Oid oid;
    int16_t format;
    const Vector* vector;
  };

  std::string& out_;
  std::vector<Column> columns_;
  query::types::EncodeContext context_{};
};

}  // namespace elegraph::pgwire
