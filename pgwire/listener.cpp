// SPDX-License-Identifier: Apache-2.0
#include "pgwire/listener.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <filesystem>
#include <system_error>
#include <thread>

#include "pgwire/connection.h"
#include "pgwire/placement.h"

namespace elegraph::pgwire {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr int kBacklog = 1024;

Error cannot_listen(const std::string& address, uint16_t port, const error_code& error) {
  Error e(sqlstate::kIoError, fmt::format("could not listen on {} port {}: {}", address, port, error.message()));
  if (error == asio::error::address_in_use)
    e.hint = fmt::format("Is another server running on port {}? Stop it, or choose another port.", port);
  return e;
}

// A socket that nobody serves is what a server that was killed has left.
void remove_stale_socket(const std::string& path, asio::io_context& io) {
  std::error_code unknown;
  if (!std::filesystem::is_socket(path, unknown)) return;
  asio::local::stream_protocol::socket probe(io);
  error_code error;
  probe.connect(path, error);
  if (error == asio::error::connection_refused) ::unlink(path.c_str());
}

}  // namespace

Listener::Listener(SharedState& shared, asio::io_context& accepting, std::vector<std::unique_ptr<IoThread>>& threads,
                   const std::string& address, uint16_t port)
    : shared_(shared), threads_(threads), acceptor_(accepting), pause_(accepting), port_(port), counts_(threads.size()) {
  const Endpoint endpoint = endpoint_of(address, port);
  if (const auto path = socket_path_of(endpoint); !path.empty()) remove_stale_socket(path, accepting);
  error_code error;
  open(endpoint, error);
  if (error) throw cannot_listen(address, port, error);
}

void Listener::open(const Endpoint& endpoint, error_code& error) {
  acceptor_.open(endpoint.protocol(), error);
  const std::string path = socket_path_of(endpoint);
  if (!error && path.empty()) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
  if (!error && endpoint.protocol().family() == AF_INET6) acceptor_.set_option(asio::ip::v6_only(true), error);
  if (!error) acceptor_.bind(endpoint, error);
  if (error) return;
  // Who may connect is what authentication decides, as for loopback addresses.
  if (!path.empty()) socket_path_ = path, ::chmod(path.c_str(), 0777);
  acceptor_.listen(kBacklog, error);
  if (path.empty() && !error) port_ = port_of(acceptor_.local_endpoint());
}

Listener::~Listener() { remove_socket(); }

void Listener::remove_socket() {
  if (!socket_path_.empty()) ::unlink(socket_path_.c_str());
  socket_path_.clear();
}

void Listener::start() {
  asio::co_spawn(acceptor_.get_executor(), [self = shared_from_this()] { return self->accept(); }, asio::detached);
}

void Listener::close() {
  error_code ignored;
  acceptor_.close(ignored);
  remove_socket();
  pause_.cancel();
}

// The thread that takes the connection: `wanted`, or another one while that waits for the disk. Where all do, as two may at
// once (Wal), the first one that is back.
IoThread& Listener::assign(IoThread& wanted) {
  constexpr std::chrono::microseconds kNap{20};
  if (wanted.try_assign()) return wanted;
  for (;; std::this_thread::sleep_for(kNap))
    for (auto& other : threads_)
      if (other->try_assign()) return *other;
}

void Listener::start_connection(IoThread::Socket socket, IoThread& has) {
  for (size_t i = 0; i < threads_.size(); i++) counts_[i] = threads_[i]->assigned();
  IoThread& thread = assign(*threads_[place(counts_, shared_.options.core_of(socket.native_handle()), next_)]);
  if (&thread != &has) socket = IoThread::Socket(thread.io, acceptor_.local_endpoint().protocol(), socket.release());
  asio::post(thread.io, [&shared = shared_, &thread, s = std::move(socket)]() mutable {
    if (!shared.stopping.load(std::memory_order_relaxed)) Connection::start(shared, thread, std::move(s));
  });
}

asio::awaitable<void> Listener::accept() {
  while (acceptor_.is_open()) {
    IoThread& next = *threads_[next_++ % threads_.size()];
    auto [error, accepted] = co_await acceptor_.async_accept(next.io, asio::as_tuple(asio::use_awaitable));
    if (!error) {
      start_connection(std::move(accepted), next);
      continue;
    }
    if (!acceptor_.is_open()) break;
    // Out of descriptors or memory: wait for some to come back rather than spin.
    spdlog::warn("could not accept a connection: {}", error.message());
    pause_.expires_after(std::chrono::milliseconds(100));
    co_await pause_.async_wait(asio::as_tuple(asio::use_awaitable));
  }
}

}  // namespace elegraph::pgwire
