// SPDX-License-Identifier: Apache-2.0
#include "index/key_encoding.h"

#include <gtest/gtest.h>

#include <cmath>
#include <compare>
#include <limits>
#include <random>

namespace elegraph::index {
namespace {

std::string key(const Value& v) {
  std::string out;
  append_key(out, v);
  return out;
}

int sign(std::string_view a, std::string_view b) { return a < b ? -1 : a == b ? 0 : 1; }

// Compares numbers exactly, by long double: its 64-bit mantissa holds every int64 and every double.
int compare_numbers(const Value& a, const Value& b) {
  auto exact = [](const Value& v) {
    return v.type() == Type::kInt ? static_cast<long double>(v.as_int()) : static_cast<long double>(v.as_float());
  };
  long double x = exact(a), y = exact(b);
  return x < y ? -1 : x == y ? 0 : 1;
}

std::vector<Value> interesting_numbers(std::mt19937_64& random) {
  std::vector<Value> values;
  const int64_t kMax = std::numeric_limits<int64_t>::max(), kMin = std::numeric_limits<int64_t>::min();
  for (int64_t v : {int64_t(0), int64_t(1), int64_t(-1), int64_t(255), int64_t(256), int64_t(-255), int64_t(-256),
                    int64_t(1) << 53, (int64_t(1) << 53) + 1, -(int64_t(1) << 53) - 1, kMax, kMax - 1, kMin, kMin + 1})
    values.push_back(Value::integer(v));
  for (double v : {0.0, -0.0, 0.5, -0.5, 1.0, 1.5, -1.5, 255.5, 9007199254740992.0, 9223372036854775808.0,
                   -9223372036854775808.0, 18446744073709551616.0, 18446744073709549568.0, 1e300, -1e300, 5e-324,
                   std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()})
    values.push_back(Value::floating(v));
  for (int i = 0; i < 300; ++i) {
    values.push_back(Value::integer(int64_t(random()) >> (random() % 64)));
    values.push_back(Value::floating(std::ldexp(double(int64_t(random())), int(random() % 200) - 130)));
    values.push_back(Value::floating(double(values[values.size() - 2].as_int())));
  }
  return values;
}

TEST(KeyEncoding, NumbersKeepTheirOrderAndEquality) {
  std::mt19937_64 random(1);
  auto values = interesting_numbers(random);
  for (auto& a : values)
    for (auto& b : values) ASSERT_EQ(sign(key(a), key(b)), compare_numbers(a, b)) << a.to_double() << " " << b.to_double();
}

TEST(KeyEncoding, IntegerKeysFitTheirArray) {
  std::mt19937_64 random(2);
  for (int i = 0; i < 1000; ++i) {
    int64_t v = int64_t(random()) >> (random() % 64);
    uint8_t bytes[kIntegerKeyBytes];
    uint32_t size = integer_key(v, bytes);
    ASSERT_LE(size, kIntegerKeyBytes);
    ASSERT_EQ(std::string(reinterpret_cast<char*>(bytes), size), key(Value::integer(v)));
  }
}

TEST(KeyEncoding, StringsKeepTheirOrder) {
  std::mt19937_64 random(3);
  std::vector<std::string> strings{"", std::string(1, '\0'), "\x01", std::string("\x01\0", 2), "\xff", "a", "ab"};
  for (int i = 0; i < 300; ++i) {
    std::string s;
    for (auto n = random() % 6; n-- > 0;) s.push_back(char(random() % 4 == 0 ? random() % 3 : random() % 256));
    strings.push_back(s);
  }
  for (auto& a : strings)
    for (auto& b : strings) ASSERT_EQ(sign(key(Value::string(a)), key(Value::string(b))), sign(a, b));
}

TEST(KeyEncoding, NoKeyIsAPrefixOfAnother) {
  std::mt19937_64 random(4);
  auto values = interesting_numbers(random);
  for (const char* s : {"", "a", "ab", "abc", "b"}) values.push_back(Value::string(s));
  for (int i = 0; i < 3; ++i) values.push_back(Value::list(std::vector<Value>(size_t(i), Value::integer(1))));
  values.push_back(Value::list({Value::list({}), Value()}));
  values.push_back(Value::map({{"a", Value::integer(1)}}));
  values.push_back(Value::map({{"a", Value::integer(1)}, {"b", Value()}}));
  values.push_back(Value());
  for (auto& a : values)
    for (auto& b : values) {
      std::string x = key(a), y = key(b);
      if (x != y) {
        ASSERT_FALSE(y.starts_with(x));
      }
    }
}

TEST(KeyEncoding, ACompositeKeyComesApart) {
  std::mt19937_64 random(5);
  auto values = interesting_numbers(random);
  for (const char* s : {"", "a", "\x01\x02", "abc"}) values.push_back(Value::string(s));
  values.push_back(Value::string(std::string("\0a\0", 3)));
  for (int i = 0; i < 3; ++i) values.push_back(Value::list(std::vector<Value>(size_t(i), Value::string("x"))));
  values.push_back(Value::list({Value::list({Value::floating(1.5)}), Value::integer(-1), Value()}));
  values.push_back(Value());
  values.push_back(Value::boolean(true));
  values.push_back(Value::floating(std::nan("")));
  values.push_back(Value::point(7203, 1, 2, 0));
  values.push_back(Value::datetime(5, 0, 0));
  values.push_back(Value::local_datetime(-5, 7));
  values.push_back(Value::date(-1));
  values.push_back(Value::time(10, 0));
  values.push_back(Value::local_time(5));
  values.push_back(Value::duration(1, -2, 3, 4));
  for (int i = 0; i < 2000; ++i) {
    const std::vector<Value> three{values[random() % values.size()], values[random() % values.size()],
                                   values[random() % values.size()]};
    const std::string whole = composite_key(three);
    for (size_t n = 0; n <= three.size(); ++n)
      ASSERT_EQ(composite_prefix_size(whole, n), composite_key(std::span(three).first(n)).size());
  }
}

TEST(KeyEncoding, ClassesAreInTheOrderOfOrderBy) {
  const double nan = std::nan("");
  std::vector<Value> ascending{Value::map({}),
                               Value::list({}),
                               Value::list({Value::integer(1)}),
                               Value::point(7203, 1, 2, 0),
                               Value::datetime(5, 0, 0),
                               Value::local_datetime(-5, 0),
                               Value::local_datetime(5, 0),
                               Value::local_datetime(5, 1),
                               Value::date(-1),
                               Value::date(1),
                               Value::time(10, 0),
                               Value::local_time(5),
                               Value::duration(0, 1, 0, 0),
                               Value::duration(1, 0, 0, 0),
                               Value::string(""),
                               Value::string("z"),
                               Value::boolean(false),
                               Value::boolean(true),
                               Value::floating(-std::numeric_limits<double>::infinity()),
                               Value::integer(-3),
                               Value::floating(2.5),
                               Value::integer(3),
                               Value::floating(std::numeric_limits<double>::infinity()),
                               Value::floating(nan),
                               Value()};
  for (size_t i = 0; i < ascending.size(); ++i)
    for (size_t j = 0; j < ascending.size(); ++j)
      ASSERT_EQ(sign(key(ascending[i]), key(ascending[j])), i < j ? -1 : i == j ? 0 : 1) << i << " " << j;
}

TEST(KeyEncoding, InstantsAreEqualInAllZones) {
  constexpr int64_t kHour = 3'600'000'000'000;
  EXPECT_EQ(key(Value::time(10 * kHour, 3600)), key(Value::time(9 * kHour, 0)));
  EXPECT_LT(key(Value::time(9 * kHour, 3600)), key(Value::time(9 * kHour, 0)));
  EXPECT_EQ(key(Value::datetime(7, 8, 0)), key(Value::datetime(7, 8, 3)));
}

TEST(KeyEncoding, DurationsOfOneLengthDiffer) {
  EXPECT_NE(key(Value::duration(0, 1, 0, 0)), key(Value::duration(0, 0, 86400, 0)));
}

TEST(KeyEncoding, AfterPrefixIsTheLeastStringAbove) {
  EXPECT_EQ(after_prefix("ab"), "ac");
  EXPECT_EQ(after_prefix("a\xff"), "b");
  EXPECT_EQ(after_prefix("\xff"), "");
}

}  // namespace
}  // namespace elegraph::index
