// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdlib>

#include "query/sql/lower.h"
#include "query/sql/reader.h"
#include "storage/error.h"

// Transactions and settings.
namespace elegraph::query::sql {
namespace {

struct TransactionKind {
  std::string_view name;
  StatementKind kind;
};
constexpr TransactionKind kTransactionKinds[] = {
    {"TRANS_STMT_BEGIN", StatementKind::kBegin},
    {"TRANS_STMT_START", StatementKind::kBegin},
    {"TRANS_STMT_COMMIT", StatementKind::kCommit},
    {"TRANS_STMT_ROLLBACK", StatementKind::kRollback},
    {"TRANS_STMT_SAVEPOINT", StatementKind::kSavepoint},
    {"TRANS_STMT_RELEASE", StatementKind::kRelease},
    {"TRANS_STMT_ROLLBACK_TO", StatementKind::kRollbackTo},
};

// Isolation and READ ONLY; DEFERRABLE means nothing here.
void read_modes(const Tree& options, Statement& out) {
  for (size_t i = 0; i < options.size(); ++i) {
    const Tree& option = body_of(options[i]);
    const std::string_view name = text_of(option, "defname");
    const Tree* arg = find(option, "arg");
    const Tree* constant = arg ? as(*arg, "A_Const") : nullptr;
    if (!constant) continue;
    if (name == "transaction_isolation") {
      out.isolation = std::string(text_of(*find(*constant, "sval"), "sval"));
    } else if (name == "transaction_read_only") {
      out.read_only = number_of(*find(*constant, "ival"), "ival") != 0;
    }
  }
}

// A time zone given as hours or as an interval counts eastwards, and PostgreSQL keeps it in POSIX's form, which counts
// westwards: <+02>-02.
std::string fixed_zone(std::string_view offset) {
  if (offset.empty()) return "UTC";
  const bool west = offset[0] == '-';
  if (offset[0] == '+' || offset[0] == '-') offset.remove_prefix(1);
  if (offset.find_first_not_of("0:") == std::string_view::npos) return "UTC";
  std::string digits(offset.size() == 1 || (offset.size() > 1 && offset[1] == ':') ? "0" : "");
  digits += offset;
  if (digits.size() > 3 && digits.compare(2, std::string::npos, ":00") == 0) digits.resize(2);
  return (west ? "<-" : "<+") + digits + (west ? ">+" : ">-") + digits;
}

std::string setting_text(const Tree& item, std::string_view name, std::string_view text) {
  const Tree* cast = as(item, "TypeCast");  // INTERVAL '...' of SET TIME ZONE
  std::string value = constant_text(cast ? *find(*cast, "arg") : item, text);
  const Tree* constant = as(item, "A_Const");
  const bool number = constant && (find(*constant, "ival") || find(*constant, "fval"));
  return name == "timezone" && (cast || number) ? fixed_zone(value) : value;
}

std::string lower_case(std::string_view s) {
  std::string out(s);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? char(c + 32) : c;
  return out;
}

}  // namespace

std::string constant_text(const Tree& node, std::string_view text) {
  const Tree* constant = as(node, "A_Const");
  if (!constant) return std::string(string_of(node));
  if (const Tree* v = find(*constant, "sval")) return std::string(text_of(*v, "sval"));
  if (const Tree* v = find(*constant, "fval")) return std::string(text_of(*v, "fval"));
  if (const Tree* v = find(*constant, "boolval")) return flag_of(*v, "boolval") ? "true" : "false";
  if (!find(*constant, "ival")) return {};
  return std::to_string(Lowering(text).expression(node)->literal.as_int());
}

void read_transaction(const Tree& node, Statement& out) {
  const std::string_view kind = text_of(node, "kind");
  const auto* known = std::find_if(std::begin(kTransactionKinds), std::end(kTransactionKinds),
                                   [&](const TransactionKind& k) { return k.name == kind; });
  if (known == std::end(kTransactionKinds)) {
    throw Error(sqlstate::kFeatureNotSupported, "two-phase commit is not supported");
  }
  out.kind = known->kind;
  out.chain = flag_of(node, "chain");
  out.name = text_of(node, "savepoint_name");
  if (const Tree* options = find(node, "options")) read_modes(*options, out);
}

void read_set(const Tree& node, std::string_view text, Statement& out) {
  const std::string_view kind = text_of(node, "kind");
  const std::string_view name = text_of(node, "name");
  out.local = flag_of(node, "is_local");
  out.name = lower_case(name);
  if (kind == "VAR_SET_MULTI") {
    if (name == "TRANSACTION SNAPSHOT")
      throw Error(sqlstate::kFeatureNotSupported, "SET TRANSACTION SNAPSHOT is not supported");
    out.kind = StatementKind::kSetTransaction;
    out.session = name == "SESSION CHARACTERISTICS";
    out.name.clear();
    if (const Tree* args = find(node, "args")) read_modes(*args, out);
    return;
  }
  if (kind == "VAR_RESET" || kind == "VAR_RESET_ALL") {
    out.kind = StatementKind::kReset;
    if (kind == "VAR_RESET_ALL") out.name = "all";
    return;
  }
  if (kind == "VAR_SET_CURRENT") throw Error(sqlstate::kFeatureNotSupported, "SET ... FROM CURRENT is not supported");
  out.kind = StatementKind::kSet;
  const Tree* args = find(node, "args");
  if (kind != "VAR_SET_VALUE" || !args) return;
  std::string value;
  for (size_t i = 0; i < args->size(); ++i) {
    value += (i == 0 ? "" : ", ") + setting_text((*args)[i], out.name, text);
  }
  out.value = std::move(value);
}

void read_discard(const Tree& node, Statement& out) {
  out.kind = StatementKind::kDiscard;
  const std::string_view target = text_of(node, "target");
  out.name = target == "DISCARD_PLANS"       ? "plans"
             : target == "DISCARD_SEQUENCES" ? "sequences"
             : target == "DISCARD_TEMP"      ? "temp"
                                             : "all";
}

}  // namespace elegraph::query::sql
