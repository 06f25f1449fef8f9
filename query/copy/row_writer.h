// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <vector>

#include "query/copy/options.h"
#include "query/engine.h"

namespace elegraph::query::copy {

// COPY TO STDOUT: takes rows and hands their text on to the client as copy data.
class RowWriter final : public RowSink {
 public:
  RowWriter(RowSink& client, const Options& options, std::span<const ResultColumn> columns, types::EncodeContext context)
      : client_(client), options_(options), columns_(columns), context_(context) {}

  // The csv header goes out at once, the binary one with the first row in one message: clients that read row by row
  // count on it.
  void begin();
  bool header_waits() const { return !header_.empty(); }
  uint32_t rows(const exec::Batch& batch, std::span<const plan::Slot> slots, uint32_t from, uint32_t to) override;
  void copy_data(std::string_view bytes) override { client_.copy_data(bytes); }
  bool full() const override { return client_.full(); }
  void end();  // binary trailer

 private:
  void binary_row(const exec::Batch& batch, std::span<const plan::Slot> slots, uint32_t row);
  void text_row(const exec::Batch& batch, std::span<const plan::Slot> slots, uint32_t row);
  void text_field(std::string_view text);
  void csv_field(std::string_view text, bool force);
  bool forced(size_t column) const;

  RowSink& client_;
  const Options& options_;
  std::span<const ResultColumn> columns_;
  types::EncodeContext context_;
  std::string header_;  // binary, until the first row
  std::string line_, field_;
};

}  // namespace elegraph::query::copy
