// SPDX-License-Identifier: Apache-2.0
#include "pgwire/tls.h"

#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "storage/error.h"

namespace elegraph::pgwire {
namespace {

namespace ssl = boost::asio::ssl;

template <class T, void (*Free)(T*)>
struct Freeing {
  void operator()(T* p) const { Free(p); }
};
using Certificate = std::unique_ptr<X509, Freeing<X509, X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freeing<EVP_PKEY, EVP_PKEY_free>>;

void require(bool ok) {
  if (!ok) throw Error(sqlstate::kConfigFileError, "could not make a self-signed certificate");
}

void use_self_signed(ssl::context& context) {
  constexpr long kTenYears = 3650L * 24 * 3600;
  Key key(EVP_EC_gen("P-256"));
  Certificate certificate(X509_new());
  require(key && certificate);
  X509* x = certificate.get();
  X509_set_version(x, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
  X509_gmtime_adj(X509_getm_notBefore(x), -3600);
  X509_gmtime_adj(X509_getm_notAfter(x), kTenYears);
  X509_set_pubkey(x, key.get());
  X509_NAME* name = X509_get_subject_name(x);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("elegraph"), -1, -1, 0);
  X509_set_issuer_name(x, name);
  require(X509_sign(x, key.get(), EVP_sha256()) > 0);
  require(SSL_CTX_use_certificate(context.native_handle(), x) == 1 &&
          SSL_CTX_use_PrivateKey(context.native_handle(), key.get()) == 1);
}

void use_files(ssl::context& context, const std::string& certificate, const std::string& key) {
  boost::system::error_code error;
  context.use_certificate_chain_file(certificate, error);
  if (error)
    throw Error(sqlstate::kConfigFileError, "could not load the certificate \"" + certificate + "\": " + error.message());
  context.use_private_key_file(key, ssl::context::pem, error);
  if (error) throw Error(sqlstate::kConfigFileError, "could not load the private key \"" + key + "\": " + error.message());
}

}  // namespace

std::unique_ptr<ssl::context> make_tls_context(const std::string& certificate, const std::string& key) {
  auto context = std::make_unique<ssl::context>(ssl::context::tls_server);
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  SSL_CTX_set_mode(context->native_handle(), SSL_MODE_RELEASE_BUFFERS);  // idle connections stay small
  SSL_CTX_set_session_cache_mode(context->native_handle(), SSL_SESS_CACHE_OFF);
  if (certificate.empty() && key.empty())
    use_self_signed(*context);
  else
    use_files(*context, certificate, key);
  return context;
}

std::string certificate_hash(ssl::context& context) {
  X509* certificate = SSL_CTX_get0_certificate(context.native_handle());
  int digest_id = NID_undef;
  if (!certificate || !OBJ_find_sigid_algs(X509_get_signature_nid(certificate), &digest_id, nullptr)) return {};
  // RFC 5929: MD5 and SHA-1 are replaced by SHA-256.
  const EVP_MD* digest = digest_id == NID_md5 || digest_id == NID_sha1 ? EVP_sha256() : EVP_get_digestbynid(digest_id);
  unsigned char hash[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  if (!digest || X509_digest(certificate, digest, hash, &length) != 1) return {};
  return {reinterpret_cast<const char*>(hash), length};
}

}  // namespace elegraph::pgwire
