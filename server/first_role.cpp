// SPDX-License-Identifier: Apache-2.0
#include "server/first_role.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <optional>

namespace elegraph::server {
namespace {

// The file's first line: editors and `echo` end one with a newline.
std::string read_password(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line) && !file.eof())
    throw Error(sqlstate::kConfigFileError, fmt::format("password file \"{}\" does not read", path));
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

std::optional<std::string> given_password(const Options& options) {
  const char* variable = std::getenv("ELEGRAPH_PASSWORD");
  if (options.password_file.empty()) return variable ? std::optional<std::string>(variable) : std::nullopt;
  if (variable)
    throw Error(sqlstate::kConfigFileError, "the first role's password is given twice")
        .with_hint("Give either ELEGRAPH_PASSWORD or a password file.");
  return read_password(options.password_file);
}

bool is_of_this_machine(const std::string& address) {
  return address.starts_with("127.") || address == "::1" || address.starts_with('/');
}

}  // namespace

void make_first_role(const Options& options, query::Engine& engine) {
  const auto password = given_password(options);
  if (!password) return;
  if (password->empty()) throw Error(sqlstate::kConfigFileError, "the first role's password is empty");
  if (engine.add_first_role(options.user, *password)) spdlog::info("made the first role, \"{}\"", options.user);
}

void warn_of_closed_door(const Options& options, const query::Engine& engine) {
  if (engine.any_roles() || std::all_of(options.listen.begin(), options.listen.end(), is_of_this_machine)) return;
  spdlog::warn("there is no role yet: connections from other machines are refused (ELEGRAPH_PASSWORD makes one)");
}

}  // namespace elegraph::server
