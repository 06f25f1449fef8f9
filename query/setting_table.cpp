// SPDX-License-Identifier: Apache-2.0
#include "query/setting_table.h"

#include <date/tz.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <string>
#include <utility>

#include "storage/error.h"

namespace elegraph::query {
namespace {

using K = SettingKind;

constexpr std::array kSettings = {
    SettingDef{"application_name", "", K::kText, true, "", "Name of the client program."},
    SettingDef{"bytea_output", "hex", K::kEnum, false, "hex", "Text form of byte strings."},
    SettingDef{"check_function_bodies", "on", K::kBool, false, "", "Accepted, without effect."},
    SettingDef{"client_encoding", "UTF8", K::kEncoding, true, "", "The client's character set: UTF8."},
    SettingDef{"client_min_messages", "notice", K::kEnum, false,
               "debug5|debug4|debug3|debug2|debug1|debug|log|notice|warning|error",
               "Least severity of messages that are sent."},
    SettingDef{"DateStyle", "ISO, MDY", K::kText, true, "", "Form of dates; always ISO on output."},
    SettingDef{"default_transaction_deferrable", "off", K::kBool, false, "", "Accepted, without effect."},
    SettingDef{"default_transaction_isolation", "repeatable read", K::kEnum, false,
               "serializable|repeatable read|read committed|read uncommitted",
               "Isolation of new transactions; all levels below serializable are snapshot isolation."},
    SettingDef{"default_transaction_read_only", "off", K::kBool, true, "", "Whether new transactions are read-only."},
    SettingDef{"extra_float_digits", "1", K::kInteger, false, "",
               "Accepted: floats are always the shortest text that reads back."},
    SettingDef{"graph.result_types", "native", K::kEnum, false, "native|jsonb",
               "jsonb describes every Cypher column as jsonb."},
    SettingDef{"graph.share_work", "on", K::kBool, false, "",
               "Whether statements in flight together share scans and results."},
    SettingDef{"idle_in_transaction_session_timeout", "0", K::kMilliseconds, false, "",
               "Ends sessions that idle inside a transaction."},
    SettingDef{"idle_session_timeout", "0", K::kMilliseconds, false, "", "Accepted, without effect."},
    SettingDef{"in_hot_standby", "off", K::kReadOnly, true, "", "Whether this server is a standby."},
    SettingDef{"integer_datetimes", "on", K::kReadOnly, true, "", "Datetimes are integers on the wire."},
    SettingDef{"IntervalStyle", "postgres", K::kEnum, true, "postgres|postgres_verbose|sql_standard|iso_8601",
               "Text form of durations."},
    SettingDef{"is_superuser", "on", K::kReadOnly, true, "", "Whether the role may do everything."},
    SettingDef{"jit", "off", K::kBool, false, "", "Accepted, without effect."},
    SettingDef{"lc_collate", "C.UTF-8", K::kReadOnly, false, "", "Order of texts: by code point."},
    SettingDef{"lc_ctype", "C.UTF-8", K::kReadOnly, false, "", "Classes of characters: Unicode's."},
    SettingDef{"lc_messages", "C", K::kText, false, "", "Accepted, without effect."},
    SettingDef{"lc_monetary", "C", K::kText, false, "", "Accepted, without effect."},
    SettingDef{"lc_numeric", "C", K::kText, false, "", "Accepted, without effect."},
    SettingDef{"lc_time", "C", K::kText, false, "", "Accepted, without effect."},
    SettingDef{"lock_timeout", "0", K::kMilliseconds, false, "", "Accepted: statements do not wait for locks."},
    SettingDef{"max_identifier_length", "63", K::kReadOnly, false, "", "As PostgreSQL has it."},
    SettingDef{"password_encryption", "scram-sha-256", K::kReadOnly, false, "", "How passwords are kept."},
    SettingDef{"row_security", "on", K::kBool, false, "", "Accepted, without effect."},
    SettingDef{"search_path", "\"$user\", public", K::kText, false, "", "Schemas searched; the graph is in public."},
    SettingDef{"server_encoding", "UTF8", K::kReadOnly, true, "", "The server's character set."},
    SettingDef{"server_version", "15.0 (Elegraph 0.1)", K::kReadOnly, true, "",
               "Version of PostgreSQL that clients may expect."},
    SettingDef{"server_version_num", "150000", K::kReadOnly, false, "", "server_version as a number."},
    SettingDef{"session_authorization", "", K::kText, true, "", "The session's user."},
    SettingDef{"standard_conforming_strings", "on", K::kBool, true, "",
               "Whether a backslash in '...' is a plain character."},
    SettingDef{"statement_timeout", "0", K::kMilliseconds, false, "", "Longest time that a statement may run."},
    SettingDef{"synchronize_seqscans", "on", K::kBool, false, "", "Accepted, without effect."},
    SettingDef{"synchronous_commit", "on", K::kEnum, false, "on|off|local|remote_write|remote_apply",
               "Whether a commit waits until it is on disk."},
    SettingDef{"tcp_keepalives_idle", "0", K::kInteger, false, "", "Accepted, without effect."},
    SettingDef{"TimeZone", "UTC", K::kTimeZone, true, "", "The session's time zone."},
    SettingDef{"transaction_isolation", "repeatable read", K::kEnum, false,
               "serializable|repeatable read|read committed|read uncommitted", "Isolation of the current transaction."},
    SettingDef{"transaction_read_only", "off", K::kBool, false, "", "Whether the current transaction is read-only."},
    SettingDef{"work_mem", "4096", K::kText, false, "", "Accepted, without effect."},
    SettingDef{"xmloption", "content", K::kText, false, "", "Accepted, without effect."},
};

bool same_name(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

std::string lower(std::string_view s) {
  std::string out(s);
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return char(std::tolower(c)); });
  return out;
}

[[noreturn]] void invalid(std::string_view name, std::string_view value, std::string hint = {}) {
  Error e(sqlstate::kInvalidParameterValue,
          "invalid value for parameter \"" + std::string(name) + "\": \"" + std::string(value) + "\"");
  e.hint = std::move(hint);
  throw e;
}

std::string normalise_bool(const SettingDef& def, std::string_view value) {
  std::string v = lower(value);
  for (std::string_view yes : {"on", "true", "yes", "1", "t", "y"})
    if (v == yes) return "on";
  for (std::string_view no : {"off", "false", "no", "0", "f", "n"})
    if (v == no) return "off";
  throw Error(sqlstate::kInvalidParameterValue, "parameter \"" + std::string(def.name) + "\" requires a Boolean value");
}

std::string normalise_enum(const SettingDef& def, std::string_view value) {
  std::string v = lower(value);
  if (def.name == "synchronous_commit" && (v == "true" || v == "yes" || v == "1")) v = "on";
  if (def.name == "synchronous_commit" && (v == "false" || v == "no" || v == "0")) v = "off";
  std::string_view rest = def.choices;
  while (!rest.empty()) {
    size_t bar = std::min(rest.find('|'), rest.size());
    if (v == rest.substr(0, bar)) return v;
    rest.remove_prefix(std::min(bar + 1, rest.size()));
  }
  std::string choices(def.choices);
  for (size_t at; (at = choices.find('|')) != std::string::npos;) choices.replace(at, 1, ", ");
  invalid(def.name, value, "Available values: " + choices + ".");
}

std::string normalise_zone(const SettingDef& def, std::string_view value) {
  std::string v = lower(value);
  if (v == "default" || v == "local") return "UTC";
  if (v == "utc" || v == "z" || v == "gmt" || v == "etc/utc")
    return v == "gmt" ? "GMT" : v == "etc/utc" ? "Etc/UTC" : "UTC";
  if (!v.empty() && (v[0] == '+' || v[0] == '-' || std::isdigit(static_cast<unsigned char>(v[0]))))
    return std::string(value);
  if (v.starts_with("<") || v.starts_with("utc") || v.starts_with("gmt")) return std::string(value);
  for (auto& zone : date::get_tzdb().zones)
    if (same_name(zone.name(), value)) return zone.name();
  invalid(def.name, value);
}

std::string normalise_encoding(const SettingDef& def, std::string_view value) {
  while (value.size() >= 2 && value.front() == '\'' && value.back() == '\'') value = value.substr(1, value.size() - 2);
  std::string v = lower(value);
  std::erase_if(v, [](char c) { return c == '-' || c == '_'; });
  if (v == "utf8" || v == "unicode") return "UTF8";
  if (v == "sqlascii") return "SQL_ASCII";
  invalid(def.name, value, "The only client encoding is UTF8.");
}

}  // namespace

