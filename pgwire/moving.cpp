// SPDX-License-Identifier: Apache-2.0
// A session goes to the I/O thread that serves its client's other sessions (placement.h).
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include "pgwire/connection.h"
#include "pgwire/placement.h"

namespace elegraph::pgwire {

namespace asio = boost::asio;
using boost::system::error_code;

// The TLS stream's own timers belong to its thread's loop, so that such a session stays where it is.
int Connection::core() { return tls_ ? -1 : shared_.options.core_of(socket_.native_handle()); }

void Connection::is_elsewhere(IoThread& better) {
  constexpr int kLooks = 3;  // a client's thread changes its core at times, and is seen on two for a moment
  if (++elsewhere_ < kLooks) return;
  elsewhere_ = 0;
  if (may_move(thread_->assigned(), better.assigned())) leaves_for_ = &better;
}

// Between two statements outside a transaction, nothing waits for the session or is armed for it.
bool Connection::may_leave() const { return !backend_->in_transaction() && input_.empty() && out_.empty(); }

// True: it leaves. What is queued for it on its thread has come by then, and no notification goes there any more.
Connection::Awaitable<bool> Connection::prepare_to_leave() {
  session_->on_notification(nullptr);
  co_await asio::post(thread_->io, asio::deferred);
  if (leaving_ = leaves_for_->try_assign(); leaving_) co_return true;
  leaves_for_ = nullptr;
  watch_notifications();
  undelivered_ = true;  // perhaps some came meanwhile
  co_return false;
}

// The coroutine's last step here; it must touch nothing after that. False: there is no memory, and the connection ends.
bool Connection::leave() {
  IoThread& from = *thread_;
  IoThread& to = *std::exchange(leaves_for_, nullptr);
  leaving_ = false;
  from.connections.erase(this);
  error_code error;
  const auto protocol = socket_.local_endpoint(error).protocol();
  const int socket = error ? -1 : socket_.release(error);
  if (!error) {
    try {
      thread_ = &to;
      asio::post(to.io, [self = shared_from_this(), protocol, socket] { self->arrive(protocol, socket); });
      from.unassign();
      from.counters.moved.add();
      return true;
    } catch (const std::bad_alloc&) {
      ::close(socket);
    }
  }
  thread_ = &from;
  to.unassign();
  return false;
}

void Connection::arrive(const Socket::protocol_type& protocol, int socket) {
  socket_ = Socket(thread_->io, protocol, socket);
  error_code ignored;
  socket_.non_blocking(true, ignored);
  timer_ = IoThread::Timer(thread_->io);
  thread_->turns.expect(thread_->connections.size() + 1);
  thread_->connections.insert(this);
  backend_->count_in(thread_->counters);
  watch_notifications();
  undelivered_ = true;  // perhaps some came on the way
  asio::co_spawn(thread_->io, [self = shared_from_this()] { return self->run(); }, asio::detached);
}

}  // namespace elegraph::pgwire
