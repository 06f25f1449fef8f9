// SPDX-License-Identifier: Apache-2.0
#include "pgwire/startup_packet.h"

#include <fmt/format.h>

#include <algorithm>

#include "pgwire/message_reader.h"
#include "query/types/utf8.h"

namespace elegraph::pgwire {
namespace {

// Splits at blanks; a backslash keeps the next character.
std::vector<std::string> split_options(std::string_view text) {
  std::vector<std::string> words;
  bool inside = false;
  for (size_t i = 0; i < text.size(); i++) {
    bool blank = text[i] == ' ' || (text[i] >= '\t' && text[i] <= '\r');
    if (blank) {
      inside = false;
      continue;
    }
    if (!inside) words.emplace_back(), inside = true;
    if (text[i] == '\\' && i + 1 < text.size()) i++;
    words.back() += text[i];
  }
  return words;
}

// options=-c name=value, -cname=value or --name=value; dashes in names stand for underscores.
void read_options(std::string_view text, StartupPacket& packet) {
  auto words = split_options(text);
  for (size_t i = 0; i < words.size(); i++) {
    std::string word = words[i];
    if (word == "-c" && i + 1 < words.size())
      word = words[++i];
    else if (word.starts_with("-c") || word.starts_with("--"))
      word.erase(0, 2);
    else
      throw Error(sqlstate::kSyntaxError, "invalid command-line argument for server process: " + word);
    size_t equals = word.find('=');
    if (equals == std::string::npos || equals == 0)
      throw Error(sqlstate::kSyntaxError, "invalid command-line argument for server process: " + word)
          .with_hint("Write -c name=value.");
    std::string name = word.substr(0, equals);
    std::replace(name.begin(), name.end(), '-', '_');
    packet.settings.emplace_back(name, word.substr(equals + 1));
  }
}

void read_parameter(std::string_view name, std::string_view value, StartupPacket& packet) {
  query::types::require_text(name);
  query::types::require_text(value);
  if (name == "user")
    packet.user = value;
  else if (name == "database")
    packet.database = value;
  else if (name == "options")
    read_options(value, packet);
  else if (name == "replication")
    packet.replication = value != "false" && value != "off" && value != "no" && value != "0";
  else if (name.starts_with("_pq_."))
    packet.protocol_options.emplace_back(name);
  else
    packet.settings.emplace_back(name, value);
}

void read_start(MessageReader in, uint32_t code, StartupPacket& packet) {
  uint32_t major = code >> 16;
  packet.minor = uint16_t(code);
  if (major != 3)
    throw Error(sqlstate::kFeatureNotSupported,
                fmt::format("unsupported frontend protocol {}.{}: server supports 3.0 to 3.0", major, packet.minor));
  for (;;) {
    std::string_view name = in.text();
    if (name.empty()) break;
    read_parameter(name, in.text(), packet);
  }
  if (!in.at_end())
    throw Error(sqlstate::kProtocolViolation, "invalid startup packet layout: expected terminator as last byte");
  if (packet.user.empty())
    throw Error(sqlstate::kInvalidAuthorization, "no PostgreSQL user name specified in startup packet");
  if (packet.database.empty()) packet.database = packet.user;
}

}  // namespace

StartupPacket StartupPacket::read(std::string_view body) {
  StartupPacket packet;
  MessageReader in(body);
  uint32_t code = uint32_t(in.int32());
  switch (code) {
    case kTlsCode: packet.kind = Kind::kTls; break;
    case kGssCode: packet.kind = Kind::kGss; break;
    case kCancelCode:
      packet.kind = Kind::kCancel;
      packet.process = uint32_t(in.int32());
      packet.secret = uint32_t(in.int32());
      break;
    default: read_start(in, code, packet);
  }
  return packet;
}

}  // namespace elegraph::pgwire
