// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pgwire/message_writer.h"

// Frontend messages as a client writes them, and the backend's answers taken apart.
namespace elegraph::pgwire::test {

using namespace std::string_literals;

inline std::string int16(int v) {
  std::string s;
  query::types::append_int16(s, int16_t(v));
  return s;
}
inline std::string int32(int64_t v) {
  std::string s;
  query::types::append_int32(s, int32_t(v));
  return s;
}
inline std::string text(std::string_view v) { return std::string(v) + '\0'; }

inline std::string message(char type, std::string_view body = {}) {
  std::string s;
  MessageWriter(s, type).bytes(body).end();
  return s;
}
inline std::string startup(const std::vector<std::string>& pairs, int64_t version = 196608) {
  std::string body = int32(version);
  for (auto& p : pairs) body += text(p);
  body += '\0';
  return int32(int64_t(body.size()) + 4) + body;
}
inline std::string query(std::string_view sql) { return message('Q', text(sql)); }
inline std::string parse(std::string_view name, std::string_view sql) {
  return message('P', text(name) + text(sql) + int16(0));
}
inline std::string bind(std::string_view portal, std::string_view name, const std::vector<std::string>& values = {},
                        int result_format = 0) {
  std::string body = text(portal) + text(name) + int16(0) + int16(int(values.size()));
  for (auto& v : values) body += int32(int64_t(v.size())) + v;
  return message('B', body + int16(1) + int16(result_format));
}
inline std::string describe(char kind, std::string_view name) { return message('D', kind + text(name)); }
inline std::string execute(std::string_view portal, int max_rows = 0) {
  return message('E', text(portal) + int32(max_rows));
}
inline std::string close(char kind, std::string_view name) { return message('C', kind + text(name)); }
inline std::string sync() { return message('S'); }

struct Answer {
  char type;
  std::string body;
};

// Takes whole messages off the front.
inline std::vector<Answer> take_answers(std::string& bytes) {
  std::vector<Answer> answers;
  while (bytes.size() >= 5) {
    size_t length = query::types::load_big<uint32_t>(bytes.data() + 1) + 1u;
    if (bytes.size() < length) break;
    answers.push_back({bytes[0], bytes.substr(5, length - 5)});
    bytes.erase(0, length);
  }
  return answers;
}

// "1 2 T D C(SELECT 1) Z(I)": types, and what is in tags, states and errors (the SQLSTATE).
inline std::string summary(const std::vector<Answer>& answers) {
  std::string s;
  for (auto& a : answers) {
    if (!s.empty()) s += ' ';
    s += a.type;
    if (a.type == 'C') s += "(" + a.body.substr(0, a.body.size() - 1) + ")";
    if (a.type == 'Z') s += "(" + a.body + ")";
    if (a.type == 'E') {
      size_t at = a.body.find("\0C"s);
      s += "(" + a.body.substr(at + 2, 5) + ")";
    }
  }
  return s;
}

// A field of an ErrorResponse.
inline std::string field(const Answer& error, char code) {
  size_t at = error.body[0] == code ? 1 : error.body.find("\0"s + code) + 2;
  return at == 1 + std::string::npos ? "" : std::string(error.body.c_str() + at);
}

}  // namespace elegraph::pgwire::test
