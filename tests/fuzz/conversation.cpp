// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/conversation.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <utility>

#include "pgwire/error_response.h"
#include "pgwire/message_reader.h"
#include "pgwire/startup_packet.h"
#include "tests/fuzz/input.h"

namespace elegraph::fuzz {
namespace {

constexpr auto kLongestWait = std::chrono::seconds(60);

std::unique_ptr<query::Engine> open_engine() {
  query::EngineOptions options;
  options.workers = options.io_threads = 1;
  options.statement_memory = 64 << 20;
  options.inline_budget = 1000;  // long statements move to a task soon
  return query::Engine::open(options);
}

// The fields of an ErrorResponse or NoticeResponse: code byte and text, up to a zero.
void check_fields(std::string_view body) {
  pgwire::MessageReader in(body);
  std::string_view state, message;
  while (const char code = char(in.byte())) {
    const std::string_view text = in.text();
    if (code == 'C') state = text;
    if (code == 'M') message = text;
  }
  in.end();
  require(state.size() == 5 && !message.empty(), "an error without state or text");
  require(state != sqlstate::kInternalError, message);
}

}  // namespace

Conversation::Conversation() : engine_(open_engine()) {}

Conversation::~Conversation() {
  backend_.reset();
  session_.reset();
}

void Conversation::open(std::string_view user) {
  session_ = engine_->connect("elegraph", user);
  session_->startup_setting("statement_timeout", "5s");
  backend_ = std::make_unique<pgwire::Backend>(*session_, out_, counters_, static_cast<pgwire::Waker&>(*this));
  backend_->greet();
  backend_->greet_ready();
  check_output();
}

void Conversation::feed(std::string_view bytes, size_t chunk) {
  while (!bytes.empty() && !closed_) {
    const auto room = input_.room();
    const size_t n = std::min({room.size, bytes.size(), chunk ? chunk : bytes.size()});
    std::memcpy(room.data, bytes.data(), n);
    input_.filled(n);
    bytes.remove_prefix(n);
    try {
      read_input();
    } catch (const Error& error) {
      fail(error);
    }
    check_output();
  }
}

std::string Conversation::send(char type, std::string_view body) {
  if (!closed_) perform(backend_->handle({type, body}));
  check_output();
  return std::exchange(answer_, {});
}

void Conversation::read_input() {
  while (!backend_ && !closed_) {
    const auto body = input_.next_startup();
    if (!body) return;
    const pgwire::StartupPacket packet = pgwire::StartupPacket::read(*body);
    if (packet.kind == pgwire::StartupPacket::Kind::kStart) {
      open(packet.user);
      for (auto& [name, value] : packet.settings) session_->startup_setting(name, value);
    } else if (packet.kind == pgwire::StartupPacket::Kind::kCancel || ++requests_ > 3) {
      closed_ = true;
    }
  }
  while (!closed_) {
    const auto message = input_.next();
    if (!message) return;
    perform(backend_->handle(*message));
    check_output();
  }
}

void Conversation::perform(pgwire::Step step) {
  using pgwire::Step;
  for (; step != Step::kNext; step = backend_->resume()) {
    if (step != Step::kWait) check_output();
    if (step == Step::kClose) return void(closed_ = true);
    if (step == Step::kTask) run_task();
    if (step == Step::kWait || step == Step::kWriteWait) await();
  }
}

void Conversation::fail(const Error& error) {
  pgwire::append_error(out_, "FATAL", error);
  closed_ = true;
}

void Conversation::check_output() {
  pgwire::MessageReader in(out_);
  while (!in.at_end()) {
    const char type = char(in.byte());
    const int32_t length = in.int32();
    require(length >= 4, "a message with a wrong length");
    const std::string_view body = in.bytes(size_t(length) - 4);
    if (type == 'E' || type == 'N') check_fields(body);
  }
  answer_ += std::exchange(out_, {});
}

void Conversation::run_task() {
  engine_->arena().submit([this] {
    backend_->run_in_task();
    wake();
  });
  await();
}

void Conversation::await() {
  std::unique_lock lock(mutex_);
  require(woken_.wait_for(lock, kLongestWait, [this] { return std::exchange(awake_, false); }), "a wait without an end");
}

void Conversation::wake() {
  std::lock_guard lock(mutex_);
  awake_ = true;
  woken_.notify_one();
}

}  // namespace elegraph::fuzz
