// SPDX-License-Identifier: Apache-2.0
#include <strings.h>

#include <bit>

#include "query/types/network_order.h"
#include "query/types/numeric.h"
#include "query/types/pg_types.h"
#include "query/types/scalar_text.h"
#include "query/types/temporal_binary.h"
#include "query/types/type_mapping.h"
#include "query/types/uuid.h"
#include "storage/error.h"

namespace elegraph::query::types {
namespace {

[[noreturn]] void misfit(const Value& v, Oid as) {
  throw Error(sqlstate::kFeatureNotSupported, "cached plan must not change result type")
      .with_detail("A value is " + std::string(type_name(v.type())) + ", but the column was described as " + type_text(as) +
                   ".")
      .with_hint("Prepare the statement again.");
}

void require(bool fits, const Value& v, Oid as) {
  if (!fits) misfit(v, as);
}

double number(const Value& v, Oid as) {
  require(v.is_number(), v, as);
  return v.to_double();
}

// An integer that a column of `as` holds.
int64_t integer(const Value& v, Oid as, Form form) {
  require(v.type() == Type::kInt, v, as);
  int64_t i = v.as_int();
  bool fits = form == Form::kInt8 || (form == Form::kInt4 && i == int32_t(i)) || (form == Form::kInt2 && i == int16_t(i)) ||
              (form == Form::kUnsigned4 && i == uint32_t(i));
  if (!fits) throw Error(sqlstate::kNumericOutOfRange, "value is out of range for type " + type_text(as));
  return i;
}

bool has_text(const Value& v) { return v.type() == Type::kString || v.type() == Type::kNumeric || v.type() == Type::kUuid; }

// Text types; the catalogs' types without a form of their own (regclass, ...) show what they are given.
void append_text(std::string& out, const Value& v, Oid as) {
  bool strict = as == oid::kText || as == oid::kVarchar || as == oid::kBpchar;
  if (has_text(v)) {
    require(!strict || v.type() == Type::kString, v, as);
    out += v.as_string();
  } else {
    require(!strict, v, as);
    out += to_text(v);
  }
}

std::string numeric_source(const Value& v, Oid as) {
  if (v.type() == Type::kNumeric) return std::string(v.as_string());
  require(v.is_number(), v, as);
  char digits[kLongestNumber];
  size_t n = v.type() == Type::kInt ? write_int(digits, v.as_int()) : write_float(digits, v.as_float());
  return std::string(digits, n);
}

Type temporal_type(Form form) {
  switch (form) {
    case Form::kDate: return Type::kDate;
    case Form::kTime: return Type::kLocalTime;
    case Form::kTimetz: return Type::kTime;
    case Form::kTimestamp: return Type::kLocalDateTime;
    case Form::kTimestamptz: return Type::kDateTime;
    default: return Type::kDuration;
  }
}

// An element of {..}: quoted where it is empty, is NULL, or has a character that means something there.
void append_element(std::string& out, std::string_view text) {
  bool plain = !text.empty() && text.find_first_of("{},\"\\ \t\n\r\v\f") == std::string_view::npos &&
               !(text.size() == 4 && strncasecmp(text.data(), "null", 4) == 0);
  if (plain) {
    out += text;
    return;
  }
  out += '"';
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
}

void text_array(std::string& out, const Value& v, Oid as, const EncodeContext& context) {
  require(v.type() == Type::kList, v, as);
  Oid element = element_oid(as);
  std::string text;
  char separator = '{';
  for (auto& item : v.as_list()) {
    out += separator, separator = ',';
    if (item.is_null()) {
      out += "NULL";
      continue;
    }
    text.clear();
    encode(text, item, element, 0, context);
    append_element(out, text);
  }
  if (separator == '{') out += '{';
  out += '}';
}

// int32 dimensions, int32 has nulls, int32 element OID; per dimension int32 size and int32 lower bound; elements.
void binary_array(std::string& out, const Value& v, Oid as, const EncodeContext& context) {
  require(v.type() == Type::kList, v, as);
  auto& items = v.as_list();
  bool nulls = false;
  for (auto& item : items) nulls |= item.is_null();
  append_int32(out, items.empty() ? 0 : 1);
  append_int32(out, nulls);
  append_big(out, element_oid(as));
  if (items.empty()) return;
  append_int32(out, int32_t(items.size()));
  append_int32(out, 1);
  for (auto& item : items) {
    size_t length_at = out.size();
    append_int32(out, -1);
    if (item.is_null()) continue;
    encode(out, item, element_oid(as), 1, context);
    store_big(out.data() + length_at, uint32_t(out.size() - length_at - 4));
  }
}

void encode_text(std::string& out, const Value& v, Oid as, Form form, const EncodeContext& context) {
  char digits[kLongestNumber];
  switch (form) {
    case Form::kText: return append_text(out, v, as);
    case Form::kBool: require(v.type() == Type::kBool, v, as); return void(out += v.as_bool() ? 't' : 'f');
    case Form::kInt2:
    case Form::kInt4:
    case Form::kUnsigned4:
    case Form::kInt8: return void(out.append(digits, write_int(digits, integer(v, as, form))));
    case Form::kFloat4: return void(out.append(digits, write_float(digits, float(number(v, as)))));
    case Form::kFloat8: return void(out.append(digits, write_float(digits, number(v, as))));
    case Form::kNumeric: return void(out += numeric_source(v, as));
    case Form::kBytea: require(v.type() == Type::kBytes, v, as); return append_hex(out, v.as_string());
    case Form::kUuid: require(v.type() == Type::kUuid, v, as); return void(out += v.as_string());
    case Form::kJson:
    case Form::kJsonb: return append_json(out, v, *context.functions);
    case Form::kArray: return text_array(out, v, as, context);
    default: break;
  }
  require(v.type() == temporal_type(form), v, as);
  append_postgres_text(out, v, static_type(as), context.style, *context.functions);
}

void encode_temporal(std::string& out, const Value& v, Oid as, Form form) {
  require(v.type() == temporal_type(form), v, as);
  switch (form) {
    case Form::kDate: return append_binary_date(out, v.temporal());
    case Form::kTime: return append_int64(out, v.temporal() / 1000);
    case Form::kTimetz: append_int64(out, v.temporal() / 1000); return append_int32(out, -v.offset_seconds());
    case Form::kInterval: return append_binary_interval(out, v.as_duration());
    default: return append_binary_timestamp(out, v.temporal(), v.nanos());
  }
}

void encode_binary(std::string& out, const Value& v, Oid as, Form form, const EncodeContext& context) {
  switch (form) {
    case Form::kText: return append_text(out, v, as);
    case Form::kBool: require(v.type() == Type::kBool, v, as); return void(out += char(v.as_bool()));
    case Form::kInt2: return append_int16(out, int16_t(integer(v, as, form)));
    case Form::kInt4:
    case Form::kUnsigned4: return append_int32(out, int32_t(integer(v, as, form)));
    case Form::kInt8: return append_int64(out, integer(v, as, form));
    case Form::kFloat4: return append_big(out, std::bit_cast<uint32_t>(float(number(v, as))));
    case Form::kFloat8: return append_big(out, std::bit_cast<uint64_t>(number(v, as)));
    case Form::kNumeric: return append_numeric(out, numeric_source(v, as));
    case Form::kBytea: require(v.type() == Type::kBytes, v, as); return void(out += v.as_string());
    case Form::kUuid: require(v.type() == Type::kUuid, v, as); return append_binary_uuid(out, v.as_string());
    case Form::kJsonb: out += '\x01'; [[fallthrough]];
    case Form::kJson: return append_json(out, v, *context.functions);
    case Form::kArray: return binary_array(out, v, as, context);
    default: return encode_temporal(out, v, as, form);
  }
}

}  // namespace

void encode(std::string& out, const Value& v, Oid as, int16_t format, const EncodeContext& context) {
  if (format == 0)
    encode_text(out, v, as, form_of(as), context);
  else
    encode_binary(out, v, as, form_of(as), context);
}

}  // namespace elegraph::query::types
