// SPDX-License-Identifier: Apache-2.0
#include "pgwire/scram.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include <algorithm>
#include <charconv>

#include "query/saslprep.h"
#include "storage/error.h"

namespace elegraph::pgwire {
namespace {

const unsigned char* raw(std::string_view s) { return reinterpret_cast<const unsigned char*>(s.data()); }
std::string_view view(const Digest& d) { return {reinterpret_cast<const char*>(d.data()), d.size()}; }

Digest sha256(std::string_view bytes) {
  Digest d;
  SHA256(raw(bytes), bytes.size(), d.data());
  return d;
}

Digest hmac(std::string_view key, std::string_view text) {
  Digest d;
  unsigned length = 0;
  if (!HMAC(EVP_sha256(), key.data(), int(key.size()), raw(text), text.size(), d.data(), &length))
    throw Error(sqlstate::kInternalError, "HMAC-SHA-256 failed");
  return d;
}

Error malformed(std::string detail) {
  return Error(sqlstate::kProtocolViolation, "malformed SCRAM message").with_detail(std::move(detail));
}

// The value of the attribute that must come next ("n=...,"); takes it off.
std::string_view attribute(std::string_view& rest, char name) {
  if (rest.size() < 2 || rest[0] != name || rest[1] != '=')
    throw malformed(fmt::format("Attribute \"{}\" was expected.", name));
  size_t end = std::min(rest.find(','), rest.size());
  std::string_view value = rest.substr(2, end - 2);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return value;
}

bool printable(std::string_view s) {
  return !s.empty() && std::all_of(s.begin(), s.end(), [](char c) { return c > ' ' && c < 127 && c != ','; });
}

bool read_digest(std::string_view text, Digest& digest) {
  std::string bytes;
  if (!from_base64(text, bytes) || bytes.size() != digest.size()) return false;
  std::copy(bytes.begin(), bytes.end(), digest.begin());
  return true;
}

}  // namespace

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

std::string random_nonce() {
  char bytes[18];
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes), sizeof bytes) != 1)
    throw Error(sqlstate::kInternalError, "no random numbers for a nonce");
  return base64({bytes, sizeof bytes});
}

Digest random_digest() {
  Digest d;
  if (RAND_bytes(d.data(), int(d.size())) != 1) throw Error(sqlstate::kInternalError, "no random numbers");
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
  std::string prepared = query::saslprep(password);
  Digest salted;
  if (PKCS5_PBKDF2_HMAC(prepared.data(), int(prepared.size()), raw(salt), int(salt.size()), int(iterations), EVP_sha256(),
                        int(salted.size()), salted.data()) != 1)
    throw Error(sqlstate::kInternalError, "PBKDF2 failed");
  ScramVerifier v;
  v.iterations = iterations;
  v.salt = salt;
  v.stored_key = sha256(view(hmac(view(salted), "Client Key")));
  v.server_key = hmac(view(salted), "Server Key");
  return v;
}

std::string ScramVerifier::text() const {
  return fmt::format("SCRAM-SHA-256${}:{}${}:{}", iterations, base64(salt), base64(view(stored_key)), base64(view(server_key)));
}

ScramVerifier mock_verifier(std::string_view user, const Digest& secret) {
  Digest salt = hmac(view(secret), user);
  ScramVerifier v;
  v.salt = view(salt).substr(0, 16);
  v.stored_key = v.server_key = random_digest();
  return v;
}

ScramServer::ScramServer(ScramVerifier verifier, bool genuine, std::string nonce, std::string certificate_hash)
    : verifier_(std::move(verifier)),
      genuine_(genuine),
      nonce_(std::move(nonce)),
      certificate_hash_(std::move(certificate_hash)) {}

std::string ScramServer::first(std::string_view mechanism, std::string_view client_first) {
  plus_ = mechanism == "SCRAM-SHA-256-PLUS";
  if ((!plus_ && mechanism != "SCRAM-SHA-256") || (plus_ && certificate_hash_.empty()))
    throw Error(sqlstate::kProtocolViolation, "client selected an invalid SASL authentication mechanism");
  // gs2-header: "n,," no binding, "y,," the client could but thinks that the server cannot, "p=type,," binding.
  std::string_view rest = client_first;
  std::string_view flag = rest.substr(0, std::min(rest.find(','), rest.size()));
  if (flag == "y" && !certificate_hash_.empty() && !plus_)
    throw Error(sqlstate::kInvalidAuthorization, "SCRAM channel binding negotiation error")
        .with_detail("The client supports SCRAM channel binding but thinks the server does not.");
  bool valid = plus_ ? flag == "p=tls-server-end-point" : flag == "n" || flag == "y";
  if (!valid || rest.size() < flag.size() + 2) throw malformed("The channel-binding flag is not one that fits.");
  rest.remove_prefix(flag.size() + 1);
  if (rest[0] != ',') throw Error(sqlstate::kFeatureNotSupported, "client uses authorization identity, but it is not supported");
  rest.remove_prefix(1);
  gs2_header_ = client_first.substr(0, client_first.size() - rest.size());
  client_first_bare_ = rest;
  if (rest.starts_with("m=")) throw Error(sqlstate::kFeatureNotSupported, "client requires an unsupported SCRAM extension");
  attribute(rest, 'n');  // the user's name came in the start-up packet
  std::string_view client_nonce = attribute(rest, 'r');
  if (!printable(client_nonce)) throw malformed("The nonce has non-printable characters.");
  nonce_ = std::string(client_nonce) + nonce_;
  server_first_ = fmt::format("r={},s={},i={}", nonce_, base64(verifier_.salt), verifier_.iterations);
  return server_first_;
}

void ScramServer::check_binding(std::string_view channel_binding) const {
  std::string expected = gs2_header_;
  if (plus_) expected += certificate_hash_;
  if (channel_binding != base64(expected))
    throw Error(sqlstate::kInvalidAuthorization, "SCRAM channel binding check failed");
}

bool ScramServer::finish(std::string_view client_final, std::string& server_final) {
  std::string_view rest = client_final;
  check_binding(attribute(rest, 'c'));
  if (attribute(rest, 'r') != nonce_) throw malformed("The nonce does not match.");
  size_t proof_at = client_final.rfind(",p=");
  if (proof_at == std::string_view::npos) throw malformed("The proof is missing.");
  Digest proof;
  if (!read_digest(client_final.substr(proof_at + 3), proof)) throw malformed("The proof is malformed.");
  std::string auth_message = client_first_bare_ + "," + server_first_ + "," + std::string(client_final.substr(0, proof_at));
  Digest signature = hmac(view(verifier_.stored_key), auth_message);
  for (size_t i = 0; i < proof.size(); i++) proof[i] ^= signature[i];  // now the client key
  Digest stored = sha256(view(proof));
  bool right = CRYPTO_memcmp(stored.data(), verifier_.stored_key.data(), stored.size()) == 0;
  server_final = "v=" + base64(view(hmac(view(verifier_.server_key), auth_message)));
  return right && genuine_;
}

}  // namespace elegraph::pgwire
