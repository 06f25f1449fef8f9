// SPDX-License-Identifier: Apache-2.0
#include "pgwire/turns.h"

#include <boost/asio/post.hpp>

#include "pgwire/connection.h"
#include "pgwire/shared_state.h"

namespace elegraph::pgwire {
namespace {

constexpr std::chrono::microseconds kLongestTurn{100}, kShortTurn{50};

}  // namespace

void Turns::expect(size_t sessions) {
  for (List* list : {&to_read_, &to_run_, &to_answer_, &taken_, &answering_}) list->reserve(sessions);
}

void Turns::schedule() {
  boost::asio::post(thread_.io, [this] { round(); });
  scheduled_ = true;
}

void Turns::round() {
  scheduled_ = false;
  read_all();
  run_all();
  answer_all();
}

void Turns::read_all() {
  taken_.swap(to_read_);
  for (Connection* session : taken_) session->read();
  taken_.clear();
}

void Turns::run_all() {
  if (to_run_.empty()) return;
  taken_.swap(to_run_);
  auto began = Clock::now(), last = began;
  for (size_t i = 0; i < taken_.size(); i++) {
    Connection* session = taken_[i];
    if (i + 3 < taken_.size()) taken_[i + 3]->prefetch();
    if (i + 2 < taken_.size()) taken_[i + 2]->prefetch_session();
    if (i + 1 < taken_.size()) taken_[i + 1]->prefetch_statement();
    if (session->is_slow() && !to_answer_.empty()) {
      thread_.end_turn();
      answer_all();
      began = last = Clock::now();
    }
    const bool stays = session->take_turn();
    const auto now = Clock::now();
    if (stays) session->set_slow(now - last > kShortTurn);
    last = now;
    if (now - began > kLongestTurn) {
      thread_.end_turn();
      answer_all();
      began = last = Clock::now();
    }
  }
  taken_.clear();
  thread_.end_turn();
}

void Turns::answer_all() {
  if (to_answer_.empty()) return;
  answering_.swap(to_answer_);
  for (Connection* session : answering_) session->answer();
  answering_.clear();
}

}  // namespace elegraph::pgwire
