// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "pgwire/backend.h"
#include "pgwire/input_buffer.h"
#include "pgwire/shared_state.h"
#include "pgwire/startup_packet.h"

namespace elegraph::pgwire {

// One client's connection: a coroutine on one I/O thread, from the start-up packet to the end. It lives until
// the coroutine has ended and no callback is under way.
//
// Round trip of a statement that runs inline: an epoll_wait that several share, one recv, one send, and one recv more that
// finds nothing (Asio tries a read before it waits). All messages that have come are handled without a suspension between
// them, and their output is written in one go. Before it reads again, a session lets the thread's others have their turns:
// meanwhile its client's next message has often come, which spares that extra recv and the wait.
//
// All members belong to the I/O thread; while a task runs the statement, backend and output belong to the
// task. wake() may be called from any thread.
class Connection final : public std::enable_shared_from_this<Connection>, private Waker, private Resumable {
 public:
  using Socket = IoThread::Socket;
  template <class T>
  using Awaitable = boost::asio::awaitable<T, IoThread::Executor>;

  Connection(SharedState& shared, IoThread& thread, Socket socket);
  ~Connection();

  static void start(SharedState& shared, IoThread& thread, Socket socket);
  // The server stops: an idle session is ended now, a busy one after its statement.
  void stop();
  // Cancels the statement, and gives up a client that does not read.
  void abort();

 private:
  enum class Timeout : uint8_t { kNone, kHandshake, kIdleInTransaction, kStatement, kLastWords };

  Awaitable<void> run();
  // The way to the first ReadyForQuery (handshake.cpp). False: the connection ends.
  Awaitable<bool> handshake();
  Awaitable<std::optional<StartupPacket>> startup_packet();
  Awaitable<bool> offer_tls();
  Awaitable<bool> authenticate(const StartupPacket& packet);
  Awaitable<bool> scram(const StartupPacket& packet, const query::Engine::RoleSecret& role);
  Awaitable<std::optional<std::string>> sasl_response();
  void negotiate_version(const StartupPacket& packet);
  void open_session(const StartupPacket& packet);
  std::unique_ptr<query::Session> connect_session(const StartupPacket& packet);
  bool admit();

  // The conversation (connection.cpp)
  Awaitable<void> serve();
  Awaitable<bool> perform(Step step);
  Awaitable<void> run_task();
  Awaitable<void> wait_woken();
  Awaitable<void> wait_watched();
  bool is_interrupted();
  void deliver_notifications();
  void arm_idle_timeout();
  void fatal(const Error& error);
  Awaitable<void> write_last();

  // Bytes (transport.cpp)
  Awaitable<bool> fill();
  Awaitable<bool> write_all();
  bool write_now();
  void set_timeout(Timeout kind, std::chrono::milliseconds after);
  void clear_timeout();
  void watch_for_hangup();
  void end_watch();
  void close();

  void wake() override { thread_.queue(*this); }
  void resume() override;

  SharedState& shared_;
  IoThread& thread_;
  Socket socket_;
  std::unique_ptr<boost::asio::ssl::stream<Socket&>> tls_;
  IoThread::Timer timer_;
  Timeout timeout_ = Timeout::kNone;
  bool timed_out_ = false;
  bool waiting_for_input_ = false;
  bool woken_ = false;
  bool undelivered_ = false;  // notifications have come while it did not wait
  bool notified_ = false;     // the wait for input was ended because notifications have come
  bool admitted_ = false;
  std::function<void()> waiter_;  // resumes the coroutine after wake()

  InputBuffer input_;
  std::string out_;
  size_t written_ = 0;  // of out_

  std::unique_ptr<query::Session> session_;
  std::optional<Backend> backend_;
  CancelRegistry::Key cancel_key_;
};

}  // namespace elegraph::pgwire
