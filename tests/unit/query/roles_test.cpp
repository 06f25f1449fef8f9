// SPDX-License-Identifier: Apache-2.0
#include "query/roles.h"

#include <gtest/gtest.h>

#include "query/saslprep.h"
#include "query/scram_verifier.h"
#include "storage/error.h"

namespace elegraph::query {
namespace {

TEST(Saslprep, FollowsRfc4013) {
  EXPECT_EQ(saslprep("plain ascii"), "plain ascii");
  EXPECT_EQ(saslprep("I\u00adX"), "IX");        // soft hyphen maps to nothing
  EXPECT_EQ(saslprep("\u00aa"), "a");           // NFKC
  EXPECT_EQ(saslprep("\u2168"), "IX");          // NFKC
  EXPECT_EQ(saslprep("a\u00a0b"), "a b");       // a non-ASCII space becomes a space
  EXPECT_EQ(saslprep("bell\x07"), "bell\x07");  // forbidden: as it is
  EXPECT_EQ(saslprep("\xff\xfe"), "\xff\xfe");  // no UTF-8: as it is
}

TEST(Roles, KeepAVerifierAsItIs) {
  const std::string verifier = Roles::make_verifier("pencil");
  EXPECT_EQ(Roles::make_verifier(verifier), verifier);
  EXPECT_NE(Roles::make_verifier("SCRAM-SHA-256$4096:c2FsdA==$a2V5:a2V5"), "SCRAM-SHA-256$4096:c2FsdA==$a2V5:a2V5")
      << "it is none";
  EXPECT_TRUE(Roles::make_verifier("pencil").starts_with("SCRAM-SHA-256$4096:"));
}

TEST(Roles, ArePreparedAsClientsPrepareTheirPasswords) {
  ScramVerifier stored;
  ASSERT_TRUE(ScramVerifier::read(Roles::make_verifier("\u2168"), stored));
  EXPECT_EQ(stored.stored_key, ScramVerifier::from_password("IX", stored.salt, stored.iterations).stored_key);
}

TEST(Roles, ThatCannotLogInLeaveTheDoorAsItIs) {
  Roles roles("");
  roles.create("team", {"", false}, false);
  roles.create("nopassword", {"", true}, false);
  EXPECT_FALSE(roles.any_login());
  roles.alter("nopassword", Roles::make_verifier("x"), std::nullopt);
  EXPECT_TRUE(roles.any_login());
}

TEST(Roles, KeepTheOldOnesWhenTheFileCannotBeWritten) {
  Roles roles("/nonexistent/folder/roles.toml");
  EXPECT_THROW(roles.create("ann", {Roles::make_verifier("x")}, false), Error);
  EXPECT_FALSE(roles.find("ann"));
  EXPECT_FALSE(roles.any_login());
}

}  // namespace
}  // namespace elegraph::query
