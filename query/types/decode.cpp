// SPDX-License-Identifier: Apache-2.0
#include <bit>
#include <charconv>
#include <cmath>

#include "query/types/binary_array.h"
#include "query/types/network_order.h"
#include "query/types/numeric.h"
#include "query/types/pg_types.h"
#include "query/types/temporal_binary.h"
#include "query/types/type_mapping.h"
#include "query/types/utf8.h"
#include "query/types/uuid.h"
#include "storage/error.h"

namespace elegraph::query::types {
namespace {

Error unreadable(std::string_view text, Oid type) {
  return Error(sqlstate::kInvalidTextRepresentation,
               "invalid input syntax for type " + type_text(type) + ": \"" + std::string(text) + "\"");
}

std::string_view trimmed(std::string_view s) {
  auto blank = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
  while (!s.empty() && blank(s.front())) s.remove_prefix(1);
  while (!s.empty() && blank(s.back())) s.remove_suffix(1);
  return s;
}

bool in_range(int64_t v, Form form) {
  return form == Form::kInt8 || (form == Form::kInt4 && v == int32_t(v)) || (form == Form::kInt2 && v == int16_t(v)) ||
         (form == Form::kUnsigned4 && v == uint32_t(v));
}

Value int_from_text(std::string_view text, Oid type, Form form) {
  std::string_view s = trimmed(text);
  if (s.size() > 1 && s[0] == '+' && s[1] != '-') s.remove_prefix(1);
  int64_t v = 0;
  auto [end, error] = std::from_chars(s.data(), s.data() + s.size(), v);
  if (s.empty() || end != s.data() + s.size() || error == std::errc::invalid_argument) throw unreadable(text, type);
  if (error != std::errc() || !in_range(v, form))
    throw Error(sqlstate::kNumericOutOfRange,
                "value \"" + std::string(text) + "\" is out of range for type " + type_text(type));
  return Value::integer(v);
}

Value float_from_text(std::string_view text, Oid type) {
  std::string_view s = trimmed(text);
  if (s.size() > 1 && s[0] == '+' && s[1] != '-') s.remove_prefix(1);
  double v = 0;
  auto [end, error] = std::from_chars(s.data(), s.data() + s.size(), v);  // reads nan, inf and infinity too
  if (s.empty() || end != s.data() + s.size() || error == std::errc::invalid_argument || s.back() == ')')
    throw unreadable(text, type);
  if (error != std::errc())
    throw Error(sqlstate::kNumericOutOfRange, "\"" + std::string(text) + "\" is out of range for type " + type_text(type));
  return Value::floating(v);
}

Value decode_text(std::string_view text, Oid type, const EncodeContext& context) {
  require_text(text);
  switch (Form form = form_of(type)) {
    case Form::kText: return Value::string(text);
    case Form::kInt2:
    case Form::kInt4:
    case Form::kInt8:
    case Form::kUnsigned4: return int_from_text(text, type, form);
    case Form::kFloat4:
    case Form::kFloat8: return float_from_text(text, type);
    case Form::kJson:
    case Form::kJsonb: return parse_json(text);
    case Form::kArray: return parse_array_literal(text, static_type(type).element, context.style);
    default: return parse_postgres_text(text, static_type(type), context.style);
  }
}

// Bytes of a fixed-size form; 0 where the size varies.
size_t fixed_size(Form form) {
  switch (form) {
    case Form::kBool: return 1;
    case Form::kInt2: return 2;
    case Form::kInt4:
    case Form::kUnsigned4:
    case Form::kFloat4:
    case Form::kDate: return 4;
    case Form::kInt8:
    case Form::kFloat8:
    case Form::kTime:
    case Form::kTimestamp:
    case Form::kTimestamptz: return 8;
    case Form::kTimetz: return 12;
    case Form::kInterval:
    case Form::kUuid: return 16;
    default: return 0;
  }
}

Value decode_binary(std::string_view bytes, Oid type, const EncodeContext& context) {
  Form form = form_of(type);
  size_t size = fixed_size(form);
  if (size && bytes.size() != size)
    throw Error(sqlstate::kInvalidBinaryRepresentation, "incorrect binary data format for type " + type_text(type));
  const char* p = bytes.data();
  switch (form) {
    case Form::kText: require_text(bytes); return Value::string(bytes);
    case Form::kBool: return Value::boolean(*p != 0);
    case Form::kInt2: return Value::integer(int16_t(load_big<uint16_t>(p)));
    case Form::kInt4: return Value::integer(int32_t(load_big<uint32_t>(p)));
    case Form::kUnsigned4: return Value::integer(load_big<uint32_t>(p));
    case Form::kInt8: return Value::integer(int64_t(load_big<uint64_t>(p)));
    case Form::kFloat4: return Value::floating(double(std::bit_cast<float>(load_big<uint32_t>(p))));
    case Form::kFloat8: return Value::floating(std::bit_cast<double>(load_big<uint64_t>(p)));
    case Form::kNumeric: return Value::text(Type::kNumeric, numeric_text(bytes));
    case Form::kBytea: return Value::bytes(bytes);
    case Form::kUuid: return Value::text(Type::kUuid, uuid_text(bytes));
    case Form::kJsonb:
      if (bytes.empty() || bytes[0] != 1)
        throw Error(sqlstate::kInvalidBinaryRepresentation, "unsupported jsonb version number");
      bytes.remove_prefix(1);
      [[fallthrough]];
    case Form::kJson: require_text(bytes); return parse_json(bytes);
    case Form::kArray: return read_binary_array(bytes, context);
    default: return read_binary_temporal(bytes, form, context.style.zone);
  }
}

}  // namespace

Value decode(std::string_view bytes, Oid type, int16_t format, const EncodeContext& context) {
  return format == 0 ? decode_text(bytes, type, context) : decode_binary(bytes, type, context);
}

Value decode_open(std::string_view text, const EncodeContext& context) {
  try {
    return decode_text(text, oid::kJsonb, context);
  } catch (const Error&) {
    try {
      if (trimmed(text).starts_with('{')) return parse_array_literal(text, Type::kString, context.style);
    } catch (const Error&) {}
    throw;
  }
}

}  // namespace elegraph::query::types
