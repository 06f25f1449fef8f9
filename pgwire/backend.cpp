// SPDX-License-Identifier: Apache-2.0
#include "pgwire/backend.h"

#include "pgwire/error_response.h"
#include "pgwire/message_writer.h"

namespace elegraph::pgwire {

Backend::Backend(query::Session& session, std::string& out, ThreadCounters& counters, Waker& waker)
    : session_(session), out_(out), counters_(&counters), waker_(waker), rows_(out) {}

namespace {

// Messages of a pipeline, whose sender asks for the answers by another one.
bool is_pipelined(char type) { return type == 'P' || type == 'B' || type == 'D' || type == 'E' || type == 'C'; }

}  // namespace

Step Backend::handle(const Message& message) {
  if (out_.empty()) output_start_.reset(), due_ = false;  // it has been sent
  due_ |= !is_pipelined(message.type);
  if (copying_in_) return copy_message(message);
  if (skip_to_sync_ && message.type != 'S' && message.type != 'X') return Step::kNext;
  try {
    return dispatch(message);
  } catch (...) {
    fail(std::current_exception());
    skip_to_sync_ = true;
    return Step::kNext;
  }
}

Step Backend::dispatch(const Message& message) {
  MessageReader in(message.body);
  switch (message.type) {
    case 'B': bind(in); return Step::kNext;
    case 'D': describe(in); return Step::kNext;
    case 'E': return execute(in);
    case 'S': skip_to_sync_ = false; return end_implicit();
    case 'Q': return simple_query(message.body);
    case 'P': parse(in); return Step::kNext;
    case 'C': close(in); return Step::kNext;
    case 'H': return Step::kNext;  // the output is due now
    case 'X': return Step::kClose;
    case 'd':
    case 'c':
    case 'f': return Step::kNext;  // the rest of a COPY that failed
    case 'F':
      fail(std::make_exception_ptr(
          Error(sqlstate::kFeatureNotSupported, "function calls through the protocol are not supported")
              .with_hint("Call the function in a query.")));
      return end_implicit();
    default: break;
  }
  append_error(out_, "FATAL", Error(sqlstate::kProtocolViolation, "unexpected message in this state of the connection"));
  return Step::kClose;
}

Step Backend::resume() {
  Pending pending = pending_;
  pending_ = Pending::kNothing;
  switch (pending) {
    case Pending::kNothing:
    case Pending::kFeed: return Step::kNext;
    case Pending::kPieces: return simple_loop();
    case Pending::kCommit: return committed();
    case Pending::kAgain: return after(launch());
    case Pending::kOutcome: return after(settle());
    case Pending::kRun: break;
  }
  if (long_running_) {
    pending_ = Pending::kOutcome;
    return Step::kTask;
  }
  run(false);
  return after(settle());
}

void Backend::greet() {
  for (auto& [name, value] : session_.reported()) MessageWriter(out_, 'S').text(name).text(value).end();
  session_.take_changed();
}

void Backend::greet_ready() { ready(); }

Step Backend::end_implicit() {
  completion_.begin();
  commit_error_ = nullptr;
  bool now = true;
  try {
    now = session_.end_implicit([this](std::exception_ptr error) {
      commit_error_ = std::move(error);
      completion_.complete(waker_);
    });
  } catch (...) {
    commit_error_ = std::current_exception();
  }
  if (now || !completion_.arm()) return committed();
  pending_ = Pending::kCommit;
  return Step::kWait;
}

// 40001 at the commit: takes back what the client has not seen, and has the statement run once more.
bool Backend::try_again() {
  if (!commit_error_ || statements_ != 1 || !output_start_ || out_.size() != output_end_) return false;
  if (to_error(commit_error_).sqlstate != sqlstate::kSerializationFailure) return false;
  query::Portal* portal = session_.again();
  if (!portal) return false;
  commit_error_ = nullptr;
  deferred_tag_ = false;
  again_ = true;
  out_.resize(*output_start_);
  portal_ = portal;
  pending_ = Pending::kAgain;
  return true;
}

Step Backend::committed() {
  if (try_again()) return Step::kTurn;
  if (commit_error_) {
    fail(std::move(commit_error_));
    commit_error_ = nullptr;
  } else if (deferred_tag_) {
    MessageWriter(out_, 'C').text(tag_).end();
  }
  deferred_tag_ = simple_ = again_ = false;
  statements_ = 0;
  output_start_.reset();
  ready();
  return Step::kNext;
}

void Backend::fail(std::exception_ptr error, std::string_view text, size_t offset) {
  due_ = true;
  counters_->errors.add();
  append_notices(text, offset);
  append_error(out_, "ERROR", to_error(std::move(error)), text, offset);
  session_.failed();
}

void Backend::append_notices(std::string_view text, size_t offset) {
  for (auto& notice : session_.take_notices()) append_notice(out_, notice, text, offset);
}

void Backend::append_changed_settings() {
  for (auto& [name, value] : session_.take_changed()) MessageWriter(out_, 'S').text(name).text(value).end();
}

// NotificationResponse: int32 process, channel, payload.
void Backend::append_notifications() {
  for (auto& n : session_.take_notifications())
    MessageWriter(out_, 'A').int32(n.process).text(n.channel).text(n.payload).end();
}

void Backend::ready() {
  append_notices();
  append_changed_settings();
  if (!in_transaction()) append_notifications();
  char message[6] = {'Z', 0, 0, 0, 5, char(session_.state())};
  out_.append(message, sizeof message);
}

void Backend::release_memory() {
  constexpr size_t kKeep = 1024;
  if (query_.capacity() > kKeep) query_ = {};
  if (pieces_.capacity() > 16) pieces_ = {};
}

}  // namespace elegraph::pgwire
