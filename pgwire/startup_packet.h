// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace elegraph::pgwire {

// The first packet of a connection, without its length word: int32 code, then by code. Errors: 08P01; 0A000 for a
// protocol other than 3.x.
struct StartupPacket {
  enum class Kind : uint8_t { kStart, kTls, kGss, kCancel };
  static constexpr uint32_t kTlsCode = 80877103, kGssCode = 80877104, kCancelCode = 80877102;

  Kind kind = Kind::kStart;
  uint16_t minor = 0;                                         // kStart: of protocol 3
  std::string user, database;                                 // kStart; the database is the user's name when none was given
  std::vector<std::pair<std::string, std::string>> settings;  // those of options= too, in order
  std::vector<std::string> protocol_options;                  // unknown _pq_.*
  bool replication = false;
  uint32_t process = 0, secret = 0;  // kCancel

  static StartupPacket read(std::string_view body);
};

}  // namespace elegraph::pgwire