std::span<const SettingDef> known_settings() { return kSettings; }

const SettingDef* find_setting(std::string_view name) {
  for (auto& def : kSettings)
    if (same_name(def.name, name)) return &def;
  return nullptr;
}

int64_t parse_milliseconds(std::string_view name, std::string_view value) {
  int64_t number = 0;
  auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  std::string unit(end, value.data() + value.size());
  while (!unit.empty() && unit.front() == ' ') unit.erase(0, 1);
  int64_t factor = unit.empty() || unit == "ms" ? 1
                   : unit == "s"                ? 1000
                   : unit == "min"              ? 60'000
                   : unit == "h"                ? 3'600'000
                   : unit == "d"                ? 86'400'000
                                                : 0;
  if (error != std::errc() || factor == 0 || number < 0 || number > INT32_MAX / factor) invalid(name, value);
  return number * factor;
}

namespace {

// As PostgreSQL shows times: in the largest unit that takes no fraction.
std::string in_largest_unit(int64_t ms) {
  constexpr std::pair<int64_t, const char*> kUnits[] = {
      {86'400'000, "d"}, {3'600'000, "h"}, {60'000, "min"}, {1000, "s"}, {1, "ms"}};
  if (ms == 0) return "0";
  for (auto [length, unit] : kUnits)
    if (ms % length == 0) return std::to_string(ms / length) + unit;
  return std::to_string(ms) + "ms";
}

}  // namespace

std::string normalise_setting(const SettingDef& def, std::string_view value) {
  switch (def.kind) {
    case K::kBool: return normalise_bool(def, value);
    case K::kEnum: return normalise_enum(def, value);
    case K::kTimeZone: return normalise_zone(def, value);
    case K::kEncoding: return normalise_encoding(def, value);
    case K::kMilliseconds: return in_largest_unit(parse_milliseconds(def.name, value));
    case K::kInteger: {
      int64_t number;
      auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
      if (error != std::errc() || end != value.data() + value.size()) invalid(def.name, value);
      return std::string(value);
    }
    case K::kReadOnly:
      throw Error(sqlstate::kCantChangeRuntimeParam, "parameter \"" + std::string(def.name) + "\" cannot be changed");
    case K::kText: break;
  }
  if (same_name(def.name, "DateStyle")) {
    // Only the order of input fields may be chosen; output is ISO.
    std::string v = lower(value);
    std::string order = v.find("dmy") != std::string::npos ? "DMY" : v.find("ymd") != std::string::npos ? "YMD" : "MDY";
    return "ISO, " + order;
  }
  return std::string(value);
}

}  // namespace elegraph::query
