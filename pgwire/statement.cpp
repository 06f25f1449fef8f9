// SPDX-License-Identifier: Apache-2.0
// The statement that runs: from Portal::run() and its reasons to come back, to the command tag; COPY.
#include "pgwire/backend.h"
#include "pgwire/error_response.h"
#include "pgwire/message_writer.h"

namespace elegraph::pgwire {
namespace {

// int8 overall format, int16 columns, int16 format of each.
void append_copy_response(std::string& out, char type, bool binary, size_t columns) {
  MessageWriter message(out, type);
  message.byte(char(binary)).int16(int(columns));
  for (size_t i = 0; i < columns; i++) message.int16(binary);
  message.end();
}

}  // namespace

Backend::Done Backend::start(query::Portal& portal, uint64_t max_rows) {
  portal_ = &portal;
  max_rows_ = max_rows;
  statements_++;
  if (portal.prepared().empty()) {
    append_empty_message(out_, 'I');
    return std::nullopt;
  }
  counters_->statements.add();
  return launch();
}

Backend::Done Backend::launch() {
  long_running_ = false;
  if (!again_) session_.begin_statement();  // else it goes on: with one deadline, and one cancel, for all attempts
  rows_.begin(*portal_, session_.encode_context());
  output_start_ = out_.size();
  if (portal_->copy_out()) append_copy_response(out_, 'H', portal_->copy_binary(), portal_->columns().size());
  run(false);
  return settle();
}

void Backend::run(bool in_task) noexcept {
  error_ = nullptr;
  if (output_start_) output_start_ = out_.size();  // what came before the statement may have been sent
  try {
    progress_ = portal_->run(rows_, max_rows_, in_task);
  } catch (...) {
    error_ = std::current_exception();
  }
}

void Backend::run_in_task() { run(true); }

Backend::Done Backend::settle() {
  if (error_) {
    fail_statement(std::move(error_));
    error_ = nullptr;
    return std::nullopt;
  }
  if (progress_ != query::Progress::kDone && out_.size() != output_start_) output_start_.reset();
  switch (progress_) {
    case query::Progress::kDone: completed(); return std::nullopt;
    case query::Progress::kRowLimit: append_empty_message(out_, 's'); return std::nullopt;
    case query::Progress::kSinkFull: pending_ = Pending::kRun; return Step::kWrite;
    case query::Progress::kYield:
      long_running_ = true;
      pending_ = Pending::kOutcome;
      return Step::kTask;
    case query::Progress::kWait:
      if (wait_for_portal()) return Step::kWriteWait;
      return Step::kWrite;
    case query::Progress::kJoined: long_running_ = false; return wait_for_portal() ? Step::kWait : Step::kTurn;
    case query::Progress::kTurn: pending_ = Pending::kRun; return Step::kTurn;
    case query::Progress::kCopyIn: return begin_copy_in();
  }
  return std::nullopt;
}

// False where there is nothing to wait for any more.
bool Backend::wait_for_portal() {
  completion_.begin();
  pending_ = Pending::kRun;
  portal_->resume_when([this] { completion_.complete(waker_); });
  return completion_.arm();
}

void Backend::completed() {
  if (simple_)
    append_notices(query_, pieces_[piece_ - 1].offset);
  else
    append_notices(portal_->prepared().text());
  if (portal_->copy_out()) append_empty_message(out_, 'c');
  if (simple_ && piece_ == pieces_.size()) {
    tag_ = portal_->tag();
    deferred_tag_ = true;
  } else {
    MessageWriter(out_, 'C').text(portal_->tag()).end();
  }
  output_end_ = out_.size();
}

void Backend::fail_statement(std::exception_ptr error) {
  if (simple_) {
    fail(std::move(error), query_, piece_ ? pieces_[piece_ - 1].offset : 0);
    piece_ = pieces_.size();
  } else {
    fail(std::move(error), portal_->prepared().text());
    skip_to_sync_ = !again_;  // Sync has come already
  }
}

Step Backend::after(Done done) {
  if (done) return *done;
  if (simple_) return simple_loop();
  return again_ ? end_implicit() : Step::kNext;
}

Backend::Done Backend::begin_copy_in() {
  query::CopyIn* copy = portal_->copy_in();
  append_copy_response(out_, 'G', copy->binary(), copy->columns());
  copying_in_ = due_ = true;
  return Step::kNext;
}

Step Backend::copy_message(const Message& message) {
  query::CopyIn* copy = portal_->copy_in();
  try {
    switch (message.type) {
      case 'd':
        completion_.begin();
        if (copy->feed(message.body, [this] { completion_.complete(waker_); }) || !completion_.arm()) return Step::kNext;
        pending_ = Pending::kFeed;
        return Step::kWriteWait;
      case 'c': return end_copy_in(true);
      case 'f': copy->fail(MessageReader(message.body).text()); return end_copy_in(false);
      case 'H':
      case 'S': return Step::kNext;  // as PostgreSQL: ignored while the client copies
      case 'X': copy->fail("the client has gone"); return Step::kClose;
      default: break;
    }
    copy->fail("unexpected message type during COPY from stdin");
    throw Error(sqlstate::kProtocolViolation,
                std::string("unexpected message type \"") + message.type + "\" during COPY from stdin");
  } catch (...) {
    copying_in_ = false;
    fail_statement(std::current_exception());
    return after(std::nullopt);
  }
}

Step Backend::end_copy_in(bool finish) {
  copying_in_ = false;
  long_running_ = false;
  pending_ = Pending::kRun;
  if (!finish) return resume();
  completion_.begin();
  portal_->copy_in()->finish([this] { completion_.complete(waker_); });
  return completion_.arm() ? Step::kWriteWait : resume();
}

}  // namespace elegraph::pgwire
