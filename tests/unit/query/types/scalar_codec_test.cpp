// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "query/types/numeric.h"
#include "query/types/scalar_text.h"
#include "query/types/temporal_binary.h"
#include "query/types/utf8.h"
#include "query/types/uuid.h"
#include "storage/error.h"

namespace elegraph::query::types {
namespace {

std::string hex(std::string_view bytes) {
  std::string out;
  append_hex(out, bytes);
  return out.substr(2);
}

std::string float_text(double v) {
  char buffer[kLongestNumber];
  return std::string(buffer, write_float(buffer, v));
}

TEST(Numeric, BinaryIsPostgres) {
  // As PostgreSQL's numeric_send gives them.
  const std::pair<const char*, const char*> cases[] = {
      {"0", "0000000000000000"},
      {"1", "00010000000000000001"},
      {"-1", "00010000400000000001"},
      {"12345.678",
       "000300010000000300010929"
       "1a7c"},
      {"0.0001", "0001ffff000000040001"},
      {"10000", "00010001000000000001"},
      {"0.50", "0001ffff000000021388"},
      {"NaN", "00000000c0000000"},
      {"Infinity", "00000000d0000000"},
      {"-Infinity", "00000000f0000000"},
      {"1e8", "00010002000000000001"},
  };
  for (auto& [text, bytes] : cases) {
    std::string out;
    append_numeric(out, text);
    EXPECT_EQ(hex(out), bytes) << text;
  }
}

TEST(Numeric, ReadsBack) {
  for (std::string text : {"0", "1", "-1", "12345.678", "0.0001", "-0.00000001", "100000000000000000000.5", "0.50", "NaN",
                           "Infinity", "99999999", "10.0000000000000000001", "0.00"}) {
    std::string out;
    append_numeric(out, text);
    EXPECT_EQ(numeric_text(out), text);
  }
}

TEST(Numeric, RefusesWhatIsNone) {
  std::string out;
  for (const char* text : {"", "-", ".", "1x", "1e", "1e99999", "--1"})
    EXPECT_THROW(append_numeric(out, text), Error) << text;
  EXPECT_THROW(numeric_text("short"), Error);
  EXPECT_THROW(numeric_text(std::string(9, '\xff')), Error);
}

TEST(FloatText, IsPostgresShortest) {
  EXPECT_EQ(float_text(1), "1");
  EXPECT_EQ(float_text(-0.0), "-0");
  EXPECT_EQ(float_text(0.1), "0.1");
  EXPECT_EQ(float_text(1e15), "1e+15");
  EXPECT_EQ(float_text(123456789012345), "123456789012345");
  EXPECT_EQ(float_text(0.0001), "0.0001");
  EXPECT_EQ(float_text(0.00001), "1e-05");
  EXPECT_EQ(float_text(std::numeric_limits<double>::max()), "1.7976931348623157e+308");
  EXPECT_EQ(float_text(std::numeric_limits<double>::denorm_min()), "5e-324");
  EXPECT_EQ(float_text(NAN), "NaN");
  EXPECT_EQ(float_text(-INFINITY), "-Infinity");
}

TEST(Utf8, FindsWhatIsInvalid) {
  EXPECT_EQ(find_invalid_text("plain text that is longer than a word"), std::string_view::npos);
  EXPECT_EQ(find_invalid_text("\u00e9\u20ac\U0001F600"), std::string_view::npos);
  const std::pair<std::string, size_t> cases[] = {
      {std::string("ab\0c", 4), 2},
      {"12345678\xff", 8},
      {"\xc0\x80", 0},
      {"\xed\xa0\x80", 0},
      {"\xf4\x90\x80\x80", 0},
      {"\xe0\x9f\xbf", 0},
      {"ok\xe2\x82", 2},
      {"\xf0\x8f\x80\x80", 0},
      {"\x80", 0},
  };
  for (auto& [bytes, at] : cases) EXPECT_EQ(find_invalid_text(bytes), at) << hex(bytes);
  EXPECT_EQ(count_characters("a\u00e9\u20acx", 6), 3u);
}

TEST(Uuid, RoundTrip) {
  std::string bytes;
  append_binary_uuid(bytes, "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11");
  EXPECT_EQ(hex(bytes), "a0eebc999c0b4ef8bb6d6bb9bd380a11");
  EXPECT_EQ(uuid_text(bytes), "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11");
  EXPECT_THROW(append_binary_uuid(bytes, "a0ee"), Error);
  EXPECT_THROW(uuid_text("x"), Error);
}

TEST(TemporalBinary, CountsFromTheYear2000) {
  std::string out;
  append_binary_date(out, kEpochDays);
  EXPECT_EQ(hex(out), "00000000");
  out.clear();
  append_binary_timestamp(out, kEpochSeconds - 1, 999'999'999);
  EXPECT_EQ(hex(out), "ffffffffffffffff");
  Value v = read_binary_temporal(out, Form::kTimestamp, 0);
  EXPECT_EQ(v.temporal(), kEpochSeconds - 1);
  EXPECT_EQ(v.nanos(), 999'999'000);
}

TEST(TemporalBinary, InfinitiesAndOverflowsAreRefused) {
  std::string out;
  EXPECT_THROW(append_binary_date(out, int64_t{1} << 40), Error);
  EXPECT_THROW(append_binary_timestamp(out, std::numeric_limits<int64_t>::max(), 0), Error);
  EXPECT_THROW(read_binary_temporal(std::string("\x7f\xff\xff\xff", 4), Form::kDate, 0), Error);
  EXPECT_THROW(read_binary_temporal(std::string("\x7f\xff\xff\xff\xff\xff\xff\xff", 8), Form::kTimestamptz, 0), Error);
}

TEST(TemporalBinary, TimesWithZonesCountWest) {
  std::string bytes(12, '\0');
  store_big(bytes.data(), uint64_t{1'000'000});
  store_big(bytes.data() + 8, uint32_t(-3600));
  Value v = read_binary_temporal(bytes, Form::kTimetz, 0);
  EXPECT_EQ(v.temporal(), 1'000'000'000);
  EXPECT_EQ(v.offset_seconds(), 3600);
}

TEST(TemporalBinary, IntervalsRoundTrip) {
  Value d = Value::duration(14, -3, -2, 500'000'000);
  std::string out;
  append_binary_interval(out, d.as_duration());
  Value back = read_binary_temporal(out, Form::kInterval, 0);
  EXPECT_EQ(back.as_duration().months, 14);
  EXPECT_EQ(back.as_duration().days, -3);
  EXPECT_EQ(back.as_duration().seconds, -2);
  EXPECT_EQ(back.as_duration().nanos, 500'000'000);
}

}  // namespace
}  // namespace elegraph::query::types
