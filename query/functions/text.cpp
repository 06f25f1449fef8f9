// SPDX-License-Identifier: Apache-2.0
#include <charconv>
#include <cmath>

#include "query/functions/byte_text.h"
#include "query/functions/faults.h"
#include "query/functions/points.h"
#include "query/functions/temporal/format.h"
#include "query/functions/temporal/parts.h"
#include "query/functions/value_ops.h"

namespace elegraph::query {
namespace {

// Shortest digits that read back, laid out as PostgreSQL does: an exponent below 1e-4 and from 1e15 on.
char* write_double(char* begin, char* end, double v) {
  double size = std::fabs(v);
  bool fixed = size == 0 || (size >= 1e-4 && size < 1e15);
  return std::to_chars(begin, end, v, fixed ? std::chars_format::fixed : std::chars_format::scientific).ptr;
}

}  // namespace

bool append_special_float(std::string& out, double v) {
  if (std::isfinite(v)) return false;
  out += std::isnan(v) ? "NaN" : v > 0 ? "Infinity" : "-Infinity";
  return true;
}

void append_float_plain(std::string& out, double v) {
  if (append_special_float(out, v)) return;
  char buffer[40];
  out.append(buffer, write_double(buffer, buffer + sizeof buffer, v));
}

void append_float(std::string& out, double v) {
  size_t start = out.size();
  append_float_plain(out, v);
  if (std::isfinite(v) && out.find_first_of(".e", start) == std::string::npos) out += ".0";
}

void append_integer(std::string& out, int64_t v) {
  char buffer[24];
  out.append(buffer, std::to_chars(buffer, buffer + sizeof buffer, v).ptr);
}

void append_hex(std::string& out, std::string_view bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  out += "\\x";
  for (unsigned char c : bytes) out += kDigits[c >> 4], out += kDigits[c & 15];
}

std::string to_text(const Value& v) {
  std::string out;
  switch (v.type()) {
    case Type::kBool: return v.as_bool() ? "true" : "false";
    case Type::kInt: append_integer(out, v.as_int()); break;
    case Type::kFloat: append_float(out, v.as_float()); break;
    case Type::kString:
    case Type::kNumeric:
    case Type::kUuid: return std::string(v.as_string());
    case Type::kBytes: append_hex(out, v.as_string()); break;
    case Type::kPoint: return point_text(v.as_point());
    case Type::kDuration: temporal::append_text(out, v); break;
    default:
      if (!temporal::is_temporal(v.type())) wrong_argument("toString()", v);
      temporal::append_text(out, v);
  }
  return out;
}

}  // namespace elegraph::query
