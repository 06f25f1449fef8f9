// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "query/functions/value_ops.h"

namespace elegraph::query {

// What functions see of a session's settings (current_setting, set_config).
struct Settings {
  virtual ~Settings() = default;
  // The value as SHOW prints it; nullopt if there is no such setting.
  virtual std::optional<std::string> get(std::string_view name) const = 0;
  // As SET [LOCAL]. Errors: 42704 unknown setting, 22023 a value that does not fit, 55P02 read-only.
  virtual void set(std::string_view name, std::string_view value, bool local) = 0;
};

// The settings of one session: Postgres' names, values as text, checked when set. Settings that Elegraph has no use for
// but clients send are accepted and remembered (docs/wire.md lists them); others are 42704, except names with a dot, which
// are anybody's. Not thread-safe.
class SessionSettings final : public Settings {
 public:
  SessionSettings();

  std::optional<std::string> get(std::string_view name) const override;
  void set(std::string_view name, std::string_view value, bool local) override;
  void reset(std::string_view name);
  void reset_all();
  // The value at session start becomes the one that RESET goes back to.
  void set_default(std::string_view name, std::string_view value);

  struct Row {
    std::string name, setting, description;
  };
  std::vector<Row> all() const;

  // Transactions: SET is taken back by ROLLBACK, SET LOCAL at the end in any case.
  void begin_transaction();
  void end_transaction(bool committed);

  // What a savepoint goes back to.
  struct Saved;
  Saved save() const;
  void restore(const Saved& saved);

  // ParameterStatus: all that clients are told of, and what changed since the last take_changed().
  std::vector<std::pair<std::string, std::string>> reported() const;
  std::vector<std::pair<std::string, std::string>> take_changed();

  // The settings that the engine reads on every statement, decoded.
  bool standard_conforming_strings() const { return standard_conforming_strings_; }
  bool jsonb_results() const { return jsonb_results_; }
  bool synchronous_commit() const { return synchronous_commit_; }
  bool share_work() const { return share_work_; }
  int64_t statement_timeout_ms() const { return statement_timeout_ms_; }
  int64_t idle_in_transaction_timeout_ms() const { return idle_timeout_ms_; }
  const TextStyle& text_style() const { return style_; }
  bool default_read_only() const { return default_read_only_; }
  const std::string& default_isolation() const { return default_isolation_; }
  bool default_serializable() const { return default_isolation_ == "serializable"; }
  static constexpr std::string_view kIsolation = "repeatable read";  // where nobody says otherwise

 private:
  // Only what differs from the built-in default is kept: ten thousand idle sessions cost nothing here.
  using Map = std::map<std::string, std::string, std::less<>>;
  std::string start_value(std::string_view name) const;
  void assign(std::string_view name, std::string value);
  void decode(std::string_view name, const std::string& value);

  Map values_;
  Map start_values_;  // from the start-up packet: what RESET goes back to
  std::vector<std::string> changed_;
  // Inside a transaction: the value before the first SET of it, and whether SET LOCAL was the last word.
  Map before_transaction_;
  Map before_local_;
  bool in_transaction_ = false;

  bool standard_conforming_strings_ = true;
  bool jsonb_results_ = false;
  bool synchronous_commit_ = true;
  bool share_work_ = true;
  bool default_read_only_ = false;
  std::string default_isolation_{kIsolation};
  int64_t statement_timeout_ms_ = 0;
  int64_t idle_timeout_ms_ = 0;
  TextStyle style_;
};

struct SessionSettings::Saved {
  Map values, before_transaction, before_local;
};

}  // namespace elegraph::query
