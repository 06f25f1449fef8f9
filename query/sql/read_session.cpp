// SPDX-License-Identifier: Apache-2.0
#include "query/sql/lower.h"
#include "query/sql/reader.h"
#include "query/sql/type_names.h"
#include "storage/error.h"

// Prepared statements and cursors.
namespace elegraph::query::sql {

void read_prepare(const Tree& node, Statement& out) {
  out.kind = StatementKind::kPrepare;
  out.name = text_of(node, "name");
  const Tree* types = find(node, "argtypes");
  if (!types) return;
  for (size_t i = 0; i < types->size(); ++i) out.types.push_back(type_oid(type_name(body_of((*types)[i]))));
}

void read_execute(const Tree& node, std::string_view text, Statement& out) {
  out.kind = StatementKind::kExecute;
  out.name = text_of(node, "name");
  const Tree* params = find(node, "params");
  if (!params) return;
  Lowering lowering(text);
  for (size_t i = 0; i < params->size(); ++i) out.arguments.push_back(lowering.expression((*params)[i]));
}

void read_declare(const Tree& node, Statement& out) {
  // Bits of PostgreSQL's CURSOR_OPT_*.
  constexpr int64_t kBinary = 0x1, kScroll = 0x2, kHold = 0x20;
  out.kind = StatementKind::kDeclare;
  out.name = text_of(node, "portalname");
  const int64_t options = number_of(node, "options");
  out.binary = options & kBinary;
  out.scroll = options & kScroll;
  out.hold = options & kHold;
}

void read_fetch(const Tree& node, Statement& out) {
  out.kind = StatementKind::kFetch;
  out.name = text_of(node, "portalname");
  out.move = flag_of(node, "ismove");
  out.count = number_of(node, "howMany");
  const std::string_view direction = text_of(node, "direction");
  out.direction = direction == "FETCH_BACKWARD"   ? FetchDirection::kBackward
                  : direction == "FETCH_ABSOLUTE" ? FetchDirection::kAbsolute
                  : direction == "FETCH_RELATIVE" ? FetchDirection::kRelative
                                                  : FetchDirection::kForward;
}

}  // namespace elegraph::query::sql
