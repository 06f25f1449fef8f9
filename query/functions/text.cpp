// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
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
char* write_double(char* begin, double v) {
  if (char* end = write_short_decimals(begin, v)) return end;
  double size = std::fabs(v);
  bool fixed = size == 0 || (size >= 1e-4 && size < 1e15);
  return std::to_chars(begin, begin + kLongestNumber, v, fixed ? std::chars_format::fixed : std::chars_format::scientific)
      .ptr;
}

std::string_view special_float(double v) { return std::isnan(v) ? "NaN" : v > 0 ? "Infinity" : "-Infinity"; }

}  // namespace

// A decimal of 15 digits is the only one of so few that reads as its double, so it is the shortest.
char* write_short_decimals(char* to, double v) {
  constexpr uint64_t kUnit = 1'000'000;
  constexpr int kDigits = 6;
  const double size = std::fabs(v);
  if (!(size >= 1e-4 && size < 1e9)) return nullptr;
  const auto scaled = uint64_t(size * double(kUnit) + 0.5);
  if (double(scaled) / double(kUnit) != size) return nullptr;
  if (v < 0) *to++ = '-';
  to = std::to_chars(to, to + kLongestNumber, scaled / kUnit).ptr;
  uint64_t rest = scaled % kUnit;
  if (rest == 0) return to;
  *to++ = '.';
  for (int i = kDigits; i-- > 0; rest /= 10) to[i] = char('0' + rest % 10);
  for (to += kDigits; to[-1] == '0'; to--) continue;
  return to;
}

bool append_special_float(std::string& out, double v) {
  if (std::isfinite(v)) return false;
  out += special_float(v);
  return true;
}

char* write_float(char* to, double v) {
  if (!std::isfinite(v)) return to + special_float(v).copy(to, kLongestNumber);
  char* end = write_double(to, v);
  if (std::any_of(to, end, [](char c) { return c == '.' || c == 'e'; })) return end;
  *end++ = '.', *end++ = '0';
  return end;
}

void append_float_plain(std::string& out, double v) {
  if (append_special_float(out, v)) return;
  char buffer[kLongestNumber];
  out.append(buffer, write_double(buffer, v));
}

void append_float(std::string& out, double v) {
  char buffer[kLongestNumber];
  out.append(buffer, write_float(buffer, v));
}

char* write_integer(char* to, int64_t v) { return std::to_chars(to, to + kLongestNumber, v).ptr; }

void append_integer(std::string& out, int64_t v) {
  char buffer[kLongestNumber];
  out.append(buffer, write_integer(buffer, v));
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
