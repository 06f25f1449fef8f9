// SPDX-License-Identifier: Apache-2.0
// Bytes in and out of a connection, with and without TLS, and its timer.
#include <sys/socket.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>
#include <tuple>

#include "pgwire/connection.h"

namespace elegraph::pgwire {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr auto kTuple = asio::as_tuple(asio::deferred);

}  // namespace

// Waits for bytes and takes what has come. False: the client has gone, or the wait was interrupted.
Connection::Awaitable<bool> Connection::fill() {
  auto room = input_.room();
  waiting_for_input_ = true;
  size_t n = 0;
  error_code error;
  if (tls_)
    std::tie(error, n) = co_await tls_->async_read_some(asio::buffer(room.data, room.size), kTuple);
  else
    std::tie(error, n) = co_await socket_.async_read_some(asio::buffer(room.data, room.size), kTuple);
  waiting_for_input_ = false;
  if (error) co_return false;
  input_.filled(n);
  thread_->counters.bytes_in.add(n);
  co_return true;
}

// Writes without waiting; true when all is out.
bool Connection::write_now() {
  size_t sent = std::exchange(sent_, 0);
  if (written_ + sent < out_.size() && tls_) return false;
  if (written_ + sent < out_.size()) {
    error_code error;
    const size_t begin = written_ + sent;
    const size_t n = socket_.write_some(asio::buffer(out_.data() + begin, out_.size() - begin), error);
    sent += error ? 0 : n;
  }
  written_ += sent;
  thread_->counters.bytes_out.add(sent);
  if (written_ < out_.size()) return false;
  out_.clear();
  written_ = 0;
  return true;
}

Connection::Awaitable<bool> Connection::write_all() {
  if (write_now()) co_return true;
  auto rest = asio::buffer(out_.data() + written_, out_.size() - written_);
  error_code error;
  size_t n = 0;
  if (tls_)
    std::tie(error, n) = co_await asio::async_write(*tls_, rest, kTuple);
  else
    std::tie(error, n) = co_await asio::async_write(socket_, rest, kTuple);
  thread_->counters.bytes_out.add(n);
  out_.clear();
  written_ = 0;
  co_return !error;
}

void Connection::set_timeout(Timeout kind, std::chrono::milliseconds after) {
  timeout_ = kind;
  timer_.expires_after(after);
  timer_.async_wait([self = shared_from_this(), kind](error_code error) {
    if (error || self->timeout_ != kind) return;
    if (kind == Timeout::kStatement) return self->session_->expire();
    self->timed_out_ = true;
    self->socket_.cancel(error);
    if (kind == Timeout::kHandshake || kind == Timeout::kLastWords) self->close();
  });
}

void Connection::clear_timeout() {
  if (timeout_ == Timeout::kNone) return;
  timeout_ = Timeout::kNone;
  timer_.cancel();
}

// While a task runs the statement, or it waits for others, nobody reads: a client that goes away is noticed here, and its
// statement is
// cancelled. Bytes that come meanwhile are left for later, and end the watch.
void Connection::watch_for_hangup() {
  socket_.async_wait(Socket::wait_read, [self = shared_from_this()](error_code error) {
    if (error || !self->session_) return;
    char byte;
    ssize_t n = ::recv(self->socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) self->session_->cancel();
  });
}

void Connection::end_watch() {
  error_code ignored;
  socket_.cancel(ignored);
}

void Connection::close() {
  error_code ignored;
  socket_.shutdown(Socket::shutdown_both, ignored);
  socket_.close(ignored);
}

}  // namespace elegraph::pgwire
