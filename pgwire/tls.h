// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>

namespace elegraph::pgwire {

// A server's TLS context (1.2 and later). Empty paths: a self-signed P-256 certificate, made now. Errors: F0000.
std::unique_ptr<boost::asio::ssl::context> make_tls_context(const std::string& certificate, const std::string& key);

// The data that SCRAM-SHA-256-PLUS binds to: tls-server-end-point (RFC 5929), the certificate's hash.
std::string certificate_hash(boost::asio::ssl::context& context);

}  // namespace elegraph::pgwire
