// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace elegraph::query {

// The server's roles with their SCRAM-SHA-256 verifiers, kept in `DIR/roles.toml`, which is replaced as a whole and
// synced on each change. Thread-safe (a mutex: log-ins and CREATE ROLE only, never a statement's path).
class Roles {
 public:
  struct Role {
    std::string verifier;  // "SCRAM-SHA-256$4096:salt$StoredKey:ServerKey", empty: cannot log in with a password
    bool login = true;
    bool superuser = true;
  };
  explicit Roles(std::filesystem::path file);  // empty path: in memory. XX001 when the file does not read.

  std::optional<Role> find(std::string_view name) const;
  bool any_login() const;  // whether there is one that can log in with a password
  std::vector<std::string> names() const;
  void create(std::string_view name, Role role, bool if_not_exists);                                  // 42710
  void alter(std::string_view name, std::optional<std::string> verifier, std::optional<bool> login);  // 42704
  bool drop(std::string_view name, bool if_exists);                                                   // 42704

  // A verifier for a plain password, with a random salt; one that is a verifier already comes back as it is.
  static std::string make_verifier(std::string_view password);

 private:
  using Map = std::map<std::string, Role, std::less<>>;
  void load();
  void replace(Map roles);
  void save(const Map& roles) const;

  std::filesystem::path file_;
  mutable std::mutex mutex_;
  Map roles_;
};

}  // namespace elegraph::query
