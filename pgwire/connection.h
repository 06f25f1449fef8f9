// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "pgwire/backend.h"
#include "pgwire/input_buffer.h"
#include "pgwire/shared_state.h"
#include "pgwire/startup_packet.h"

namespace elegraph::pgwire {

inline void prefetch_lines(std::span<const std::byte> memory) {
  constexpr size_t kLine = 64;
  for (size_t at = 0; at < memory.size(); at += kLine) __builtin_prefetch(memory.data() + at);
}

// One client's connection: a coroutine on one I/O thread, from the start-up packet to the end. It lives until
// the coroutine has ended and no callback is under way.
//
// The coroutine is for what has to wait: the way to the first ReadyForQuery, statements that a task runs, output that the
// client does not take. Between, it sleeps, and the session takes its turns with the thread's others (Turns;
// short_statements.cpp): a statement that runs inline costs an epoll_wait that several share, a recv, a send, at times a
// recv more that finds nothing (Asio tries a read before it waits), and no suspension. All messages that have come are
// handled in one go, and so is their output written. With TLS the coroutine writes.
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

  // A session's part of its thread's turns: read what has come, or wait for it; handle that, or go on with it, true if the
  // session stays among those that take turns; write the output, together with others' where that is possible.
  void read();
  bool take_turn();
  bool go_on();
  void send(SendBatch& batch);
  void answer();
  // Hints for the processor, one to three turns ahead of the session's: each asks for what the next one reads.
  void prefetch() const { prefetch_lines({reinterpret_cast<const std::byte*>(this), sizeof *this}); }
  void prefetch_session() const { prefetch_lines(session_memory_); }
  void prefetch_statement() const { session_->prefetch(); }
  // The core that its client's last packet came in on, where it is known and the session may serve its client from
  // another thread; else -1.
  int core();
  // False: it has been looked at in this period. (One in 256 periods long ago may be taken for this one.)
  bool is_first_look(uint8_t period) { return std::exchange(looked_at_, period) != period; }
  bool is_local() const { return local_; }
  // Told now and then: its thread serves that core, or another one does. A session that is elsewhere for a while moves
  // there.
  void is_home() { elsewhere_ = 0; }
  void is_elsewhere(IoThread& better);
  // Whether its last turn took long, so that others' answers should not wait for the next one.
  bool is_slow() const { return slow_; }
  void set_slow(bool slow) { slow_ = slow; }

 private:
  using UseAwaitable = boost::asio::use_awaitable_t<IoThread::Executor>;
  using Sleeper = boost::asio::async_result<UseAwaitable, void()>::handler_type;
  enum class Timeout : uint8_t { kNone, kHandshake, kIdleInTransaction, kStatement, kLastWords };
  // What the coroutine is needed for.
  enum class Need : uint8_t {
    kStep,    // a step of the backend
    kOutput,  // the client does not take it all at once
    kInput,   // no input: the client has gone, the server stops, or there is something to tell
    kError,   // a broken stream, or no memory
    kMove,    // to another thread
  };

  Awaitable<void> run();
  Awaitable<bool> begin();
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
  Awaitable<void> sleep();
  void wake_sleeper();
  Awaitable<void> wait_woken();
  Awaitable<void> wait_watched();
  bool is_interrupted();
  bool must_end() const { return timed_out_ || shared_.stopping.load(std::memory_order_relaxed); }
  void watch_notifications();
  void deliver_notifications();
  void arm_idle_timeout();
  void fatal(const Error& error);
  Awaitable<void> write_last();

  // Turns (short_statements.cpp)
  Awaitable<Need> short_statements();
  bool handle_input();
  bool follow(Step step);
  void rest();
  void wait_for_input();
  void input_came(const boost::system::error_code& error, size_t bytes);
  bool wake_coroutine(Need need);
  bool wake_coroutine(Step step);

  // To another thread (moving.cpp)
  bool may_leave() const;
  Awaitable<bool> prepare_to_leave();
  bool leave();
  void leave_thread();
  void arrive(const Socket::protocol_type& protocol, int socket);

  // Bytes (transport.cpp)
  Awaitable<bool> fill();
  Awaitable<bool> write_all();
  bool write_now();
  bool output_is_due() const;
  void set_timeout(Timeout kind, std::chrono::milliseconds after);
  void clear_timeout();
  void watch_for_hangup();
  void end_watch();
  void close();

  void wake() override { thread_->queue(*this); }
  void resume() override;

  SharedState& shared_;
  IoThread* thread_;
  IoThread* leaves_for_ = nullptr;  // where it belongs, once nothing is under way
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
  bool leaving_ = false;  // that thread counts it already
  bool ended_ = false;
  bool local_ = false;        // its client is on this machine
  bool takes_turns_ = false;  // the coroutine sleeps
  bool slow_ = false;
  uint8_t looked_at_ = 0, elsewhere_ = 0;  // the period of the last look; looks in a row
  Need need_ = Need::kStep;
  Step step_ = Step::kNext;  // of Need::kStep
  std::exception_ptr broken_;
  std::optional<Sleeper> sleeper_;  // resumes the coroutine

  InputBuffer input_;
  std::string out_;
  size_t written_ = 0;  // of out_
  size_t sent_ = 0;     // by a batch, behind that

  std::unique_ptr<query::Session> session_;
  std::span<const std::byte> session_memory_;
  std::optional<Backend> backend_;
  CancelRegistry::Key cancel_key_;
};

}  // namespace elegraph::pgwire
