// SPDX-License-Identifier: Apache-2.0
// COPY FROM STDIN of any bytes in any format. Rows are the same however the data is cut into blocks, and what was
// loaded comes back the same through COPY TO. Three bytes in front choose options, the types and the cuts.
#include <optional>
#include <string>
#include <vector>

#include "pgwire/message_reader.h"
#include "query/copy/rows.h"
#include "tests/fuzz/conversation.h"
#include "tests/fuzz/input.h"

using namespace elegraph;
using namespace elegraph::fuzz;
namespace copy = elegraph::query::copy;

namespace {

constexpr const char* kTypes[] = {"int8",      "float8",      "bool",     "text",   "date", "time",    "timetz",
                                  "timestamp", "timestamptz", "interval", "bytea",  "uuid", "numeric", "jsonb",
                                  "int8[]",    "text[]",      "float8[]", "date[]", "int4", "bool[]"};

struct Row {
  uint64_t line;
  std::vector<std::optional<std::string>> fields;
  bool operator==(const Row&) const = default;
};

std::vector<Row> parse(const copy::Options& options, std::string_view block, uint64_t line) {
  std::vector<Row> rows;
  std::vector<copy::Field> fields;
  copy::RowParser parser(options, block, line);
  while (parser.next(fields)) {
    Row& row = rows.emplace_back(Row{parser.line(), {}});
    for (auto& f : fields) row.fields.push_back(f.null ? std::nullopt : std::optional(std::string(f.view())));
  }
  return rows;
}

// As CopyLoad does it: blocks of whole rows, each with its first line.
std::vector<Row> parse_in_blocks(const copy::Options& options, std::string_view text, size_t chunk) {
  std::vector<Row> rows;
  copy::RowBoundaries boundaries(options);
  std::string pending;
  uint64_t line = 1;
  auto take = [&](size_t end) {
    for (auto& row : parse(options, std::string_view(pending).substr(0, end), line)) rows.push_back(std::move(row));
    pending.erase(0, end);
  };
  for (; !text.empty(); text.remove_prefix(std::min(chunk, text.size()))) {
    pending += text.substr(0, chunk);
    const size_t end = boundaries.last_row_end(pending);
    if (end > 0) take(end);
    if (boundaries.data_ended()) return rows;
    line += boundaries.lines();
  }
  take(pending.size());
  return rows;
}

std::optional<std::vector<Row>> rows_of(const copy::Options& options, std::string_view text, size_t chunk) {
  try {
    auto rows = chunk ? parse_in_blocks(options, text, chunk) : parse(options, text, 1);
    // A lone carriage return ends a row, but only line feeds count across blocks.
    if (text.find('\r') != std::string_view::npos)
      for (auto& row : rows) row.line = 0;
    return rows;
  } catch (const Error&) {
    return std::nullopt;
  }
}

void check_cuts(const copy::Options& options, std::string_view text, size_t chunk) {
  require(rows_of(options, text, 0) == rows_of(options, text, chunk), "rows depend on the cuts");
}

// The statement's tag, or nothing where it failed.
std::optional<std::string> tag_of(std::string_view answer) {
  pgwire::MessageReader in(answer);
  std::optional<std::string> tag;
  while (!in.at_end()) {
    const char type = char(in.byte());
    const std::string_view body = in.bytes(size_t(in.int32()) - 4);
    if (type == 'C') tag = body;
  }
  return tag;
}

std::optional<std::string> load(Conversation& session, const std::string& statement, std::string_view data, size_t chunk) {
  session.send('Q', statement + '\0');
  for (; !data.empty(); data.remove_prefix(std::min(chunk, data.size()))) session.send('d', data.substr(0, chunk));
  return tag_of(session.send('c', ""));
}

// Nothing where a temporal value lies outside PostgreSQL's range, for which its binary format has no room.
std::optional<std::string> unload(Conversation& session, const std::string& statement, bool binary) {
  const std::string answer = session.send('Q', statement + '\0');
  if (binary && answer.find("C22008") != std::string::npos) return std::nullopt;
  require(tag_of(answer).has_value(), "what was loaded cannot be copied out");
  std::string data;
  for (pgwire::MessageReader in(answer); !in.at_end();) {
    const char type = char(in.byte());
    const std::string_view body = in.bytes(size_t(in.int32()) - 4);
    if (type == 'd') data += body;
  }
  return data;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Input input(data, size);
  const uint8_t flags = input.byte();
  const std::string type = kTypes[input.byte() % std::size(kTypes)];
  const size_t chunk = std::max<size_t>(input.byte(), 1);
  const std::string_view text = input.rest();

  copy::Options options;
  options.format = copy::Format(flags % 3);
  std::string with = "FORMAT " + std::string(flags % 3 == 0 ? "text" : flags % 3 == 1 ? "csv" : "binary");
  const std::string types = ", TYPES 'a int8, b " + type + ", c text'";
  if (options.format == copy::Format::kCsv) {
    options.delimiter = ',', options.null_text.clear();
    if (flags & 8) with += ", HEADER";
    if (flags & 16) with += ", ESCAPE E'\\\\'", options.escape = '\\';
    if (flags & 32) with += ", FORCE_NULL (b, c)";
  }
  if (options.format != copy::Format::kBinary) {
    if (flags & 64) with += ", DELIMITER '|'", options.delimiter = '|';
    check_cuts(options, text, chunk);
  }

  Conversation session;
  session.open("fuzz");
  const std::string columns = flags & 8 && flags & 4 ? "" : " (a, b, c)";
  const bool typed = !(flags & 128);
  const auto tag = load(session, "COPY \"T\"" + columns + " FROM STDIN (" + with + (typed ? types : "") + ")", text, chunk);
  // A property from jsonb has the type of its value: it comes back as that, not as JSON.
  if (!tag || !typed || columns.empty() || type == "jsonb") return 0;
  for (const char* format : {"text", "csv", "binary"}) {
    // Lists with nulls or without items come as jsonb, which the array types read as text only.
    const bool binary = std::string(format) == "binary";
    if (binary && type.ends_with("]")) continue;
    const std::string out = " (a, b, c) TO STDOUT (FORMAT " + std::string(format) + ")";
    const auto first = unload(session, "COPY \"T\"" + out, binary);
    if (!first) continue;
    const std::string label = std::string("\"T_") + format + "\"";
    const auto again =
        load(session, "COPY " + label + " (a, b, c) FROM STDIN (FORMAT " + format + types + ")", *first, 1 << 16);
    require(again == tag, "what was copied out cannot be copied in");
    require(unload(session, "COPY " + label + out, binary) == first, "a copy of a copy differs");
  }
  return 0;
}
