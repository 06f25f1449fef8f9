// SPDX-License-Identifier: Apache-2.0
#include "query/roles.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <toml++/toml.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <sstream>

#include "query/saslprep.h"
#include "storage/error.h"

namespace elegraph::query {
namespace {

constexpr int kIterations = 4096;  // PostgreSQL's scram_iterations

[[noreturn]] void missing(std::string_view name) {
  throw Error(sqlstate::kUndefinedObject, "role \"" + std::string(name) + "\" does not exist");
}

std::string base64(std::string_view bytes) {
  std::string out((bytes.size() + 2) / 3 * 4, '\0');
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), reinterpret_cast<const unsigned char*>(bytes.data()),
                  int(bytes.size()));
  return out;
}

std::string hmac(std::string_view key, std::string_view text) {
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HMAC(EVP_sha256(), key.data(), int(key.size()), reinterpret_cast<const unsigned char*>(text.data()), text.size(), out,
       &size);
  return {reinterpret_cast<char*>(out), size};
}

std::string sha256(std::string_view text) {
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  EVP_Digest(text.data(), text.size(), out, &size, EVP_sha256(), nullptr);
  return {reinterpret_cast<char*>(out), size};
}

[[noreturn]] void io_error(const std::filesystem::path& file) {
  throw Error(errno == ENOSPC ? sqlstate::kDiskFull : sqlstate::kIoError,
              "could not write file \"" + file.string() + "\": " + std::strerror(errno));
}

}  // namespace

std::string Roles::make_verifier(std::string_view password) {
  if (password.starts_with("SCRAM-SHA-256$")) return std::string(password);
  std::string salt(16, '\0');
  RAND_bytes(reinterpret_cast<unsigned char*>(salt.data()), int(salt.size()));
  std::string salted(32, '\0');
  const std::string prepared = saslprep(password);  // as clients do before they prove it
  PKCS5_PBKDF2_HMAC(prepared.data(), int(prepared.size()), reinterpret_cast<const unsigned char*>(salt.data()),
                    int(salt.size()), kIterations, EVP_sha256(), int(salted.size()),
                    reinterpret_cast<unsigned char*>(salted.data()));
  std::string stored = sha256(hmac(salted, "Client Key"));
  return "SCRAM-SHA-256$" + std::to_string(kIterations) + ":" + base64(salt) + "$" + base64(stored) + ":" +
         base64(hmac(salted, "Server Key"));
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

void Roles::save() const {
  if (file_.empty()) return;
  toml::table file;
  for (auto& [name, role] : roles_)
    file.insert(name, toml::table{{"verifier", role.verifier}, {"login", role.login}});
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
  std::filesystem::rename(next, file_);
  int directory = ::open(file_.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory >= 0) ::fsync(directory), ::close(directory);
}

std::optional<Roles::Role> Roles::find(std::string_view name) const {
  std::lock_guard lock(mutex_);
  auto found = roles_.find(name);
  return found == roles_.end() ? std::nullopt : std::optional(found->second);
}

bool Roles::empty() const {
  std::lock_guard lock(mutex_);
  return roles_.empty();
}

std::vector<std::string> Roles::names() const {
  std::lock_guard lock(mutex_);
  std::vector<std::string> out;
  for (auto& [name, role] : roles_) out.push_back(name);
  return out;
}

void Roles::create(std::string_view name, Role role, bool if_not_exists) {
  std::lock_guard lock(mutex_);
  auto [at, added] = roles_.try_emplace(std::string(name), std::move(role));
  if (added) return save();
  if (!if_not_exists) throw Error(sqlstate::kDuplicateObject, "role \"" + std::string(name) + "\" already exists");
}

void Roles::alter(std::string_view name, std::optional<std::string> verifier, std::optional<bool> login) {
  std::lock_guard lock(mutex_);
  auto found = roles_.find(name);
  if (found == roles_.end()) missing(name);
  if (verifier) found->second.verifier = *verifier;
  if (login) found->second.login = *login;
  save();
}

bool Roles::drop(std::string_view name, bool if_exists) {
  std::lock_guard lock(mutex_);
  auto found = roles_.find(name);
  if (found == roles_.end() && if_exists) return false;
  if (found == roles_.end()) missing(name);
  roles_.erase(found);
  save();
  return true;
}

}  // namespace elegraph::query
