// SPDX-License-Identifier: Apache-2.0
#include "query/session_settings.h"

#include <algorithm>
#include <cstdlib>

#include "query/setting_table.h"
#include "storage/error.h"
#include "storage/zones.h"

namespace elegraph::query {
namespace {

[[noreturn]] void unknown(std::string_view name) {
  throw Error(sqlstate::kUndefinedObject, "unrecognized configuration parameter \"" + std::string(name) + "\"");
}

// A setting's one spelling: the table's for known ones, as given for names with a dot.
std::string canonical(std::string_view name) {
  if (auto* def = find_setting(name)) return std::string(def->name);
  if (name.find('.') == std::string_view::npos) unknown(name);
  return std::string(name);
}

// "+02", "+05:30" or "2" as seconds east; Postgres' POSIX forms such as <+02>-02 too.
uint16_t zone_of(const std::string& value) {
  std::string v = value;
  if (v.starts_with("<")) v = v.substr(1, v.find('>') - 1);
  if (v.starts_with("UTC") || v.starts_with("GMT") || v == "Etc/UTC") v = v.starts_with("Etc") ? "" : v.substr(3);
  if (v.empty()) return zones::fixed(0);
  if (v[0] != '+' && v[0] != '-' && !(v[0] >= '0' && v[0] <= '9')) return zones::named(value);
  int sign = v[0] == '-' ? -1 : 1;
  char* end = nullptr;
  double hours = std::strtod(v.c_str() + (v[0] == '-' || v[0] == '+'), &end);
  int seconds = int(hours * 3600);
  if (*end == ':') seconds += std::atoi(end + 1) * 60;
  return zones::fixed(sign * seconds);
}

}  // namespace

SessionSettings::SessionSettings() = default;

std::string SessionSettings::start_value(std::string_view name) const {
  if (auto found = start_values_.find(name); found != start_values_.end()) return found->second;
  auto* def = find_setting(name);
  return def ? std::string(def->fallback) : std::string();
}

std::optional<std::string> SessionSettings::get(std::string_view name) const {
  auto* def = find_setting(name);
  if (auto found = values_.find(def ? def->name : name); found != values_.end()) return found->second;
  if (!def) return std::nullopt;
  return start_value(def->name);
}

void SessionSettings::decode(std::string_view name, const std::string& value) {
  if (name == "standard_conforming_strings") standard_conforming_strings_ = value == "on";
  if (name == "graph.result_types") jsonb_results_ = value == "jsonb";
  if (name == "graph.share_work") share_work_ = value == "on";
  if (name == "synchronous_commit") synchronous_commit_ = value != "off";
  if (name == "default_transaction_read_only") default_read_only_ = value == "on";
  if (name == "default_transaction_isolation") default_isolation_ = value;
  if (name == "statement_timeout") statement_timeout_ms_ = parse_milliseconds(name, value);
  if (name == "idle_in_transaction_session_timeout") idle_timeout_ms_ = parse_milliseconds(name, value);
  if (name == "TimeZone") style_.zone = zone_of(value);
  if (name == "IntervalStyle") style_.iso_intervals = value == "iso_8601";
}

void SessionSettings::assign(std::string_view name, std::string value) {
  if (get(name) == value) return;
  decode(name, value);
  auto* def = find_setting(name);
  if (def && def->reported && std::ranges::find(changed_, name) == changed_.end()) changed_.emplace_back(name);
  if (def && value == start_value(name))
    values_.erase(std::string(name));
  else
    values_.insert_or_assign(std::string(name), std::move(value));
}

void SessionSettings::set(std::string_view given, std::string_view value, bool local) {
  std::string name = canonical(given);
  auto* def = find_setting(name);
  std::string next = def ? normalise_setting(*def, value) : std::string(value);
  std::string before = get(name).value_or("");
  if (in_transaction_) {
    before_transaction_.try_emplace(name, before);
    if (local)
      before_local_.try_emplace(name, before);
    else
      before_local_.erase(name);
  } else if (local) {
    return;  // SET LOCAL outside of a transaction has no effect, as in PostgreSQL
  }
  assign(name, std::move(next));
}

void SessionSettings::reset(std::string_view given) {
  std::string name = canonical(given);
  if (in_transaction_) before_transaction_.try_emplace(name, get(name).value_or(""));
  before_local_.erase(name);
  assign(name, start_value(name));
}

void SessionSettings::reset_all() {
  std::vector<std::string> names;
  for (auto& [name, value] : values_) names.push_back(name);
  for (auto& name : names) reset(name);
}

void SessionSettings::set_default(std::string_view given, std::string_view value) {
  std::string name = canonical(given);
  auto* def = find_setting(name);
  std::string next = def && def->kind != SettingKind::kReadOnly && name != "session_authorization"
                         ? normalise_setting(*def, value)
                         : std::string(value);
  decode(name, next);
  values_.erase(name);
  start_values_.insert_or_assign(name, std::move(next));
}

std::vector<SessionSettings::Row> SessionSettings::all() const {
  std::vector<Row> rows;
  for (auto& def : known_settings())
    rows.push_back({std::string(def.name), get(def.name).value_or(""), std::string(def.description)});
  return rows;
}

void SessionSettings::begin_transaction() {
  in_transaction_ = true;
  before_transaction_.clear();
  before_local_.clear();
}

void SessionSettings::end_transaction(bool committed) {
  if (!in_transaction_) return;
  in_transaction_ = false;
  for (auto& [name, value] : committed ? before_local_ : before_transaction_) assign(name, value);
  before_transaction_.clear();
  before_local_.clear();
}

SessionSettings::Saved SessionSettings::save() const { return {values_, before_transaction_, before_local_}; }

void SessionSettings::restore(const Saved& saved) {
  Map changed = values_;
  changed.insert(saved.values.begin(), saved.values.end());
  for (auto& [name, value] : changed) {
    auto before = saved.values.find(name);
    assign(name, before == saved.values.end() ? start_value(name) : before->second);
  }
  before_transaction_ = saved.before_transaction;
  before_local_ = saved.before_local;
}

std::vector<std::pair<std::string, std::string>> SessionSettings::reported() const {
  std::vector<std::pair<std::string, std::string>> out;
  for (auto& def : known_settings()) {
    if (!def.reported) continue;
    std::string_view value = def.fallback;
    if (auto started = start_values_.find(def.name); started != start_values_.end()) value = started->second;
    if (auto changed = values_.find(def.name); changed != values_.end()) value = changed->second;
    out.emplace_back(def.name, value);
  }
  return out;
}

std::vector<std::pair<std::string, std::string>> SessionSettings::take_changed() {
  std::vector<std::pair<std::string, std::string>> out;
  for (auto& name : changed_) out.emplace_back(name, get(name).value_or(""));
  changed_.clear();
  return out;
}

}  // namespace elegraph::query
