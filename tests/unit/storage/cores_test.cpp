// SPDX-License-Identifier: Apache-2.0
#include "storage/cores.h"

#include <gtest/gtest.h>

#include <thread>

namespace elegraph::storage {
namespace {

TEST(Cores, OfAQuota) {
  EXPECT_EQ(cores_of_quota("200000 100000"), 2u);
  EXPECT_EQ(cores_of_quota("150000 100000"), 2u);  // one and a half
  EXPECT_EQ(cores_of_quota("1000 100000"), 1u);
  EXPECT_EQ(cores_of_quota("6400000 100000"), 64u);
  for (const char* none : {"max 100000", "", "200000", "200000 0", "x y", " ", "-1 100000"})
    EXPECT_FALSE(cores_of_quota(none)) << none;
}

TEST(Cores, AreThoseOfTheMachineAtMost) {
  EXPECT_GE(available_cores(), 1u);
  EXPECT_LE(available_cores(), std::max(1u, std::thread::hardware_concurrency()));
}

}  // namespace
}  // namespace elegraph::storage
