// SPDX-License-Identifier: Apache-2.0
#include "query/types/numeric.h"

#include <charconv>
#include <cstdint>
#include <vector>

#include "query/types/network_order.h"
#include "storage/error.h"

namespace elegraph::query::types {
namespace {

constexpr uint16_t kNegative = 0x4000, kNaN = 0xc000, kInfinity = 0xd000, kMinusInfinity = 0xf000;
constexpr int kLimit = 16383;  // digits on either side that PostgreSQL takes

void append_header(std::string& out, size_t digits, int weight, uint16_t sign, int scale) {
  append_int16(out, int16_t(digits));
  append_int16(out, int16_t(weight));
  append_big(out, sign);
  append_int16(out, int16_t(scale));
}

// Decimal digits without point and exponent, and where the point stands in them.
struct Decimal {
  bool negative = false;
  std::string digits;
  int point = 0;
  int scale = 0;
};

[[noreturn]] void no_numeric(std::string_view text) {
  throw Error(sqlstate::kInvalidTextRepresentation, "invalid input syntax for type numeric: \"" + std::string(text) + "\"");
}

Decimal read_decimal(std::string_view text) {
  Decimal d;
  std::string_view s = text;
  if (!s.empty() && (s[0] == '-' || s[0] == '+')) d.negative = s[0] == '-', s.remove_prefix(1);
  bool fraction = false;
  size_t i = 0;
  for (; i < s.size(); i++) {
    if (s[i] >= '0' && s[i] <= '9') {
      d.digits += s[i];
      if (fraction)
        d.scale++;
      else
        d.point++;
    } else if (s[i] == '.' && !fraction) {
      fraction = true;
    } else {
      break;
    }
  }
  if (d.digits.empty()) no_numeric(text);
  if (i < s.size()) {
    int exponent = 0;
    if (s[i] != 'e' && s[i] != 'E') no_numeric(text);
    i++;
    if (i < s.size() && s[i] == '+') i++;
    auto [end, error] = std::from_chars(s.data() + i, s.data() + s.size(), exponent);
    if (error != std::errc() || end != s.data() + s.size() || exponent > kLimit || exponent < -kLimit) no_numeric(text);
    d.point += exponent;
    d.scale = std::max(0, d.scale - exponent);
  }
  return d;
}

}  // namespace

void append_numeric(std::string& out, std::string_view text) {
  if (text == "NaN") return append_header(out, 0, 0, kNaN, 0);
  if (text == "Infinity") return append_header(out, 0, 0, kInfinity, 0);
  if (text == "-Infinity") return append_header(out, 0, 0, kMinusInfinity, 0);
  Decimal d = read_decimal(text);
  size_t zeros = d.digits.find_first_not_of('0');
  if (zeros == std::string::npos) return append_header(out, 0, 0, 0, d.scale);
  d.digits.erase(0, zeros);
  d.point -= int(zeros);
  if (d.point > 4 * 32767 || d.scale > kLimit) throw Error(sqlstate::kNumericOutOfRange, "value overflows numeric format");
  // Align the point to groups of four.
  int lead = ((-d.point) % 4 + 4) % 4;
  d.digits.insert(0, size_t(lead), '0');
  int weight = (d.point + lead) / 4 - 1;
  while (d.digits.size() % 4) d.digits += '0';
  while (d.digits.size() >= 4 && d.digits.ends_with("0000")) d.digits.resize(d.digits.size() - 4);
  append_header(out, d.digits.size() / 4, weight, d.negative ? kNegative : 0, d.scale);
  for (size_t i = 0; i < d.digits.size(); i += 4) {
    int group = 0;
    for (size_t k = 0; k < 4; k++) group = group * 10 + (d.digits[i + k] - '0');
    append_int16(out, int16_t(group));
  }
}

std::string numeric_text(std::string_view bytes) {
  auto wrong = [] {
    return Error(sqlstate::kInvalidBinaryRepresentation, "incorrect binary data format for type numeric");
  };
  if (bytes.size() < 8) throw wrong();
  size_t count = load_big<uint16_t>(bytes.data());
  int weight = int16_t(load_big<uint16_t>(bytes.data() + 2));
  uint16_t sign = load_big<uint16_t>(bytes.data() + 4);
  int scale = load_big<uint16_t>(bytes.data() + 6);
  if (sign == kNaN) return "NaN";
  if (sign == kInfinity) return "Infinity";
  if (sign == kMinusInfinity) return "-Infinity";
  if ((sign != 0 && sign != kNegative) || bytes.size() != 8 + 2 * count || scale > kLimit) throw wrong();
  auto group = [&](int i) -> uint16_t {
    return i < 0 || size_t(i) >= count ? uint16_t(0) : load_big<uint16_t>(bytes.data() + 8 + 2 * size_t(i));
  };
  std::string text;
  for (int i = 0; i <= weight; i++) {
    uint16_t g = group(i);
    if (g > 9999) throw wrong();
    std::string four = std::to_string(g);
    text += (text.empty() ? "" : std::string(4 - four.size(), '0')) + four;
    if (text == "0") text.clear();
  }
  if (text.empty()) text = "0";
  if (scale > 0) {
    std::string fraction;
    for (int i = weight + 1; int(fraction.size()) < scale; i++) {
      uint16_t g = group(i);
      if (g > 9999) throw wrong();
      std::string four = std::to_string(g);
      fraction += std::string(4 - four.size(), '0') + four;
    }
    text += "." + fraction.substr(0, size_t(scale));
  }
  return sign == kNegative ? "-" + text : text;
}

}  // namespace elegraph::query::types
