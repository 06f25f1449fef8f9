// SPDX-License-Identifier: Apache-2.0
// A session's turns among those of its thread (Turns), while its coroutine sleeps.
#include <boost/asio/buffer.hpp>

#include "pgwire/connection.h"

namespace elegraph::pgwire {

namespace asio = boost::asio;

// Takes turns until the coroutine is needed; says what for.
Connection::Awaitable<Connection::Need> Connection::short_statements() {
  takes_turns_ = true;
  Awaitable<void> sleeping = sleep();  // nobody may know of this session before it has the memory to sleep
  rest();
  if (takes_turns_) co_await std::move(sleeping);
  co_return need_;
}

// All that is due is written: gives back what only a busy session needs, and sees to the next message, after the
// thread's others.
void Connection::rest() {
  if (out_.empty()) thread_->give_back(out_);
  if (input_.empty()) {
    input_.release();
    backend_->release_memory();
  }
  if (leaves_for_ && may_leave()) return void(wake_coroutine(Need::kMove));
  if (undelivered_ || thread_->connections.size() > 1)
    thread_->turns.read(*this);
  else
    wait_for_input();
}

void Connection::read() {
  try {
    if (must_end()) return void(wake_coroutine(Need::kInput));
    if (std::exchange(undelivered_, false) && !backend_->in_transaction()) {
      thread_->borrow(out_);
      backend_->append_notifications();
      return thread_->turns.answer(*this);
    }
    wait_for_input();
  } catch (...) {
    broken_ = std::current_exception();
    wake_coroutine(Need::kError);
  }
}

void Connection::wait_for_input() {
  arm_idle_timeout();
  auto room = input_.room();
  auto came = [this](const boost::system::error_code& error, size_t bytes) {
    waiting_for_input_ = false;
    input_came(error, bytes);
  };
  waiting_for_input_ = true;
  if (tls_)
    tls_->async_read_some(asio::buffer(room.data, room.size), came);
  else
    socket_.async_read_some(asio::buffer(room.data, room.size), came);
}

void Connection::input_came(const boost::system::error_code& error, size_t bytes) {
  clear_timeout();
  if (error) return void(wake_coroutine(Need::kInput));
  notified_ = false;  // the next ReadyForQuery tells
  input_.filled(bytes);
  thread_->counters.bytes_in.add(bytes);
  thread_->turns.run(*this);
}

bool Connection::take_turn() {
  if (must_end()) return wake_coroutine(Need::kInput);
  thread_->borrow(out_);
  return handle_input();
}

// Handles all messages that have come. False: the coroutine has the session.
bool Connection::handle_input() {
  try {
    while (auto message = input_.next()) {
      if (Step step = backend_->handle(*message); step != Step::kNext) return follow(step);
      if (out_.size() >= RowWriter::kFullBytes) return wake_coroutine(Step::kWrite);
    }
    thread_->turns.answer(*this);
    return true;
  } catch (...) {
    broken_ = std::current_exception();
    return wake_coroutine(Need::kError);
  }
}

// What a session waits for among the others: a wake, or its next turn. All else is the coroutine's.
bool Connection::follow(Step step) {
  if (step == Step::kTurn) thread_->turns.go_on(*this);
  slow_ |= step == Step::kTask;
  return step == Step::kTurn || step == Step::kWait || wake_coroutine(step);
}

// After that wait.
bool Connection::go_on() {
  try {
    if (Step step = backend_->resume(); step != Step::kNext) return follow(step);
  } catch (...) {
    broken_ = std::current_exception();
    return wake_coroutine(Need::kError);
  }
  return handle_input();
}

// A pipeline's answers wait for its end: each write would cost a system call here and wake the client, which sends.
bool Connection::output_is_due() const {
  constexpr size_t kMayWait = 8 << 10;  // bytes; PostgreSQL's buffer has as many
  return backend_->output_is_due() || out_.size() >= kMayWait;
}

void Connection::send(SendBatch& batch) {
  if (!tls_ && written_ < out_.size() && output_is_due())
    batch.add(socket_.native_handle(), std::string_view(out_).substr(written_), sent_);
}

void Connection::answer() {
  if (output_is_due() && !write_now()) return void(wake_coroutine(Need::kOutput));
  if (must_end()) return void(wake_coroutine(Need::kInput));
  try {
    rest();
  } catch (...) {
    broken_ = std::current_exception();
    wake_coroutine(Need::kError);
  }
}

bool Connection::wake_coroutine(Need need) {
  takes_turns_ = false;
  need_ = need;
  wake_sleeper();
  return false;
}

bool Connection::wake_coroutine(Step step) {
  step_ = step;
  return wake_coroutine(Need::kStep);
}

}  // namespace elegraph::pgwire
