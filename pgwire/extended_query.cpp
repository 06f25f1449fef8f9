// SPDX-License-Identifier: Apache-2.0
// The extended query protocol: Parse, Bind, Describe, Execute, Close.
#include <fmt/format.h>

#include "pgwire/backend.h"
#include "pgwire/error_response.h"
#include "pgwire/message_writer.h"
#include "query/types/utf8.h"

namespace elegraph::pgwire {
namespace {

Error unknown_target(uint8_t kind) {
  return Error(sqlstate::kProtocolViolation, fmt::format("invalid message subtype {}", kind));
}

}  // namespace

void Backend::parse(MessageReader in) {
  std::string_view name = in.text(), text = in.text();
  uint16_t types = in.count();
  parameter_types_.clear();
  for (uint16_t i = 0; i < types; i++) parameter_types_.push_back(uint32_t(in.int32()));
  in.end();
  try {
    query::types::require_text(text);
    query::types::require_text(name);
    session_.parse(name, text, parameter_types_);
    append_notices(text);
    append_empty_message(out_, '1');
  } catch (...) {
    fail(std::current_exception(), text);
    skip_to_sync_ = true;
  }
}

void Backend::read_formats(MessageReader& in, std::vector<int16_t>& formats) {
  formats.clear();
  for (uint16_t n = in.count(); n; n--) {
    int16_t format = in.int16();
    if (format != 0 && format != 1)
      throw Error(sqlstate::kInvalidParameterValue, fmt::format("unsupported format code: {}", format));
    formats.push_back(format);
  }
}

void Backend::bind(MessageReader in) {
  std::string_view portal = in.text(), statement = in.text();
  read_formats(in, parameter_formats_);
  uint16_t count = in.count();
  if (parameter_formats_.size() > 1 && parameter_formats_.size() != count)
    throw Error(sqlstate::kProtocolViolation,
                fmt::format("bind message has {} parameter formats but {} parameters", parameter_formats_.size(), count));
  parameters_.clear();
  for (uint16_t i = 0; i < count; i++) {
    int32_t length = in.int32();
    auto& parameter = parameters_.emplace_back();
    parameter.format = format_of(parameter_formats_, i);
    if (length < -1) throw Error(sqlstate::kProtocolViolation, "invalid parameter length in bind message");
    if (length >= 0) parameter.bytes = in.bytes(size_t(length));
  }
  read_formats(in, result_formats_);
  in.end();
  session_.bind(portal, statement, parameters_, result_formats_);
  append_empty_message(out_, '2');
}

void Backend::describe(MessageReader in) {
  uint8_t kind = in.byte();
  std::string_view name = in.text();
  in.end();
  if (kind != 'S' && kind != 'P') throw unknown_target(kind);
  const std::vector<query::ResultColumn>* columns;
  std::span<const int16_t> formats;
  if (kind == 'S') {
    const query::Prepared& prepared = session_.statement(name);
    MessageWriter message(out_, 't');
    message.int16(int(prepared.parameters().size()));
    for (auto oid : prepared.parameters()) message.int32(oid);
    message.end();
    columns = &prepared.columns();
  } else {
    query::Portal& portal = session_.portal(name);
    columns = &portal.columns();
    formats = portal.formats();
  }
  if (columns->empty())
    append_empty_message(out_, 'n');
  else
    append_row_description(out_, *columns, formats);
}

Step Backend::execute(MessageReader in) {
  std::string_view name = in.text();
  int32_t max_rows = in.int32();
  in.end();
  return after(start(session_.portal(name), max_rows > 0 ? uint64_t(max_rows) : 0));
}

void Backend::close(MessageReader in) {
  uint8_t kind = in.byte();
  std::string_view name = in.text();
  in.end();
  if (kind == 'S')
    session_.close_statement(name);
  else if (kind == 'P')
    session_.close_portal(name);
  else
    throw unknown_target(kind);
  append_empty_message(out_, '3');
}

}  // namespace elegraph::pgwire
