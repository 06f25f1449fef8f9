// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/generic/stream_protocol.hpp>
#include <cstdint>
#include <string>

#include "storage/error.h"

namespace elegraph::pgwire {

// Both ends of a connection, which is TCP's or a Unix-domain socket's.
using Endpoint = boost::asio::generic::stream_protocol::endpoint;

// What an address to listen on stands for: "127.0.0.1" or "::1", or a directory, which begins with "/" as in libpq's
// `host`: the socket `.s.PGSQL.<port>` in it. Error F0000 for anything else, and for a path that is too long.
Endpoint endpoint_of(const std::string& address, uint16_t port);

uint16_t port_of(const Endpoint& endpoint);            // of an IP address
std::string socket_path_of(const Endpoint& endpoint);  // empty for an IP address

// A loopback address, or a Unix-domain socket.
bool is_of_this_machine(const Endpoint& endpoint);

}  // namespace elegraph::pgwire
