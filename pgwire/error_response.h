// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <exception>
#include <string>
#include <string_view>

#include "query/engine.h"
#include "storage/error.h"

// The one place where faults become ErrorResponse and NoticeResponse messages.
namespace elegraph::pgwire {

// Any exception as an Error: std::bad_alloc is 53200, what nobody foresaw is XX000.
Error to_error(std::exception_ptr e) noexcept;

// `text` is the statement that error.position counts bytes in: the wire wants characters, from 1. `offset`: where
// the statement starts in `text`.
void append_error(std::string& out, std::string_view severity, const Error& error, std::string_view text = {},
                  size_t offset = 0);
void append_notice(std::string& out, const query::Session::Notice& notice, std::string_view text = {}, size_t offset = 0);

}  // namespace elegraph::pgwire
