// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "pgwire/endpoint.h"
#include "pgwire/shared_state.h"

namespace elegraph::pgwire {

// One address that is listened on (endpoint_of()): accepts on a thread of its own (an I/O thread may wait for the disk) and
// deals connections out to the I/O threads (place()).
class Listener : public std::enable_shared_from_this<Listener> {
 public:
  // Binds and listens. Errors: those of endpoint_of(); 58030 with the address, and a hint where the port is taken.
  Listener(SharedState& shared, boost::asio::io_context& accepting, std::vector<std::unique_ptr<IoThread>>& threads,
           const std::string& address, uint16_t port);
  ~Listener();  // removes the socket, where close() had no time to
  uint16_t port() const { return port_; }
  void start();
  void close();  // on the accepting thread

 private:
  void remove_socket();
  void open(const Endpoint& endpoint, boost::system::error_code& error);
  boost::asio::awaitable<void> accept();
  // `has`: the thread whose loop the socket belongs to so far.
  void start_connection(IoThread::Socket socket, IoThread& has);
  IoThread& assign(IoThread& wanted);

  SharedState& shared_;
  std::vector<std::unique_ptr<IoThread>>& threads_;
  boost::asio::basic_socket_acceptor<boost::asio::generic::stream_protocol> acceptor_;
  boost::asio::steady_timer pause_;
  uint16_t port_;
  std::string socket_path_;       // of the socket that is removed in the end, if it is one
  size_t next_ = 0;               // connections so far
  std::vector<uint32_t> counts_;  // of the threads' connections, as the last one came
};

}  // namespace elegraph::pgwire
