// SPDX-License-Identifier: Apache-2.0
#include "query/functions/postgres_parse.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <string>

#include "query/functions/faults.h"
#include "query/functions/temporal/parse.h"
#include "query/functions/temporal/zone_rules.h"
#include "query/functions/value_ops.h"

namespace elegraph::query {
namespace {

std::string lower_ascii(std::string_view s) {
  std::string out(s);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = char(c + 32);
  return out;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c = char(c | 32);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

Value parse_hex_bytes(std::string_view text) {
  std::string out;
  for (size_t i = 2; i < text.size(); i += 2) {
    if (text[i] == ' ') {
      i--;
      continue;
    }
    int high = hex_digit(text[i]), low = i + 1 < text.size() ? hex_digit(text[i + 1]) : -1;
    if (high < 0 || low < 0) unreadable("bytea", text);
    out += char(high * 16 + low);
  }
  return Value::bytes(out);
}

bool is_octal(char c, char most) { return c >= '0' && c <= most; }

}  // namespace

std::string_view trim_spaces(std::string_view s) {
  constexpr std::string_view kSpace = " \t\n\r\v\f";
  size_t from = s.find_first_not_of(kSpace);
  if (from == std::string_view::npos) return {};
  return s.substr(from, s.find_last_not_of(kSpace) - from + 1);
}

std::optional<bool> read_bool(std::string_view text) {
  std::string s = lower_ascii(trim_spaces(text));
  // Any unambiguous beginning of these words.
  auto begins = [&](std::string_view word, size_t least) { return s.size() >= least && word.substr(0, s.size()) == s; };
  if (s == "1" || begins("true", 1) || begins("yes", 1) || s == "on") return true;
  if (s == "0" || begins("false", 1) || begins("no", 1) || begins("off", 2)) return false;
  return std::nullopt;
}

std::optional<int64_t> read_int(std::string_view text) {
  std::string_view s = trim_spaces(text);
  bool negative = !s.empty() && s[0] == '-';
  if (!s.empty() && (s[0] == '-' || s[0] == '+')) s.remove_prefix(1);
  int base = 10;
  if (s.size() > 2 && s[0] == '0') {
    char mark = char(s[1] | 32);
    base = mark == 'x' ? 16 : mark == 'o' ? 8 : mark == 'b' ? 2 : 10;
    if (base != 10) s.remove_prefix(2);
  }
  uint64_t size = 0;
  auto [end, fault] = std::from_chars(s.data(), s.data() + s.size(), size, base);
  if (end != s.data() + s.size() || fault == std::errc::invalid_argument) return std::nullopt;
  constexpr uint64_t kMost = uint64_t(std::numeric_limits<int64_t>::max());
  if (fault == std::errc::result_out_of_range || size > kMost + (negative ? 1 : 0)) integer_overflow();
  return negative ? int64_t(0 - size) : int64_t(size);
}

std::optional<double> read_float(std::string_view text) {
  std::string_view s = trim_spaces(text);
  if (!s.empty() && s[0] == '+' && s.size() > 1 && s[1] != '-') s.remove_prefix(1);
  double d = 0;
  auto [end, fault] = std::from_chars(s.data(), s.data() + s.size(), d);
  if (end != s.data() + s.size() || fault == std::errc::invalid_argument) return std::nullopt;
  if (fault == std::errc::result_out_of_range)
    throw Error(sqlstate::kNumericOutOfRange, "\"" + std::string(s.substr(0, 100)) + "\" is out of range for a float");
  return d;
}

Value parse_bytes(std::string_view text) {
  if (text.size() >= 2 && text[0] == '\\' && text[1] == 'x') return parse_hex_bytes(text);
  std::string out;
  for (size_t i = 0; i < text.size(); i++) {
    if (text[i] != '\\') {
      out += text[i];
    } else if (i + 1 < text.size() && text[i + 1] == '\\') {
      out += '\\', i++;
    } else if (i + 3 < text.size() && is_octal(text[i + 1], '3') && is_octal(text[i + 2], '7') &&
               is_octal(text[i + 3], '7')) {
      out += char((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
      i += 3;
    } else {
      unreadable("bytea", text);
    }
  }
  return Value::bytes(out);
}

Value parse_numeric(std::string_view text) {
  std::string_view s = trim_spaces(text);
  double d;
  const char* end = s.data() + s.size();
  const char* begin = !s.empty() && s[0] == '+' ? s.data() + 1 : s.data();
  auto result = std::from_chars(begin, end, d);
  if (result.ptr != end || result.ec == std::errc::invalid_argument) unreadable("numeric", text);
  if (result.ec == std::errc() && std::isnan(d)) return Value::text(Type::kNumeric, "NaN");
  if (result.ec == std::errc() && std::isinf(d)) return Value::text(Type::kNumeric, d > 0 ? "Infinity" : "-Infinity");
  return Value::text(Type::kNumeric, {begin, size_t(end - begin)});
}

Value parse_uuid(std::string_view text) {
  std::string_view s = trim_spaces(text);
  if (s.size() > 2 && s.front() == '{' && s.back() == '}') s = s.substr(1, s.size() - 2);
  std::string out;
  size_t digits = 0;
  for (size_t i = 0; i < s.size(); i++) {
    if (s[i] == '-' && digits > 0 && digits < 32 && digits % 4 == 0 && s[i - 1] != '-') continue;
    if (hex_digit(s[i]) < 0 || digits == 32) unreadable("uuid", text);
    if (digits == 8 || digits == 12 || digits == 16 || digits == 20) out += '-';
    out += s[i] >= 'A' && s[i] <= 'F' ? char(s[i] + 32) : s[i];
    digits++;
  }
  if (digits != 32) unreadable("uuid", text);
  return Value::text(Type::kUuid, out);
}

namespace {

Value parse_list(std::string_view text, Type element, const TextStyle& style) {
  std::string_view s = trim_spaces(text);
  if (!s.empty() && s[0] == '[' && s.find('=') == std::string_view::npos) return parse_json(text);
  return parse_array_literal(text, element == Type::kAny ? Type::kString : element, style);
}

template <class T>
T expect(std::optional<T> v, std::string_view type, std::string_view text) {
  if (!v) unreadable(type, text);
  return *v;
}

}  // namespace

Value parse_postgres_text(std::string_view text, StaticType as, const TextStyle& style) {
  switch (as.type) {
    case Type::kBool: return Value::boolean(expect(read_bool(text), "boolean", text));
    case Type::kInt: return Value::integer(expect(read_int(text), "bigint", text));
    case Type::kFloat: return Value::floating(expect(read_float(text), "double precision", text));
    case Type::kBytes: return parse_bytes(text);
    case Type::kDate:
    case Type::kLocalTime:
    case Type::kTime:
    case Type::kLocalDateTime:
    case Type::kDateTime: return temporal::parse(as.type, trim_spaces(text), style.zone);
    case Type::kDuration: return temporal::parse_interval(trim_spaces(text));
    case Type::kNumeric: return parse_numeric(text);
    case Type::kUuid: return parse_uuid(text);
    case Type::kList: return parse_list(text, as.element, style);
    case Type::kAny:
    case Type::kMap: return parse_json(text);
    default: return Value::string(text);
  }
}

}  // namespace elegraph::query
