// SPDX-License-Identifier: Apache-2.0
// Values to fields and back, in both formats, for every type of docs/wire.md.
#include <gtest/gtest.h>

#include <cmath>

#include "query/types/network_order.h"
#include "query/types/pg_types.h"
#include "query/types/scalar_text.h"
#include "query/types/type_mapping.h"
#include "storage/error.h"

namespace elegraph::query::types {
namespace {

const FunctionContext kFunctions;
const EncodeContext kContext{{}, &kFunctions};

std::string encoded(const Value& v, Oid as, int16_t format) {
  std::string out;
  encode(out, v, as, format, kContext);
  return out;
}

std::string hex(std::string_view bytes) {
  std::string out;
  append_hex(out, bytes);
  return out.substr(2);
}

std::string state_of(auto&& call) {
  try {
    call();
  } catch (const Error& e) {
    return e.sqlstate;
  }
  return "";
}

Value ints(std::initializer_list<int64_t> items) {
  std::vector<Value> list;
  for (int64_t i : items) list.push_back(Value::integer(i));
  return Value::list(std::move(list));
}

struct Case {
  Value value;
  Oid oid;
  const char* text;
  const char* binary;
};

std::vector<Case> cases() {
  return {
      {Value::integer(42), oid::kInt8, "42", "000000000000002a"},
      {Value::integer(INT64_MIN), oid::kInt8, "-9223372036854775808", "8000000000000000"},
      {Value::integer(-2), oid::kInt4, "-2", "fffffffe"},
      {Value::integer(7), oid::kInt2, "7", "0007"},
      {Value::integer(4294967295), oid::kOid, "4294967295", "ffffffff"},
      {Value::floating(1.5), oid::kFloat8, "1.5", "3ff8000000000000"},
      {Value::floating(-INFINITY), oid::kFloat8, "-Infinity", "fff0000000000000"},
      {Value::floating(0.5), oid::kFloat4, "0.5", "3f000000"},
      {Value::boolean(true), oid::kBool, "t", "01"},
      {Value::boolean(false), oid::kBool, "f", "00"},
      {Value::string("h\u00e9"), oid::kText, "h\u00e9", "68c3a9"},
      {Value::string(""), oid::kVarchar, "", ""},
      {Value::bytes(std::string_view("\0\xff", 2)), oid::kBytea, "\\x00ff", "00ff"},
      {Value::date(10957), oid::kDate, "2000-01-01", "00000000"},
      {Value::date(0), oid::kDate, "1970-01-01", "ffffd533"},
      {Value::local_time(3'600'000'000'000), oid::kTime, "01:00:00", "00000000d693a400"},
      {Value::time(3'600'000'000'000, 3600), oid::kTimetz, "01:00:00+01", "00000000d693a400fffff1f0"},
      {Value::local_datetime(946684801, 500'000'000), oid::kTimestamp, "2000-01-01 00:00:01.5", "000000000016e360"},
      {Value::datetime(946684800, 0, 0), oid::kTimestamptz, "2000-01-01 00:00:00+00", "0000000000000000"},
      {Value::duration(14, 3, 4, 0), oid::kInterval, "1 year 2 mons 3 days 00:00:04", "00000000003d0900000000030000000e"},
      {Value::text(Type::kNumeric, "12.50"), oid::kNumeric, "12.50",
       "00020000000000020"
       "00c1388"},
      {Value::text(Type::kUuid, "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"), oid::kUuid, "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
       "a0eebc999c0b4ef8bb6d6bb9bd380a11"},
      {ints({1, 2}), oid::kInt8Array, "{1,2}",
       "000000010000000000000014"
       "0000000200000001"
       "000000080000000000000001"
       "000000080000000000000002"},
      {ints({}), oid::kInt8Array, "{}", "000000000000000000000014"},
      {Value::list({Value::string("a"), Value(), Value::string("x,\"y")}), oid::kTextArray, "{a,NULL,\"x,\\\"y\"}",
       "000000010000000100000019"
       "0000000300000001"
       "0000000161"
       "ffffffff"
       "00000004782c2279"},
      {Value::map({{"k", Value::integer(1)}}), oid::kJsonb, "{\"k\": 1}", "017b226b223a20317d"},
  };
}

TEST(Codec, EncodesAsPostgres) {
  for (auto& c : cases()) {
    EXPECT_EQ(encoded(c.value, c.oid, 0), c.text) << type_text(c.oid);
    EXPECT_EQ(hex(encoded(c.value, c.oid, 1)), c.binary) << type_text(c.oid) << " " << c.text;
  }
}

TEST(Codec, DecodesWhatItEncodes) {
  for (auto& c : cases())
    for (int16_t format : {int16_t(0), int16_t(1)}) {
      std::string bytes = encoded(c.value, c.oid, format);
      Value back = decode(bytes, c.oid, format, kContext);
      EXPECT_EQ(back.type(), c.value.type()) << type_text(c.oid) << " format " << format;
      EXPECT_EQ(encoded(back, c.oid, format), bytes) << type_text(c.oid) << " format " << format;
    }
}

TEST(Codec, ValuesThatDoNotFitTheDescribedType) {
  EXPECT_EQ(state_of([] { encoded(Value::string("x"), oid::kInt8, 0); }), "0A000");
  EXPECT_EQ(state_of([] { encoded(Value::integer(1), oid::kText, 0); }), "0A000");
  EXPECT_EQ(state_of([] { encoded(Value::floating(1), oid::kInt8, 1); }), "0A000");
  EXPECT_EQ(state_of([] { encoded(Value::integer(1), oid::kDate, 1); }), "0A000");
  EXPECT_EQ(state_of([] { encoded(Value::integer(1), oid::kInt8Array, 1); }), "0A000");
  EXPECT_EQ(encoded(Value::integer(1), oid::kFloat8, 0), "1");
  EXPECT_EQ(state_of([] { encoded(Value::integer(1 << 20), oid::kInt2, 0); }), "22003");
}

TEST(Codec, RefusesTextThatDoesNotRead) {
  auto text = [](const char* s, Oid oid) { return state_of([&] { decode(s, oid, 0, kContext); }); };
  for (const char* s : {"", "x", "1x", "0x1", "1.5", "- 1", "+-1"}) EXPECT_EQ(text(s, oid::kInt8), "22P02") << s;
  EXPECT_EQ(text("99999999999999999999", oid::kInt8), "22003");
  EXPECT_EQ(text("70000", oid::kInt2), "22003");
  for (const char* s : {"", "x", "1,5", "nan(1)"}) EXPECT_EQ(text(s, oid::kFloat8), "22P02") << s;
  EXPECT_EQ(text("1e999", oid::kFloat8), "22003");
  EXPECT_EQ(text("maybe", oid::kBool), "22P02");
  EXPECT_EQ(text("{\"a\":", oid::kJsonb), "22P02");
  EXPECT_EQ(text("{1", oid::kInt8Array), "22P02");
  EXPECT_EQ(text("\xff", oid::kText), "22021");
  EXPECT_EQ(state_of([] { decode(std::string_view("a\0b", 3), oid::kText, 0, kContext); }), "22021");
  EXPECT_EQ(decode(" +7 ", oid::kInt8, 0, kContext).as_int(), 7);
  EXPECT_TRUE(std::isnan(decode("NaN", oid::kFloat8, 0, kContext).as_float()));
  EXPECT_EQ(decode("-Infinity", oid::kFloat8, 0, kContext).as_float(), -INFINITY);
}

TEST(Codec, RefusesBinaryOfTheWrongShape) {
  const std::string three(3, '\0');
  for (Oid oid : {oid::kInt2, oid::kInt4, oid::kInt8, oid::kFloat8, oid::kBool, oid::kDate, oid::kTime, oid::kTimetz,
                  oid::kTimestamp, oid::kInterval, oid::kUuid, oid::kNumeric, oid::kInt8Array, oid::kJsonb})
    EXPECT_EQ(state_of([&] { decode(three, oid, 1, kContext); }), "22P03") << type_text(oid);
}

std::string array(std::initializer_list<int32_t> words) {
  std::string s;
  for (int32_t w : words) append_int32(s, w);
  return s;
}

TEST(Codec, BinaryArraysOfMoreDimensions) {
  // {{1,2},{3,NULL}} of int4
  Value v = decode(array({2, 1, 23, 2, 1, 2, 1, 4, 1, 4, 2, 4, 3, -1}), 1007, 1, kContext);
  ASSERT_EQ(v.as_list().size(), 2u);
  EXPECT_EQ(v.as_list()[1].as_list()[0].as_int(), 3);
  EXPECT_TRUE(v.as_list()[1].as_list()[1].is_null());
  EXPECT_EQ(decode(array({0, 0, 23}), 1007, 1, kContext).as_list().size(), 0u);
}

TEST(Codec, BinaryArraysThatLie) {
  for (auto& bytes : {array({1, 0, 23, 1 << 30, 1}), array({7, 0, 23}), array({-1, 0, 23}), array({1, 0, 23, -1, 1}),
                      array({1, 0, 23, 1, 1, 100}), array({1, 0, 1007, 1, 1, 4, 1}), array({1, 0, 23, 1, 1, 4, 1, 0}),
                      array({6, 0, 23, 1 << 20, 1, 1 << 20, 1, 1 << 20, 1, 1 << 20, 1, 1 << 20, 1, 1 << 20, 1})})
    EXPECT_EQ(state_of([&] { decode(bytes, 1007, 1, kContext); }), "22P03") << hex(bytes);
}

TEST(Codec, FieldsOfTypedVectors) {
  Vector column;
  column.reset(Type::kInt);
  column.set(0, Value::integer(7));
  column.set(1, Value());
  std::string out;
  encode_field(out, column, 0, oid::kInt8, 0, kContext);
  encode_field(out, column, 1, oid::kInt8, 0, kContext);
  encode_field(out, column, 0, oid::kInt8, 1, kContext);
  encode_field(out, column, 0, oid::kInt4, 1, kContext);  // by way of the value
  EXPECT_EQ(hex(out),
            "0000000137"
            "ffffffff"
            "000000080000000000000007"
            "0000000400000007");
}

TEST(Codec, FieldsOfConstantVectors) {
  for (auto& c : cases()) {
    Vector column;
    column.set_constant(c.value);
    for (int16_t format : {int16_t(0), int16_t(1)}) {
      std::string field, value = encoded(c.value, c.oid, format);
      encode_field(field, column, 1000, c.oid, format, kContext);
      std::string expected;
      append_int32(expected, int32_t(value.size()));
      EXPECT_EQ(hex(field), hex(expected + value)) << type_text(c.oid);
    }
  }
}

TEST(TypeMapping, GoesBothWays) {
  EXPECT_EQ(result_oid({Type::kInt, Type::kAny}, false), oid::kInt8);
  EXPECT_EQ(result_oid({Type::kInt, Type::kAny}, true), oid::kJsonb);
  EXPECT_EQ(result_oid({Type::kNull, Type::kAny}, false), oid::kText);
  EXPECT_EQ(result_oid({Type::kNode, Type::kAny}, false), oid::kJsonb);
  EXPECT_EQ(result_oid({Type::kList, Type::kString}, false), oid::kTextArray);
  EXPECT_EQ(result_oid({Type::kList, Type::kMap}, false), oid::kJsonb);
  EXPECT_EQ(static_type(oid::kInt4).type, Type::kInt);
  EXPECT_EQ(static_type(1007), (StaticType{Type::kList, Type::kInt}));
  EXPECT_EQ(static_type(oid::kJsonb).type, Type::kAny);
  EXPECT_EQ(static_type(99999).type, Type::kString);
  EXPECT_EQ(type_length(oid::kInt8), 8);
  EXPECT_EQ(type_length(oid::kTextArray), -1);
  EXPECT_EQ(element_oid(oid::kTextArray), oid::kText);
  EXPECT_EQ(array_oid(oid::kText), oid::kTextArray);
}

}  // namespace
}  // namespace elegraph::query::types
