// SPDX-License-Identifier: Apache-2.0
#include "storage/vector.h"

#include <gtest/gtest.h>

#include "storage/zones.h"

namespace elegraph {
namespace {

TEST(Microseconds, OrderAsTheValuesDo) {
  const Value values[] = {Value::local_datetime(-9'223'372'036'854, 0),
                          Value::local_datetime(-2, 999'999'000),
                          Value::local_datetime(-1, 0),
                          Value::local_datetime(0, 0),
                          Value::local_datetime(0, 1000),
                          Value::local_datetime(9'223'372'036'853, 999'999'000)};
  for (size_t i = 0; i < std::size(values); i++) {
    const auto packed = values[i].microseconds();
    ASSERT_TRUE(packed) << i;
    const Value back = Value::of_microseconds(Type::kLocalDateTime, *packed);
    EXPECT_EQ(back.temporal(), values[i].temporal());
    EXPECT_EQ(back.nanos(), values[i].nanos());
    if (i > 0) EXPECT_LT(*values[i - 1].microseconds(), *packed);
  }
}

TEST(Microseconds, AreNotThereForWhatTheyCannotHold) {
  EXPECT_FALSE(Value::local_datetime(0, 1).microseconds());
  EXPECT_FALSE(Value::local_datetime(INT64_MAX / 1'000'000 + 1, 0).microseconds());
  EXPECT_FALSE(Value::datetime(0, 0, zones::fixed(3600)).microseconds());
  EXPECT_FALSE(Value::integer(1).microseconds());
  EXPECT_FALSE(Value::date(1).microseconds());
  EXPECT_TRUE(Value::datetime(0, 0, zones::fixed(0)).microseconds());
}

// One that microseconds do not hold makes the column one of values.
TEST(Vectors, KeepInstantsOfAnyKind) {
  for (const Value& odd : {Value::local_datetime(5, 7), Value::datetime(5, 0, zones::fixed(-3600)), Value::integer(3)}) {
    Vector v;
    v.reset_null();
    v.set(0, Value::local_datetime(1, 2000));
    EXPECT_EQ(v.type(), Type::kLocalDateTime);
    v.set(1, odd);
    EXPECT_EQ(v.type(), Type::kAny);
    EXPECT_EQ(v.value(0).temporal(), 1);
    EXPECT_EQ(v.value(0).nanos(), 2000);
    EXPECT_EQ(v.value(1).type(), odd.type());
    EXPECT_EQ(v.value(1).temporal(), odd.temporal());
    v.set_constant(odd);
    EXPECT_EQ(v.value(7).type(), odd.type());
  }
}

}  // namespace
}  // namespace elegraph
