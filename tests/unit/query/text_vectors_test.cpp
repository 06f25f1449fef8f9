// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <bit>
#include <charconv>
#include <cmath>
#include <limits>
#include <random>

#include "query/exec/expressions/string_tests.h"
#include "query/functions/byte_text.h"
#include "tests/unit/query/function_vectors.h"

namespace elegraph::query {
namespace {

using namespace test;

// Around the sizes where a text is no longer inline, and where words of eight bytes end.
const Column& all_texts() {
  static const Column all = texts({"",
                                   " ",
                                   "a",
                                   "Az",
                                   "  ab ",
                                   "aBc",
                                   "[@`{]",
                                   "seven y",
                                   "eight Ys",
                                   "twelve bytes",
                                   "thirteen byte",
                                   "\tsixteen bytes!\n",
                                   "grüße",
                                   "ÀÉ straße",
                                   "日本語",
                                   "a\u00a0",
                                   "\u2003wide",
                                   "zwölf Bytes",
                                   "xxaxx",
                                   "a b a b a",
                                   "abababababababababab",
                                   "no such letter",
                                   "\x01\x1f\x7f control",
                                   "ends ü",
                                   "ü",
                                   "12345678ü",
                                   "  \u00a0 blank of every kind \r\n"});
  return all;
}

std::vector<Column> columns_of_texts() { return {all_texts(), with_nulls(all_texts())}; }

TEST(TextVectors, AgreeWithSingleCalls) {
  for (const Column& column : columns_of_texts()) {
    for (std::string_view f :
         {"toUpper", "lower", "trim", "ltrim", "rtrim", "btrim", "reverse", "size", "char_length", "toString"})
      EXPECT_TRUE(function_agrees(f, {column})) << f;
    for (std::string_view set : {"", "a", "ab", "ü ", "日"})
      for (std::string_view f : {"trim", "ltrim", "rtrim"}) EXPECT_TRUE(function_agrees(f, {column, texts({set})})) << f;
    for (std::string_view from : {"", "a", "ab", "ü", "twelve bytes"})
      for (std::string_view to : {"", "b", "x", "a longer one"})
        EXPECT_TRUE(function_agrees("replace", {column, texts({from}), texts({to})})) << from << ' ' << to;
    for (int64_t n : {0, 1, 5, 100}) {
      EXPECT_TRUE(function_agrees("left", {column, {Value::integer(n)}}));
      EXPECT_TRUE(function_agrees("right", {column, {Value::integer(n)}}));
      EXPECT_TRUE(function_agrees("substring", {column, {Value::integer(n)}, {Value::integer(14)}}));
    }
  }
}

TEST(TextVectors, LeaveOtherColumnsToSingleCalls) {
  const Column mixed = {Value::string("a"), Value::integer(1), Value::string("b"), Value()}, nulls(4), one = texts({"a"});
  for (std::string_view f : {"upper", "trim", "reverse", "size", "toString"})
    for (const Column& column : {mixed, nulls, one}) EXPECT_FALSE(function_agrees(f, {column})) << f;
  EXPECT_FALSE(function_agrees("trim", {all_texts(), all_texts()}));
  EXPECT_FALSE(function_agrees("trim", {all_texts(), {Value()}}));
  EXPECT_FALSE(function_agrees("replace", {all_texts(), one, {Value()}}));
  EXPECT_FALSE(function_agrees("replace", {all_texts(), all_texts(), one}));
}

TEST(TextVectors, PartsOfTexts) {
  Column all = all_texts();
  for (std::string_view s :
       {"ab", "abc", "byte", "bytes", "ven y", "thirteen", "such letter", "e bytes", "letter", "hirteen byt",
        "abababababababab", "babababababababab", "ababababababababababab", "abababababababababababab"})
    all.push_back(Value::string(s));
  for (const Value& part : all) {
    const std::string_view p = part.as_string();
    const StringRef ref(p.data(), uint32_t(p.size()));
    const exec::StartsWith starts(ref);
    const exec::EndsWith ends(ref);
    const exec::Contains contains(ref);
    for (const Value& text : all) {
      const std::string_view t = text.as_string();
      const StringRef s(t.data(), uint32_t(t.size()));
      EXPECT_EQ(starts(s), t.starts_with(p)) << t << '|' << p;
      EXPECT_EQ(ends(s), t.ends_with(p)) << t << '|' << p;
      EXPECT_EQ(contains(s), t.find(p) != t.npos) << t << '|' << p;
    }
  }
}

TEST(TextVectors, NumbersToTexts) {
  Column integers, floats;
  for (int64_t i : {int64_t{0}, int64_t{-1}, int64_t{12345678}, std::numeric_limits<int64_t>::min(),
                    std::numeric_limits<int64_t>::max()})
    integers.push_back(Value::integer(i));
  for (double d : {0.0, -0.0, 1.0, -2.5, 0.1, 1e-4, 9.99e-5, 1e15, 123456789.125, 1e300, 5e-324, double(NAN),
                   double(INFINITY), -double(INFINITY)})
    floats.push_back(Value::floating(d));
  for (const Column& column : {integers, with_nulls(integers), floats, with_nulls(floats)})
    for (std::string_view f : {"toString", "toStringOrNull"}) EXPECT_TRUE(function_agrees(f, {column}));
}

// The short way gives just what std::to_chars does.
TEST(TextVectors, ShortDecimalsAreTheShortest) {
  std::mt19937_64 random(7);
  auto check = [](double v) {
    char few[kLongestNumber], all[kLongestNumber];
    const char* end = write_short_decimals(few, v);
    if (!end) return false;
    const std::string_view expected(all, std::to_chars(all, all + kLongestNumber, v, std::chars_format::fixed).ptr);
    EXPECT_EQ(std::string_view(few, end), expected);
    return true;
  };
  for (int i = 0; i < 200'000; i++) {
    const double whole = double(random() % 999'999'999), unit = std::pow(10, double(random() % 9));
    check(std::round(whole / double(1 + random() % 1000) * unit) / unit);
    check(std::bit_cast<double>(random()));
  }
  for (double v : {0.5, 53.543, -0.0001, 0.000101, 999999999.999999, 3.0, 100.0}) EXPECT_TRUE(check(v)) << v;
  for (double v : {std::nextafter(53.543, 0), std::nextafter(53.543, 100), 1.0 / 3}) EXPECT_FALSE(check(v)) << v;
  for (double v : {0.0, 1e9, 1e-5, 1e-7, double(NAN), double(INFINITY)}) EXPECT_FALSE(check(v)) << v;
}

}  // namespace
}  // namespace elegraph::query
