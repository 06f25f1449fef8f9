// SPDX-License-Identifier: Apache-2.0
#include "query/copy/rows.h"

#include <cstring>

#include "storage/error.h"

namespace elegraph::query::copy {

namespace {

// psql's \copy sends it behind the data.
bool is_end_mark(std::string_view row) {
  return row.size() >= 2 && row[0] == '\\' && row[1] == '.' && (row.size() == 2 || row[2] == '\n' || row[2] == '\r');
}

}  // namespace

size_t RowBoundaries::last_row_end(std::string_view text) {
  end_ = 0;
  lines_ = 0;
  if (data_ended_) return 0;
  size_t at = scanned_;
  if (!row_begins_ || !stops_at(text, at)) at = options_.format == Format::kText ? scan_text(text) : scan_csv(text);
  scanned_ = at - end_;
  return end_;
}

// Whether to go no further than the row that begins there: the data ends with it, or what follows must tell.
bool RowBoundaries::stops_at(std::string_view text, size_t row) {
  row_begins_ = row == text.size() || (text[row] == '\\' && text.size() - row < 3);
  if (row_begins_) return true;
  data_ended_ = text[row] == '\\' && is_end_mark(text.substr(row));
  if (data_ended_) end_ = row;
  return data_ended_;
}

// An escaped line end has a backslash before it; a backslash at the end is looked at again with what follows.
size_t RowBoundaries::scan_text(std::string_view text) {
  for (size_t at = scanned_;; at++) {
    if (at == text.size() || (text[at] == '\\' && at + 1 == text.size())) return at;
    if (text[at] == '\\') {
      at++;
    } else if (text[at] == '\n' || text[at] == '\r') {
      if (text[at] == '\n') end_ = at + 1, lines_++;
      if (stops_at(text, at + 1)) return at + 1;
    }
  }
}

size_t RowBoundaries::scan_csv(std::string_view text) {
  const char quote = options_.quote, escape = options_.escape;
  size_t i = scanned_;
  uint64_t lines = lines_at_end_;
  for (; i < text.size(); i++) {
    char c = text[i];
    if (quoted_ && c == escape && escape != quote) {
      if (i + 1 == text.size()) break;
      i++;
    } else if (c == quote) {
      quoted_ = !quoted_;
    } else if (c == '\n' || c == '\r') {
      if (c == '\n') lines++;
      if (quoted_) continue;
      if (c == '\n') end_ = i + 1, lines_ = lines;
      if (!stops_at(text, i + 1)) continue;
      i++;
      break;
    }
  }
  lines_at_end_ = end_ ? lines - lines_ : lines;
  return i;
}

RowParser::RowParser(const Options& options, std::string_view block, uint64_t first_line)
    : options_(options), at_(block.data()), end_(block.data() + block.size()), line_(first_line), row_line_(first_line) {}

bool RowParser::next(std::vector<Field>& out) {
  out.clear();
  if (at_ == end_) return false;
  row_line_ = line_;
  if (is_end_mark({at_, size_t(end_ - at_)})) return at_ = end_, false;
  const bool csv = options_.format == Format::kCsv;
  for (;;) {
    out.push_back(csv ? csv_field() : text_field());
    if (at_ == end_) return true;
    char c = *at_++;
    if (c == options_.delimiter) {
      if (at_ == end_) out.push_back({at_, 0, options_.null_text.empty()});
      continue;
    }
    if (c == '\r' && at_ != end_ && *at_ == '\n') at_++;
    line_++;
    return true;
  }
}

Field RowParser::csv_field() {
  const char quote = options_.quote, escape = options_.escape, delimiter = options_.delimiter;
  const char* begin = at_;
  if (at_ == end_ || *at_ != quote) {
    while (at_ != end_ && *at_ != delimiter && *at_ != '\n' && *at_ != '\r' && *at_ != quote) at_++;
    if (at_ == end_ || *at_ != quote) {
      std::string_view text(begin, size_t(at_ - begin));
      return {begin, uint32_t(text.size()), text == options_.null_text};
    }
  }
  // Quotes somewhere: collect.
  std::string value(begin, at_);
  bool plain = true, quoted = false;
  const char* inner = nullptr;
  for (; at_ != end_; at_++) {
    char c = *at_;
    if (!quoted && (c == delimiter || c == '\n' || c == '\r')) break;
    if (quoted && c == escape && at_ + 1 != end_ && (at_[1] == quote || at_[1] == escape)) {
      value += *++at_;
      plain = false;
    } else if (c == quote) {
      quoted = !quoted;
      if (quoted && at_ == begin) inner = at_ + 1;
    } else {
      if (c == '\n') line_++;
      value += c;
    }
  }
  if (quoted)
    throw Error(sqlstate::kBadCopyFileFormat, "unterminated CSV quoted field")
        .with_detail("The row began at line " + std::to_string(row_line_) + ".");
  if (plain && inner && size_t(at_ - begin) == value.size() + 2) return {inner, uint32_t(value.size()), false};
  char* copy = spill(value.size());
  std::memcpy(copy, value.data(), value.size());
  return {copy, uint32_t(value.size()), false};
}

namespace {

int octal(char c) { return c >= '0' && c <= '7' ? c - '0' : -1; }
int hexadecimal(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The character that the escape after a backslash at *at means; moves past it.
char unescape(const char*& at, const char* end) {
  char c = *at++;
  switch (c) {
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    case 'v': return '\v';
    case 'x': {
      int value = 0, digits = 0;
      while (at != end && digits < 2 && hexadecimal(*at) >= 0) value = value * 16 + hexadecimal(*at++), digits++;
      return digits ? char(value) : 'x';
    }
    default: break;
  }
  if (octal(c) < 0) return c;
  int value = octal(c), digits = 1;
  while (at != end && digits < 3 && octal(*at) >= 0) value = value * 8 + octal(*at++), digits++;
  return char(value);
}

}  // namespace

Field RowParser::text_field() {
  const char* begin = at_;
  const char delimiter = options_.delimiter;
  while (at_ != end_ && *at_ != delimiter && *at_ != '\n' && *at_ != '\r' && *at_ != '\\') at_++;
  if (at_ == end_ || *at_ != '\\') {
    std::string_view text(begin, size_t(at_ - begin));
    return {begin, uint32_t(text.size()), text == options_.null_text};
  }
  std::string value(begin, at_);
  while (at_ != end_ && *at_ != delimiter && *at_ != '\n' && *at_ != '\r') {
    char c = *at_++;
    value += c == '\\' && at_ != end_ ? unescape(at_, end_) : c;
  }
  std::string_view raw(begin, size_t(at_ - begin));
  char* copy = spill(value.size());
  std::memcpy(copy, value.data(), value.size());
  return {copy, uint32_t(value.size()), raw == options_.null_text};
}

char* RowParser::spill(size_t bytes) { return spilled_.emplace_back(bytes, '\0').data(); }

size_t binary_header_size(std::string_view text) {
  if (text.size() < 19) return 0;
  if (text.substr(0, 11) != kBinarySignature)
    throw Error(sqlstate::kBadCopyFileFormat, "COPY file signature not recognized");
  uint32_t extension = 0;
  for (size_t i = 15; i < 19; i++) extension = extension << 8 | uint8_t(text[i]);
  return text.size() >= 19 + size_t(extension) ? 19 + size_t(extension) : 0;
}

namespace {

int32_t big_endian32(const char* p) {
  return int32_t(uint32_t(uint8_t(p[0])) << 24 | uint32_t(uint8_t(p[1])) << 16 | uint32_t(uint8_t(p[2])) << 8 |
                 uint8_t(p[3]));
}

}  // namespace

size_t binary_row_size(std::string_view text, bool& trailer) {
  if (text.size() < 2) return 0;
  int16_t fields = int16_t(uint8_t(text[0]) << 8 | uint8_t(text[1]));
  trailer = fields == -1;
  if (trailer) return 2;
  if (fields < 0) throw Error(sqlstate::kBadCopyFileFormat, "invalid field count in binary COPY data");
  size_t at = 2;
  for (int i = 0; i < fields; i++) {
    if (text.size() < at + 4) return 0;
    int32_t size = big_endian32(text.data() + at);
    if (size < -1) throw Error(sqlstate::kBadCopyFileFormat, "invalid field size in binary COPY data");
    at += 4 + (size > 0 ? size_t(size) : 0);
  }
  return text.size() >= at ? at : 0;
}

void binary_row(std::string_view row, std::vector<Field>& out) {
  out.clear();
  size_t at = 2;
  while (at < row.size()) {
    int32_t size = big_endian32(row.data() + at);
    at += 4;
    out.push_back({row.data() + at, size > 0 ? uint32_t(size) : 0, size < 0});
    at += size > 0 ? size_t(size) : 0;
  }
}

}  // namespace elegraph::query::copy
