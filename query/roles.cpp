// SPDX-License-Identifier: Apache-2.0
#include "query/roles.h"

#include <fcntl.h>
#include <toml++/toml.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <sstream>

#include "query/scram_verifier.h"
#include "storage/error.h"

namespace elegraph::query {
namespace {

constexpr uint32_t kIterations = 4096;  // PostgreSQL's scram_iterations
constexpr size_t kSaltBytes = 16;

[[noreturn]] void missing(std::string_view name) {
  throw Error(sqlstate::kUndefinedObject, "role \"" + std::string(name) + "\" does not exist");
}

[[noreturn]] void io_error(const std::filesystem::path& file) {
  throw Error(errno == ENOSPC ? sqlstate::kDiskFull : sqlstate::kIoError,
              "could not write file \"" + file.string() + "\": " + std::strerror(errno));
}

}  // namespace

std::string Roles::make_verifier(std::string_view password) {
  ScramVerifier given;
  if (ScramVerifier::read(password, given)) return std::string(password);
  Digest random = random_digest();
  std::string_view salt(reinterpret_cast<const char*>(random.data()), kSaltBytes);
  return ScramVerifier::from_password(password, salt, kIterations).text();
}

Roles::Roles(std::filesystem::path file) : file_(std::move(file)) {
  if (!file_.empty() && std::filesystem::exists(file_)) load();
}

void Roles::load() {
  try {
    toml::table file = toml::parse_file(file_.string());
    for (auto& [name, entry] : file) {
      Role role;
      role.verifier = entry.at_path("verifier").value_or<std::string>("");
      role.login = entry.at_path("login").value_or(true);
      roles_.emplace(name.str(), role);
    }
  } catch (const toml::parse_error& e) {
    throw Error(sqlstate::kDataCorrupted, "file \"" + file_.string() + "\" does not read: " + std::string(e.description()));
  }
}

// Writes them, and only then makes them what holds: a disk that is full changes nothing.
void Roles::replace(Map roles) {
  if (!file_.empty()) save(roles);
  roles_ = std::move(roles);
}

void Roles::save(const Map& roles) const {
  toml::table file;
  for (auto& [name, role] : roles) file.insert(name, toml::table{{"verifier", role.verifier}, {"login", role.login}});
  std::stringstream buffer;
  buffer << file << "\n";
  std::string text = buffer.str();
  auto next = file_;
  next += ".new";
  int fd = ::open(next.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) io_error(next);
  bool written = ::write(fd, text.data(), text.size()) == ssize_t(text.size()) && ::fsync(fd) == 0;
  ::close(fd);
  if (!written) io_error(next);
  if (::rename(next.c_str(), file_.c_str()) != 0) io_error(file_);
  int directory = ::open(file_.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory >= 0) ::fsync(directory), ::close(directory);
}

std::optional<Roles::Role> Roles::find(std::string_view name) const {
  std::lock_guard lock(mutex_);
  auto found = roles_.find(name);
  return found == roles_.end() ? std::nullopt : std::optional(found->second);
}

bool Roles::any_login() const {
  std::lock_guard lock(mutex_);
  return std::ranges::any_of(roles_, [](auto& entry) { return entry.second.login && !entry.second.verifier.empty(); });
}

std::vector<std::string> Roles::names() const {
  std::lock_guard lock(mutex_);
  std::vector<std::string> out;
  for (auto& [name, role] : roles_) out.push_back(name);
  return out;
}

void Roles::create(std::string_view name, Role role, bool if_not_exists) {
  std::lock_guard lock(mutex_);
  Map roles = roles_;
  if (roles.try_emplace(std::string(name), std::move(role)).second) return replace(std::move(roles));
  if (!if_not_exists) throw Error(sqlstate::kDuplicateObject, "role \"" + std::string(name) + "\" already exists");
}

void Roles::alter(std::string_view name, std::optional<std::string> verifier, std::optional<bool> login) {
  std::lock_guard lock(mutex_);
  Map roles = roles_;
  auto found = roles.find(name);
  if (found == roles.end()) missing(name);
  if (verifier) found->second.verifier = *verifier;
  if (login) found->second.login = *login;
  replace(std::move(roles));
}

bool Roles::drop(std::string_view name, bool if_exists) {
  std::lock_guard lock(mutex_);
  Map roles = roles_;
  auto found = roles.find(name);
  if (found == roles.end() && if_exists) return false;
  if (found == roles.end()) missing(name);
  roles.erase(found);
  replace(std::move(roles));
  return true;
}

}  // namespace elegraph::query
