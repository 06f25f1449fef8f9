// SPDX-License-Identifier: Apache-2.0
#include "query/sql/reader.h"
#include "storage/error.h"

// Roles.
namespace elegraph::query::sql {
namespace {

bool is_true(const Tree& option) {
  const Tree* arg = find(option, "arg");
  if (!arg) return true;
  if (const Tree* v = as(*arg, "Boolean")) return flag_of(*v, "boolval");
  const Tree* v = as(*arg, "Integer");
  return v && number_of(*v, "ival") != 0;
}

// What limits a role must not be dropped silently; what grants it things that do not exist here may be.
void read_option(const Tree& option, Statement& out) {
  const std::string_view name = text_of(option, "defname");
  if (name == "password") {
    const Tree* arg = find(option, "arg");
    out.password = arg ? std::string(string_of(*arg)) : std::string();
  } else if (name == "canlogin") {
    out.login = is_true(option);
  } else if (name == "superuser") {
    out.superuser = is_true(option);
  } else if (name == "validUntil" || name == "connectionlimit" || name == "rolemembers" || name == "addroleto" ||
             name == "adminmembers") {
    throw Error(sqlstate::kFeatureNotSupported, "this role option is not supported")
        .with_hint("Roles have LOGIN, SUPERUSER and PASSWORD.")
        .at(location_of(option));
  }
}

std::string role_name(const Tree& spec) {
  if (text_of(spec, "roletype") == "ROLESPEC_CSTRING") return std::string(text_of(spec, "rolename"));
  if (text_of(spec, "roletype") == "ROLESPEC_PUBLIC") {
    throw Error(sqlstate::kFeatureNotSupported, "PUBLIC cannot be used here").at(location_of(spec));
  }
  return {};
}

}  // namespace

void read_role(std::string_view kind, const Tree& node, Statement& out) {
  if (kind == "DropRoleStmt") {
    out.kind = StatementKind::kDropRole;
    out.if_exists = flag_of(node, "missing_ok");
    const Tree& roles = *find(node, "roles");
    for (size_t i = 0; i < roles.size(); ++i) out.names.push_back(role_name(body_of(roles[i])));
    return;
  }
  const bool create = kind == "CreateRoleStmt";
  out.kind = create ? StatementKind::kCreateRole : StatementKind::kAlterRole;
  out.name = create ? std::string(text_of(node, "role")) : role_name(*find(node, "role"));
  if (create) out.login = text_of(node, "stmt_type") == "ROLESTMT_USER";
  const Tree* options = find(node, "options");
  if (!options) return;
  for (size_t i = 0; i < options->size(); ++i) read_option(body_of((*options)[i]), out);
}

}  // namespace elegraph::query::sql
