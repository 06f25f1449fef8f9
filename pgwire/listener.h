// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "pgwire/shared_state.h"

namespace elegraph::pgwire {

// One listening address: accepts on a thread of its own (an I/O thread may wait for the disk) and deals connections out to
// the I/O threads in turn.
class Listener : public std::enable_shared_from_this<Listener> {
 public:
  // Binds and listens. Error 58030 with the address, and a hint where the port is taken.
  Listener(SharedState& shared, boost::asio::io_context& accepting, std::vector<std::unique_ptr<IoThread>>& threads,
           const std::string& address, uint16_t port);
  uint16_t port() const { return port_; }
  void start();
  void close();  // on the accepting thread

 private:
  boost::asio::awaitable<void> accept();
  IoThread& assign(IoThread::Socket& socket, IoThread& thread);

  SharedState& shared_;
  std::vector<std::unique_ptr<IoThread>>& threads_;
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer pause_;
  uint16_t port_ = 0;
  size_t next_ = 0;
};

}  // namespace elegraph::pgwire
