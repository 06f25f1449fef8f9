// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "query/scram_verifier.h"

// SCRAM-SHA-256 and SCRAM-SHA-256-PLUS, the server's side (RFC 5802, RFC 7677; channel binding
// tls-server-end-point, RFC 5929).
namespace elegraph::pgwire {

using query::base64, query::Digest, query::from_base64, query::random_digest, query::ScramVerifier;

// One authentication. Not thread-safe. Errors: 08P01 for malformed messages. A wrong password and an unknown user
// give the same messages and take the same time: mock a verifier for the latter.
class ScramServer {
 public:
  // `nonce`: base64 or other printable characters without commas, random. `certificate_hash`: the channel's binding data,
  // empty without TLS. `genuine`: false for a mocked verifier; finish() always fails then.
  ScramServer(ScramVerifier verifier, bool genuine, std::string nonce, std::string certificate_hash);

  // client-first-message -> server-first-message.
  std::string first(std::string_view mechanism, std::string_view client_first);
  // client-final-message -> server-final-message, or false when the proof is wrong.
  bool finish(std::string_view client_final, std::string& server_final);

 private:
  void check_binding(std::string_view channel_binding) const;

  ScramVerifier verifier_;
  bool genuine_;
  std::string nonce_, certificate_hash_;
  std::string gs2_header_, client_first_bare_, server_first_;
  bool plus_ = false;
};

// A verifier for a user that does not exist: its salt depends on `secret` and the name alone, so that it looks
// the same each time.
ScramVerifier mock_verifier(std::string_view user, const Digest& secret);

std::string random_nonce();

}  // namespace elegraph::pgwire
