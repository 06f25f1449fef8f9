// SPDX-License-Identifier: Apache-2.0
#include <bit>

#include "query/types/network_order.h"
#include "query/types/pg_types.h"
#include "query/types/scalar_text.h"
#include "query/types/temporal_binary.h"
#include "query/types/type_mapping.h"

namespace elegraph::query::types {
namespace {

// A field of fixed size in one append: length word and bytes.
template <class U>
void append_fixed(std::string& out, U bits) {
  char field[4 + sizeof bits];
  store_big(field, uint32_t(sizeof bits));
  store_big(field + 4, bits);
  out.append(field, sizeof field);
}

void append_int_field(std::string& out, int64_t v, int16_t format) {
  if (format == 1) return append_fixed(out, uint64_t(v));
  char field[4 + kLongestNumber];
  size_t n = write_int(field + 4, v);
  store_big(field, uint32_t(n));
  out.append(field, 4 + n);
}

void append_float_field(std::string& out, double v, int16_t format) {
  if (format == 1) return append_fixed(out, std::bit_cast<uint64_t>(v));
  char field[4 + kLongestNumber];
  size_t n = write_float(field + 4, v);
  store_big(field, uint32_t(n));
  out.append(field, 4 + n);
}

void append_bool_field(std::string& out, bool v, int16_t format) {
  char field[5] = {0, 0, 0, 1, format == 1 ? char(v) : v ? 't' : 'f'};
  out.append(field, 5);
}

void append_bytes_field(std::string& out, std::string_view bytes) {
  append_int32(out, int32_t(bytes.size()));
  out += bytes;
}

// The typed ways; false when the vector's type is not the described one or the form is a slow one.
bool encode_typed(std::string& out, const Vector& column, uint32_t row, Oid as, int16_t format) {
  switch (column.type()) {
    case Type::kInt:
      if (as != oid::kInt8) return false;
      append_int_field(out, column.data<int64_t>()[row], format);
      return true;
    case Type::kString:
      if (as != oid::kText && as != oid::kVarchar && as != oid::kName) return false;
      append_bytes_field(out, column.strings()[row].view());
      return true;
    case Type::kFloat:
      if (as != oid::kFloat8) return false;
      append_float_field(out, column.data<double>()[row], format);
      return true;
    case Type::kBool:
      if (as != oid::kBool) return false;
      append_bool_field(out, column.data<uint8_t>()[row] != 0, format);
      return true;
    case Type::kBytes:
      if (as != oid::kBytea || format != 1) return false;
      append_bytes_field(out, column.strings()[row].view());
      return true;
    case Type::kDate:
      if (as != oid::kDate || format != 1) return false;
      append_int32(out, 4);
      append_binary_date(out, column.data<int64_t>()[row]);
      return true;
    default: return false;
  }
}

}  // namespace

void encode_field(std::string& out, const Vector& column, uint32_t row, Oid as, int16_t format,
                  const EncodeContext& context) {
  if (!column.valid(row)) return append_int32(out, -1);
  if (encode_typed(out, column, column.at(row), as, format)) return;
  size_t length_at = out.size();
  append_int32(out, 0);
  encode(out, column.value(row), as, format, context);
  store_big(out.data() + length_at, uint32_t(out.size() - length_at - 4));
}

}  // namespace elegraph::query::types
