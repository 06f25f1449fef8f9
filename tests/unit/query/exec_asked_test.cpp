// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "query/exec/operator.h"

namespace elegraph::query::exec {
namespace {

TEST(ExecAskedDeathTest, OneWayFromOneRestartToTheNext) {
  Asked asked;
  asked.as(Asked::kWeighted);
  asked.as(Asked::kWeighted);
  EXPECT_DEBUG_DEATH(asked.as(Asked::kRows), "way");
  asked.forget();
  asked.as(Asked::kRows);
  asked.as(Asked::kRows);
}

}  // namespace
}  // namespace elegraph::query::exec
