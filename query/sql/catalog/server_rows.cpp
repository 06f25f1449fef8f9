// SPDX-License-Identifier: Apache-2.0
// Catalogs of the server: schemas, databases, roles, settings, procedures.
#include "query/procedures/procedure_set.h"
#include "query/roles.h"
#include "query/session_settings.h"
#include "query/setting_table.h"
#include "query/sql/catalog/relations.h"
#include "query/sql/catalog/rows.h"
#include "storage/rcu.h"

namespace elegraph::query::sql {
namespace {

constexpr int64_t kFirstRole = 16100, kFirstProcedure = 900'000'000, kDefaultTablespace = 1663, kGlobalTablespace = 1664;

struct NamedRole {
  int64_t oid;
  std::string name;
  bool superuser, login;
};

// The session's user need not be one while the door is open.
std::vector<NamedRole> all_roles(const FunctionContext& context) {
  std::vector<NamedRole> out;
  if (!context.roles || !context.roles->find(context.user)) out.push_back({kOwner, std::string(context.user), true, true});
  if (!context.roles) return out;
  for (const std::string& name : context.roles->names())
    if (auto role = context.roles->find(name))
      out.push_back({name == context.user ? kOwner : kFirstRole + int64_t(out.size()), name, role->superuser, role->login});
  return out;
}

std::string argument_text(const std::vector<ProcedureDefinition::Field>& fields) {
  std::string out;
  for (const auto& f : fields) out += (out.empty() ? "" : ", ") + f.name + " " + f.type;
  return out;
}

// f(oid, procedure) for all, by name.
template <class F>
void for_procedures(const FunctionContext& context, F f) {
  if (!context.procedures) return;
  rcu::ReadGuard guard;
  int64_t oid = kFirstProcedure;
  for (const ProcedurePtr& p : context.procedures->all()) f(oid++, *p);
}

}  // namespace

void namespace_rows(Rows& out, const FunctionContext&) {
  out.push_back({number(kCatalogSchema), text("pg_catalog"), number(kOwner), Value()});
  out.push_back({number(kPublicSchema), text("public"), number(kOwner), Value()});
  out.push_back({number(kInformationSchema), text("information_schema"), number(kOwner), Value()});
}

void database_rows(Rows& out, const FunctionContext& context) {
  constexpr int64_t kFirstDatabase = 16000, kUtf8 = 6;
  out.push_back({number(kFirstDatabase), text(context.database), number(kOwner), number(kUtf8), text("c"), flag(false),
                 flag(true), number(-1), number(kDefaultTablespace), text("C.UTF-8"), text("C.UTF-8"), Value(), Value(),
                 Value(), number(0), number(0)});
}

void role_rows(Rows& out, const FunctionContext& context) {
  for (const NamedRole& r : all_roles(context))
    out.push_back({number(r.oid), text(r.name), flag(r.superuser), flag(true), flag(r.superuser), flag(r.superuser),
                   flag(r.login), flag(false), number(-1), text("********"), Value(), flag(r.superuser), Value()});
}

void authid_rows(Rows& out, const FunctionContext& context) { role_rows(out, context); }

void user_rows(Rows& out, const FunctionContext& context) {
  for (const NamedRole& r : all_roles(context))
    if (r.login) out.push_back({text(r.name), number(r.oid), flag(r.superuser), flag(r.superuser)});
}

void am_rows(Rows& out, const FunctionContext&) {
  out.push_back({number(kHeapMethod), text("heap"), text("heap_tableam_handler"), text("t")});
  out.push_back({number(kBtreeMethod), text("btree"), text("bthandler"), text("i")});
}

void tablespace_rows(Rows& out, const FunctionContext&) {
  out.push_back({number(kDefaultTablespace), text("pg_default"), number(kOwner), Value(), Value()});
  out.push_back({number(kGlobalTablespace), text("pg_global"), number(kOwner), Value(), Value()});
}

void setting_rows(Rows& out, const FunctionContext& context) {
  for (const SettingDef& def : known_settings()) {
    const auto value = context.settings ? context.settings->get(def.name) : std::nullopt;
    const std::string_view now = value ? std::string_view(*value) : def.fallback;
    const bool fixed = def.kind == SettingKind::kReadOnly;
    const std::string_view type = def.kind == SettingKind::kBool                                                ? "bool"
                                  : def.kind == SettingKind::kEnum                                              ? "enum"
                                  : def.kind == SettingKind::kInteger || def.kind == SettingKind::kMilliseconds ? "integer"
                                                                                                                : "string";
    out.push_back({text(def.name), text(now), def.kind == SettingKind::kMilliseconds ? text("ms") : Value(),
                   text(fixed ? "Preset Options" : "Client Connection Defaults"), text(def.description), Value(),
                   text(fixed ? "internal" : "user"), text(type), text(now == def.fallback ? "default" : "session"),
                   Value(), Value(), Value(), text(def.fallback), text(def.fallback), Value(), Value(), flag(false)});
  }
}

void procedure_rows(Rows& out, const FunctionContext& context) {
  for_procedures(context, [&](int64_t oid, const Procedure& p) {
    const auto& d = p.definition;
    const int64_t schema = p.built_in ? kCatalogSchema : kPublicSchema;
    out.push_back({number(oid),
                   text(d.name),
                   number(schema),
                   number(kOwner),
                   number(0),
                   text("p"),
                   flag(false),
                   flag(false),
                   flag(!d.outputs.empty()),
                   text(d.deterministic ? "i" : "v"),
                   text("u"),
                   number(int64_t(d.inputs.size())),
                   number(0),
                   number(2278),
                   Value::list({}),
                   Value(),
                   Value(),
                   text(d.body),
                   Value(),
                   Value(),
                   Value()});
  });
}

Value procedure_arguments(std::span<const Value> args, const FunctionContext& context) {
  Value out;
  for_procedures(context, [&](int64_t oid, const Procedure& p) {
    if (args[0].type() == Type::kInt && args[0].as_int() == oid) out = text(argument_text(p.definition.inputs));
  });
  return out;
}

}  // namespace elegraph::query::sql
