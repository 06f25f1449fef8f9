// SPDX-License-Identifier: Apache-2.0
#include "pgwire/turns.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <span>

#include "pgwire/connection.h"
#include "pgwire/placement.h"
#include "pgwire/shared_state.h"

namespace elegraph::pgwire {
namespace {

constexpr std::chrono::microseconds kLongestTurn{100}, kShortTurn{50};
constexpr std::chrono::milliseconds kBetweenLooks{10};
constexpr size_t kLookedAt = 64;  // sessions of a cohort

}  // namespace

void Turns::expect(size_t sessions) {
  if (sessions <= expected_) return;
  sessions = std::max(sessions, 2 * expected_);
  for (List* list : {&to_read_, &to_run_, &to_go_on_, &to_answer_, &taken_, &going_on_, &answering_})
    list->reserve(sessions);
  cores_.reserve(kLookedAt);
  expected_ = sessions;
}

void Turns::schedule() {
  boost::asio::post(thread_.io, [this] {
    scheduled_ = false;
    round();
  });
  scheduled_ = true;
}

void Turns::round() {
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
  if (to_run_.empty() && to_go_on_.empty()) return;
  going_on_.swap(to_go_on_);
  taken_.swap(to_run_);
  began_ = last_ = Clock::now();
  for (size_t i = 0; i < taken_.size(); i++) {
    if (i + 3 < taken_.size()) taken_[i + 3]->prefetch();
    if (i + 2 < taken_.size()) taken_[i + 2]->prefetch_session();
    if (i + 1 < taken_.size()) taken_[i + 1]->prefetch_statement();
    give_turn(*taken_[i], &Connection::take_turn);
  }
  taken_.clear();
  for (Connection* session : going_on_) give_turn(*session, &Connection::go_on);
  going_on_.clear();
  thread_.end_turn();
}

void Turns::give_turn(Connection& session, bool (Connection::*turn)()) {
  if (session.is_slow() && !to_answer_.empty()) cut();
  const bool stays = (session.*turn)();
  const auto now = Clock::now();
  if (stays) session.set_slow(now - last_ > kShortTurn);
  last_ = now;
  if (now - began_ > kLongestTurn) cut();
}

// Those who have run do not wait for the rest of the cohort.
void Turns::cut() {
  thread_.end_turn();
  answer_all();
  began_ = last_ = Clock::now();
}

void Turns::answer_all() {
  if (to_answer_.empty()) return;
  answering_.swap(to_answer_);
  for (Connection* session : answering_) session->send(sends_);
  sends_.flush();
  if (last_ >= next_look_) look_at_cores();
  for (Connection* session : answering_) session->answer();
  answering_.clear();
}

// Where most clients of a cohort run on one core, sessions of others may be better served by another thread.
void Turns::look_at_cores() {
  next_look_ = last_ + kBetweenLooks;
  const auto looked_at = std::span(answering_).first(std::min(answering_.size(), kLookedAt));
  cores_.clear();
  for (Connection* session : looked_at) cores_.push_back(session->core());
  const int home = home_of(cores_);
  thread_.home.store(home, std::memory_order_relaxed);
  if (home < 0) return;
  for (size_t i = 0; i < looked_at.size(); i++)
    if (cores_[i] == home)
      looked_at[i]->is_home();
    else if (cores_[i] >= 0)
      looked_at[i]->is_elsewhere(cores_[i]);
}

}  // namespace elegraph::pgwire
