// SPDX-License-Identifier: Apache-2.0
#include "query/scram_verifier.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <algorithm>
#include <charconv>

#include "query/random_bytes.h"
#include "query/saslprep.h"
#include "storage/error.h"

namespace elegraph::query {
namespace {

const unsigned char* raw(std::string_view s) { return reinterpret_cast<const unsigned char*>(s.data()); }
std::string_view view(const Digest& d) { return {reinterpret_cast<const char*>(d.data()), d.size()}; }

}  // namespace

Digest sha256(std::string_view bytes) {
  Digest d;
  SHA256(raw(bytes), bytes.size(), d.data());
  return d;
}

Digest hmac_sha256(std::string_view key, std::string_view text) {
  Digest d;
  unsigned length = 0;
  if (!HMAC(EVP_sha256(), key.data(), int(key.size()), raw(text), text.size(), d.data(), &length))
    throw Error(sqlstate::kInternalError, "HMAC-SHA-256 failed");
  return d;
}

bool read_digest(std::string_view text, Digest& digest) {
  std::string bytes;
  if (!from_base64(text, bytes) || bytes.size() != digest.size()) return false;
  std::copy(bytes.begin(), bytes.end(), digest.begin());
  return true;
}

std::string base64(std::string_view bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  int n = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), raw(bytes), int(bytes.size()));
  text.resize(size_t(n));
  return text;
}

bool from_base64(std::string_view text, std::string& bytes) {
  if (text.size() % 4 || text.empty()) return false;
  bytes.assign(text.size() / 4 * 3, '\0');
  int n = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()), raw(text), int(text.size()));
  if (n < 0) return false;
  size_t padding = text.ends_with("==") ? 2 : text.ends_with("=") ? 1 : 0;
  bytes.resize(size_t(n) - padding);
  return true;
}

Digest random_digest() {
  Digest d;
  random_bytes(std::as_writable_bytes(std::span(d)));
  return d;
}

bool ScramVerifier::read(std::string_view text, ScramVerifier& v) {
  constexpr std::string_view kPrefix = "SCRAM-SHA-256$";
  if (!text.starts_with(kPrefix)) return false;
  text.remove_prefix(kPrefix.size());
  size_t colon = text.find(':'), dollar = text.find('$');
  size_t last = text.rfind(':');
  if (colon == text.npos || dollar == text.npos || colon > dollar || last < dollar) return false;
  auto [end, error] = std::from_chars(text.data(), text.data() + colon, v.iterations);
  if (error != std::errc() || end != text.data() + colon || v.iterations == 0) return false;
  return from_base64(text.substr(colon + 1, dollar - colon - 1), v.salt) &&
         read_digest(text.substr(dollar + 1, last - dollar - 1), v.stored_key) &&
         read_digest(text.substr(last + 1), v.server_key);
}

ScramVerifier ScramVerifier::from_password(std::string_view password, std::string_view salt, uint32_t iterations) {
  std::string prepared = saslprep(password);
  Digest salted;
  if (PKCS5_PBKDF2_HMAC(prepared.data(), int(prepared.size()), raw(salt), int(salt.size()), int(iterations), EVP_sha256(),
                        int(salted.size()), salted.data()) != 1)
    throw Error(sqlstate::kInternalError, "PBKDF2 failed");
  ScramVerifier v;
  v.iterations = iterations;
  v.salt = salt;
  v.stored_key = sha256(view(hmac_sha256(view(salted), "Client Key")));
  v.server_key = hmac_sha256(view(salted), "Server Key");
  return v;
}

std::string ScramVerifier::text() const {
  return fmt::format("SCRAM-SHA-256${}:{}${}:{}", iterations, base64(salt), base64(view(stored_key)),
                     base64(view(server_key)));
}

}  // namespace elegraph::query
