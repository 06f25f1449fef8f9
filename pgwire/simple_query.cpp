// SPDX-License-Identifier: Apache-2.0
// The simple query protocol: one text of any number of statements, in one implicit transaction.
#include "pgwire/backend.h"
#include "pgwire/message_writer.h"
#include "query/types/utf8.h"

namespace elegraph::pgwire {
namespace {

// Whether the text is surely one statement, so that it need not be split: no semicolon but at the end.
bool is_single(std::string_view text) {
  size_t last = text.find_last_not_of(" \t\r\n;");
  return last == std::string_view::npos || text.substr(0, last).find(';') == std::string_view::npos;
}

}  // namespace

Step Backend::simple_query(std::string_view body) {
  MessageReader in(body);
  query_ = in.text();
  simple_ = true;
  piece_ = 0;
  pieces_.clear();
  try {
    in.end();
    query::types::require_text(query_);
    if (is_single(query_))
      pieces_.push_back({0, query_});
    else
      pieces_ = session_.split(query_);
  } catch (...) {
    fail(std::current_exception(), query_);
    return end_implicit();
  }
  if (pieces_.empty()) append_empty_message(out_, 'I');
  return simple_loop();
}

Step Backend::simple_loop() {
  while (piece_ < pieces_.size()) {
    if (out_.size() >= RowWriter::kFullBytes) {
      pending_ = Pending::kPieces;
      return Step::kWrite;
    }
    if (Done done = start_piece()) return *done;
  }
  return end_implicit();
}

Backend::Done Backend::start_piece() {
  auto& piece = pieces_[piece_++];
  try {
    query::Portal& portal = session_.simple(piece.text);
    if (!portal.columns().empty() && !portal.copy_out()) append_row_description(out_, portal.columns(), portal.formats());
    return start(portal, 0);
  } catch (...) {
    fail(std::current_exception(), query_, piece.offset);
    piece_ = pieces_.size();
    return std::nullopt;
  }
}

}  // namespace elegraph::pgwire
