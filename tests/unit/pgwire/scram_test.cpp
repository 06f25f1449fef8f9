// SPDX-License-Identifier: Apache-2.0
#include "pgwire/scram.h"

#include <gtest/gtest.h>

#include "storage/error.h"

namespace elegraph::pgwire {
namespace {

// RFC 7677, section 3: user "user", password "pencil".
constexpr std::string_view kClientFirst = "n,,n=user,r=rOprNGfwEbeRWgbNEkqO";
constexpr std::string_view kServerNonce = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
constexpr std::string_view kServerFirst =
    "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
constexpr std::string_view kClientFinal =
    "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
constexpr std::string_view kServerFinal = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";

ScramVerifier pencil() {
  std::string salt;
  EXPECT_TRUE(from_base64("W22ZaJ0SNY7soEsUEjb6gQ==", salt));
  return ScramVerifier::from_password("pencil", salt, 4096);
}

std::string state_of(auto&& call) {
  try {
    call();
  } catch (const Error& e) {
    return e.sqlstate;
  }
  return "";
}

TEST(Scram, AgreesWithTheRfc) {
  ScramServer server(pencil(), true, std::string(kServerNonce), "");
  EXPECT_EQ(server.first("SCRAM-SHA-256", kClientFirst), kServerFirst);
  std::string server_final;
  EXPECT_TRUE(server.finish(kClientFinal, server_final));
  EXPECT_EQ(server_final, kServerFinal);
}

TEST(Scram, VerifierReadsBack) {
  ScramVerifier read;
  ASSERT_TRUE(ScramVerifier::read(pencil().text(), read));
  EXPECT_EQ(read.text(), pencil().text());
  EXPECT_EQ(read.stored_key, pencil().stored_key);
}

TEST(Scram, RefusesVerifiersThatAreNone) {
  ScramVerifier v;
  for (std::string_view text :
       {"", "md5abc", "SCRAM-SHA-256$", "SCRAM-SHA-256$4096", "SCRAM-SHA-256$4096:x$y:z",
        "SCRAM-SHA-256$0:W22ZaJ0SNY7soEsUEjb6gQ==$a:b", "SCRAM-SHA-256$a:b$c:d", "SCRAM-SHA-256$:$:"})
    EXPECT_FALSE(ScramVerifier::read(text, v)) << text;
}

TEST(Scram, WrongPasswordFails) {
  ScramServer server(ScramVerifier::from_password("pen", pencil().salt, 4096), true, std::string(kServerNonce), "");
  server.first("SCRAM-SHA-256", kClientFirst);
  std::string server_final;
  EXPECT_FALSE(server.finish(kClientFinal, server_final));
}

TEST(Scram, MockedUserFailsEvenWithTheRightProof) {
  ScramServer server(pencil(), false, std::string(kServerNonce), "");
  server.first("SCRAM-SHA-256", kClientFirst);
  std::string server_final;
  EXPECT_FALSE(server.finish(kClientFinal, server_final));
}

TEST(Scram, MockedSaltStaysTheSame) {
  Digest secret = random_digest();
  EXPECT_EQ(mock_verifier("nobody", secret).salt, mock_verifier("nobody", secret).salt);
  EXPECT_NE(mock_verifier("nobody", secret).salt, mock_verifier("someone", secret).salt);
}

TEST(Scram, MalformedMessagesAreProtocolViolations) {
  for (std::string_view first :
       {"", "n", "n,", "n,,", "n,,r=x", "n,,n=u", "n,,n=u,r=", "q,,n=u,r=x", "p=tls-unique,,n=u,r=x"})
    EXPECT_EQ(state_of([&] { ScramServer(pencil(), true, "x", "").first("SCRAM-SHA-256", first); }), "08P01") << first;
  for (std::string_view last :
       {"c=biws,r=wrong,p=AAAA", "c=biws", "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
        "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=%%%"}) {
    ScramServer server(pencil(), true, std::string(kServerNonce), "");
    server.first("SCRAM-SHA-256", kClientFirst);
    std::string out;
    EXPECT_EQ(state_of([&] { server.finish(last, out); }), "08P01") << last;
  }
}

TEST(Scram, ChannelBindingIsChecked) {
  EXPECT_EQ(state_of([&] { ScramServer(pencil(), true, "x", "hash").first("SCRAM-SHA-256", "y,,n=,r=abc"); }), "28000");
  EXPECT_EQ(state_of([&] { ScramServer(pencil(), true, "x", "").first("SCRAM-SHA-256-PLUS", kClientFirst); }), "08P01");
  ScramServer server(pencil(), true, "x", "hash");
  server.first("SCRAM-SHA-256-PLUS", "p=tls-server-end-point,,n=,r=abc");
  std::string out;
  std::string wrong = "c=" + base64("p=tls-server-end-point,,other") + ",r=abcx,p=AAAA";
  EXPECT_EQ(state_of([&] { server.finish(wrong, out); }), "28000");
}

}  // namespace
}  // namespace elegraph::pgwire
