// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

// What is stored of a password for SCRAM-SHA-256 (RFC 5802, RFC 7677), and the hashes that go with it. Thread-safe.
namespace elegraph::query {

using Digest = std::array<unsigned char, 32>;

// "SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>", salt and keys in base64: what PostgreSQL stores.
struct ScramVerifier {
  uint32_t iterations = 4096;
  std::string salt;
  Digest stored_key{}, server_key{};

  static bool read(std::string_view text, ScramVerifier& verifier);
  // The password is taken as SASLprep has it.
  static ScramVerifier from_password(std::string_view password, std::string_view salt, uint32_t iterations);
  std::string text() const;
};

Digest sha256(std::string_view bytes);
Digest hmac_sha256(std::string_view key, std::string_view text);
Digest random_digest();
std::string base64(std::string_view bytes);
bool from_base64(std::string_view text, std::string& bytes);
bool read_digest(std::string_view text, Digest& digest);  // base64

}  // namespace elegraph::query
