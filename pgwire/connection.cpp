// SPDX-License-Identifier: Apache-2.0
#include "pgwire/connection.h"

#include <spdlog/spdlog.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "pgwire/endpoint.h"
#include "pgwire/error_response.h"

namespace elegraph::pgwire {

namespace asio = boost::asio;
using boost::system::error_code;

Connection::Connection(SharedState& shared, IoThread& thread, Socket socket)
    : shared_(shared), thread_(&thread), socket_(std::move(socket)), timer_(thread.io) {
  thread_->turns.expect(thread_->connections.size() + 1);
  thread_->connections.insert(this);
  thread_->counters.opened.add();
  boost::system::error_code error;
  const auto peer = socket_.remote_endpoint(error);
  local_ = !error && is_of_this_machine(peer);
}

Connection::~Connection() {
  if (!ended_) leave_thread();
}

// Not left to the destructor: the last who holds the connection may be the coroutine of a thread that it came from.
void Connection::leave_thread() {
  ended_ = true;
  thread_->connections.erase(this);
  thread_->unassign();
  thread_->counters.closed.add();
}

void Connection::start(SharedState& shared, IoThread& thread, Socket socket) {
  auto self = std::make_shared<Connection>(shared, thread, std::move(socket));
  asio::co_spawn(thread.io, [self] { return self->run(); }, asio::detached);
}

Connection::Awaitable<void> Connection::run() {
  try {
    if (backend_ || co_await begin()) co_await serve();
  } catch (...) {
    // A broken stream (a message length that lies) or a lack of memory: say so if possible, and close.
    Error error = to_error(std::current_exception());
    if (error.sqlstate == sqlstate::kInternalError) spdlog::error("connection ended: {}", error.message);
    fatal(error);
  }
  if (leaving_ && leave()) co_return;
  co_await write_last();
  if (cancel_key_.process) shared_.cancels.remove(cancel_key_);
  if (session_) session_->on_notification(nullptr);
  backend_.reset();
  session_.reset();
  thread_->give_back(out_);
  if (admitted_) shared_.open.fetch_sub(1, std::memory_order_relaxed);
  close();
  leave_thread();
}

// From the accepted socket to the first ReadyForQuery. False: the connection ends.
Connection::Awaitable<bool> Connection::begin() {
  error_code ignored;
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  socket_.set_option(asio::socket_base::keep_alive(true),
                     ignored);  // a client that lost its power is noticed
  socket_.non_blocking(true, ignored);
  set_timeout(Timeout::kHandshake, shared_.options.handshake_timeout);
  if (!co_await handshake()) co_return false;
  clear_timeout();
  co_return true;
}

Connection::Awaitable<void> Connection::serve() {
  for (;;) {
    thread_->borrow(out_);
    while (auto message = input_.next()) {
      Step step = backend_->handle(*message);
      while (step != Step::kNext) {
        if (!co_await perform(step)) co_return;
        step = backend_->resume();
      }
      if (out_.size() >= RowWriter::kFullBytes && !co_await write_all()) co_return;
    }
    if (!write_now() && !co_await write_all()) co_return;
    if (is_interrupted()) co_return;
    Need need = co_await short_statements();
    if (need == Need::kInput) {
      if (is_interrupted() || !std::exchange(notified_, false)) co_return;
      thread_->borrow(out_);
      backend_->append_notifications();
    }
    if (need == Need::kMove && co_await prepare_to_leave()) co_return;
    if (need == Need::kError) std::rethrow_exception(std::exchange(broken_, nullptr));
    for (Step step = std::exchange(step_, Step::kNext); step != Step::kNext; step = backend_->resume())
      if (!co_await perform(step)) co_return;
  }
}

void Connection::watch_notifications() {
  session_->on_notification([weak = weak_from_this(), &io = thread_->io] {
    asio::post(io, [weak] {
      if (auto self = weak.lock()) self->deliver_notifications();
    });
  });
}

// On this connection's thread. An idle client is told at once, a busy one before its next ReadyForQuery.
void Connection::deliver_notifications() {
  if (!backend_ || backend_->in_transaction()) return;
  if (!waiting_for_input_) {
    undelivered_ = true;  // perhaps it has told its client that it is ready and has not come to waiting yet
    return;
  }
  notified_ = true;
  error_code ignored;
  socket_.cancel(ignored);
}

// Whether the server stops or the session was idle for too long; says so to the client.
bool Connection::is_interrupted() {
  if (shared_.stopping.load(std::memory_order_relaxed)) {
    fatal(Error(sqlstate::kAdminShutdown, "terminating connection due to administrator command"));
    return true;
  }
  if (!timed_out_) return false;
  fatal(Error("25P03", "terminating connection due to idle-in-transaction timeout"));
  return true;
}

void Connection::arm_idle_timeout() {
  if (!backend_->in_transaction()) return;
  if (int64_t limit = session_->idle_in_transaction_timeout(); limit > 0)
    set_timeout(Timeout::kIdleInTransaction, std::chrono::milliseconds(limit));
}

void Connection::fatal(const Error& error) { append_error(out_, "FATAL", error); }

// Does what the backend asks for; false: the connection ends.
Connection::Awaitable<bool> Connection::perform(Step step) {
  if (step == Step::kClose) co_await write_all();
  if (step == Step::kClose) co_return false;
  // A task may have others waiting for it, so it does not wait for its client: what does not go now goes with
  // its rows.
  if (step == Step::kTask) write_now();
  bool writes = step == Step::kWrite || step == Step::kWriteWait;
  if (writes && !co_await write_all()) {
    // The client has gone: what still waits must come in before the session can end.
    session_->cancel();
    if (step == Step::kWriteWait) co_await wait_woken();
    co_return false;
  }
  if (step == Step::kTask) co_await run_task();
  if (step == Step::kWait) co_await wait_woken();
  if (step == Step::kWriteWait) co_await wait_watched();
  // A stream of rows lets the other sessions of this thread have their turns.
  if (step == Step::kWrite || step == Step::kTurn) co_await asio::post(thread_->io, asio::deferred);
  co_return true;
}

Connection::Awaitable<void> Connection::run_task() {
  watch_for_hangup();
  shared_.engine.arena().submit([this] {
    backend_->run_in_task();
    wake();
  });
  co_await wait_woken();
  end_watch();
}

// A wait for others, which a client that goes away and statement_timeout end too.
Connection::Awaitable<void> Connection::wait_watched() {
  if (woken_) co_return co_await wait_woken();
  watch_for_hangup();
  if (int64_t left = session_->statement_time_left(); left > 0)
    set_timeout(Timeout::kStatement, std::chrono::milliseconds(left));
  co_await wait_woken();
  clear_timeout();
  end_watch();
}

void Connection::resume() {
  if (takes_turns_) return thread_->turns.woken(*this);
  woken_ = true;
  wake_sleeper();
}

Connection::Awaitable<void> Connection::wait_woken() {
  while (!woken_) co_await sleep();
  woken_ = false;
}

// Until wake_sleeper(). All memory that this takes is taken by the call, not by the wait.
Connection::Awaitable<void> Connection::sleep() {
  return asio::async_initiate<const UseAwaitable, void()>([this](Sleeper sleeper) { sleeper_.emplace(std::move(sleeper)); },
                                                          UseAwaitable());
}

void Connection::wake_sleeper() {
  if (!sleeper_) return;
  Sleeper sleeper = std::move(*sleeper_);
  sleeper_.reset();
  std::move(sleeper)();
}

// What is left to say, to a client that takes it soon.
Connection::Awaitable<void> Connection::write_last() {
  constexpr std::chrono::milliseconds kPatience{2000};
  if (!write_now()) {
    set_timeout(Timeout::kLastWords, kPatience);
    co_await write_all();
  }
  clear_timeout();
}

void Connection::stop() {
  error_code ignored;
  if (waiting_for_input_) socket_.cancel(ignored);
}

void Connection::abort() {
  if (session_) session_->cancel();
  error_code ignored;
  socket_.cancel(ignored);
}

}  // namespace elegraph::pgwire
