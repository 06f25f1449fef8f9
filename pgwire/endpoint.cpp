// SPDX-License-Identifier: Apache-2.0
#include "pgwire/endpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <cstring>

namespace elegraph::pgwire {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using Local = asio::local::stream_protocol;

template <class T>
T as(const Endpoint& endpoint) {
  T typed;
  std::memcpy(typed.data(), endpoint.data(), std::min(endpoint.size(), typed.capacity()));
  typed.resize(endpoint.size());  // after the bytes: a path's last one says whether it counts
  return typed;
}

bool is_local(const Endpoint& endpoint) { return endpoint.data()->sa_family == AF_UNIX; }

}  // namespace

Endpoint endpoint_of(const std::string& address, uint16_t port) {
  if (address.starts_with('/')) {
    const std::string path = fmt::format("{}/.s.PGSQL.{}", address, port);
    if (path.size() >= sizeof(sockaddr_un::sun_path))
      throw Error(sqlstate::kConfigFileError, fmt::format("the name of the socket \"{}\" is too long", path))
          .with_hint(fmt::format("It may have {} bytes.", sizeof(sockaddr_un::sun_path) - 1));
    return Local::endpoint(path);
  }
  boost::system::error_code error;
  const auto ip = asio::ip::make_address(address, error);
  if (error)
    throw Error(sqlstate::kConfigFileError, fmt::format("\"{}\" is no IP address to listen on", address))
        .with_hint("A directory for a Unix-domain socket begins with \"/\".");
  return tcp::endpoint(ip, port);
}

uint16_t port_of(const Endpoint& endpoint) { return as<tcp::endpoint>(endpoint).port(); }

std::string socket_path_of(const Endpoint& endpoint) {
  return is_local(endpoint) ? as<Local::endpoint>(endpoint).path() : std::string();
}

bool is_of_this_machine(const Endpoint& endpoint) {
  if (is_local(endpoint)) return true;
  auto ip = as<tcp::endpoint>(endpoint).address();
  if (ip.is_v6() && ip.to_v6().is_v4_mapped()) ip = asio::ip::make_address_v4(asio::ip::v4_mapped, ip.to_v6());
  return ip.is_loopback();
}

}  // namespace elegraph::pgwire
