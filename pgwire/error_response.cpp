// SPDX-License-Identifier: Apache-2.0
#include "pgwire/error_response.h"

#include <fmt/format.h>

#include <new>

#include "pgwire/message_writer.h"
#include "query/types/utf8.h"

namespace elegraph::pgwire {
namespace {

void field(MessageWriter& message, char code, std::string_view text) { message.byte(code).text(text); }

void append_fields(std::string& out, char type, std::string_view severity, const Error& error, size_t position) {
  MessageWriter message(out, type);
  field(message, 'S', severity);
  field(message, 'V', severity);
  field(message, 'C', error.sqlstate.empty() ? sqlstate::kInternalError : std::string_view(error.sqlstate));
  field(message, 'M', error.message.empty() ? std::string_view("missing error text") : error.message);
  if (!error.detail.empty()) field(message, 'D', error.detail);
  if (!error.hint.empty()) field(message, 'H', error.hint);
  if (position) field(message, 'P', fmt::format_int(position).c_str());
  message.byte('\0').end();
}

// In characters of the client's text, from 1; 0: none.
size_t position_of(const Error& error, std::string_view text, size_t offset) {
  return error.position ? query::types::count_characters(text, offset + *error.position) + 1 : 0;
}

}  // namespace

Error to_error(std::exception_ptr e) noexcept {
  try {
    std::rethrow_exception(e);
  } catch (const Error& error) {
    return error;
  } catch (const std::bad_alloc&) {
    return Error(sqlstate::kOutOfMemory, "out of memory");
  } catch (const std::exception& unknown) {
    return Error(sqlstate::kInternalError, std::string("internal error: ") + unknown.what());
  } catch (...) {
    return Error(sqlstate::kInternalError, "internal error");
  }
}

void append_error(std::string& out, std::string_view severity, const Error& error, std::string_view text, size_t offset) {
  append_fields(out, 'E', severity, error, position_of(error, text, offset));
}

void append_notice(std::string& out, const query::Session::Notice& notice, std::string_view text, size_t offset) {
  append_fields(out, 'N', notice.severity, notice.text, text.empty() ? 0 : position_of(notice.text, text, offset));
}

}  // namespace elegraph::pgwire
