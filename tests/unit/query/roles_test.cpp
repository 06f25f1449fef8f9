// SPDX-License-Identifier: Apache-2.0
#include "query/roles.h"

#include <gtest/gtest.h>

#include "query/saslprep.h"

namespace elegraph::query {
namespace {

TEST(Saslprep, FollowsRfc4013) {
  EXPECT_EQ(saslprep("plain ascii"), "plain ascii");
  EXPECT_EQ(saslprep("I\u00adX"), "IX");          // soft hyphen maps to nothing
  EXPECT_EQ(saslprep("\u00aa"), "a");             // NFKC
  EXPECT_EQ(saslprep("\u2168"), "IX");            // NFKC
  EXPECT_EQ(saslprep("a\u00a0b"), "a b");         // a non-ASCII space becomes a space
  EXPECT_EQ(saslprep("bell\x07"), "bell\x07");    // forbidden: as it is
  EXPECT_EQ(saslprep("\xff\xfe"), "\xff\xfe");    // no UTF-8: as it is
}

TEST(Roles, KeepAVerifierAsItIs) {
  const std::string verifier = "SCRAM-SHA-256$4096:c2FsdA==$a2V5:a2V5";
  EXPECT_EQ(Roles::make_verifier(verifier), verifier);
  EXPECT_TRUE(Roles::make_verifier("pencil").starts_with("SCRAM-SHA-256$4096:"));
}

}  // namespace
}  // namespace elegraph::query
