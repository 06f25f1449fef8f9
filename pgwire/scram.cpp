// SPDX-License-Identifier: Apache-2.0
#include "pgwire/scram.h"

#include <fmt/format.h>
#include <openssl/crypto.h>

#include <algorithm>

#include "query/random_bytes.h"
#include "storage/error.h"

namespace elegraph::pgwire {
namespace {

using query::hmac_sha256, query::read_digest, query::sha256;

std::string_view view(const Digest& d) { return {reinterpret_cast<const char*>(d.data()), d.size()}; }

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

}  // namespace

std::string random_nonce() {
  char bytes[18];
  query::random_bytes(std::as_writable_bytes(std::span(bytes)));
  return base64({bytes, sizeof bytes});
}

ScramVerifier mock_verifier(std::string_view user, const Digest& secret) {
  Digest salt = hmac_sha256(view(secret), user);
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
  if (rest[0] != ',')
    throw Error(sqlstate::kFeatureNotSupported, "client uses authorization identity, but it is not supported");
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
  Digest signature = hmac_sha256(view(verifier_.stored_key), auth_message);
  for (size_t i = 0; i < proof.size(); i++) proof[i] ^= signature[i];  // now the client key
  Digest stored = sha256(view(proof));
  bool right = CRYPTO_memcmp(stored.data(), verifier_.stored_key.data(), stored.size()) == 0;
  server_final = "v=" + base64(view(hmac_sha256(view(verifier_.server_key), auth_message)));
  return right && genuine_;
}

}  // namespace elegraph::pgwire
