// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "query/copy/options.h"

namespace elegraph::query::copy {

// Finds where rows end in a stream of csv or text, so that whole rows can be handed to several parsers. Sequential and
// cheap: it looks at quotes, escapes and line ends only. A line of nothing but \. ends the data, whatever comes behind it.
class RowBoundaries {
 public:
  explicit RowBoundaries(const Options& options) : options_(options) {}
  // The end (exclusive) of the last whole row in `text`, which goes on from the rest of the last call's text; 0 if none.
  // Counts the lines of the whole rows.
  size_t last_row_end(std::string_view text);
  uint64_t lines() const { return lines_; }
  bool data_ended() const { return data_ended_; }

 private:
  size_t scan_text(std::string_view text);
  size_t scan_csv(std::string_view text);
  bool stops_at(std::string_view text, size_t row);

  const Options& options_;
  bool row_begins_ = true;  // with the first byte that was not looked at
  bool data_ended_ = false;
  bool quoted_ = false;
  size_t scanned_ = 0;  // bytes at the front of the next call's text that were looked at before
  size_t end_ = 0;
  uint64_t lines_ = 0, lines_at_end_ = 0;
};

// One field of a row; text points into the block or the parser's memory.
struct Field {
  const char* data = nullptr;
  uint32_t size = 0;
  bool null = false;
  std::string_view view() const { return {data, size}; }
};

// Takes whole rows apart, one at a time. Errors: 22P04 with the line in the detail.
class RowParser {
 public:
  RowParser(const Options& options, std::string_view block, uint64_t first_line);
  // The next row's fields; false at the end of the block or of the data (a line of nothing but \.).
  bool next(std::vector<Field>& out);
  uint64_t line() const { return row_line_; }  // where the row that next() gave began

 private:
  Field csv_field();
  Field text_field();
  char* spill(size_t bytes);

  const Options& options_;
  const char* at_;
  const char* end_;
  uint64_t line_, row_line_;
  // Fields that had to be unescaped; freed with the parser.
  std::deque<std::string> spilled_;
};

// Binary COPY (PostgreSQL's file format): header, then rows of counted fields. `next` needs a whole row in front.
inline constexpr std::string_view kBinarySignature{"PGCOPY\n\377\r\n\0", 11};
// Bytes of the header, 0 if not yet whole. 22P04 when it is none.
size_t binary_header_size(std::string_view text);
// Bytes of the next row, 0 if not yet whole; `trailer` set at the end of the data.
size_t binary_row_size(std::string_view text, bool& trailer);
void binary_row(std::string_view row, std::vector<Field>& out);

}  // namespace elegraph::query::copy
