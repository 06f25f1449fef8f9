// SPDX-License-Identifier: Apache-2.0
#include "pgwire/turns.h"

#include <sched.h>

#include <algorithm>
#include <boost/asio/post.hpp>

#include "pgwire/connection.h"
#include "pgwire/placement.h"
#include "pgwire/shared_state.h"

namespace elegraph::pgwire {
namespace {

constexpr std::chrono::microseconds kLongestTurn{100}, kShortTurn{50};
constexpr std::chrono::milliseconds kPeriod{10};  // of looks at the sessions' cores
constexpr uint32_t kLooks = 64;                   // in a period
constexpr size_t kLooksOfCohort = 4;

}  // namespace

void Turns::expect(size_t sessions) {
  if (sessions <= expected_) return;
  sessions = std::max(sessions, 2 * expected_);
  for (List* list : {&to_read_, &to_run_, &to_go_on_, &to_answer_, &taken_, &going_on_, &answering_})
    list->reserve(sessions);
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
  look_at_cores();
  for (Connection* session : answering_) session->answer();
  answering_.clear();
}

// A few sessions of each cohort: clients send in bursts, so that most of one may be strangers.
void Turns::look_at_cores() {
  if (last_ >= period_ends_) begin_period();
  const size_t count = answering_.size();
  for (size_t i = 0; i < std::min(count, kLooksOfCohort) && looks_left_ > 0; i++) {
    Connection& session = *answering_[next_look_++ % count];
    if (session.is_first_look(period_)) look_at(session);
  }
}

void Turns::look_at(Connection& session) {
  looks_left_--;
  const int core = session.core();
  if (core < 0) return;
  IoThread& serving = *thread_.all[size_t(core) % thread_.all.size()];
  if (&serving != &thread_) {
    // A client with one thread has all its sessions elsewhere but for those of one I/O thread, which can have few more.
    const auto clients = [](const IoThread& t) { return t.clients_at_home.load(std::memory_order_relaxed); };
    if (clients(thread_) > 0 || clients(serving) == 0) session.is_elsewhere(serving);
    return;
  }
  session.is_home();
  at_home_++;
  if (session.is_local()) home_core_ = core, local_at_home_++;
}

void Turns::begin_period() {
  constexpr uint32_t kLeast = 3;
  const uint32_t looks = kLooks - looks_left_;
  if (local_at_home_ >= kLeast && local_at_home_ >= looks - looks / 4) {
    const bool away = size_t(sched_getcpu()) % thread_.all.size() != thread_.index;
    if (way_home_.should_go(away)) go_to_core(home_core_);
  }
  thread_.clients_at_home.store(at_home_, std::memory_order_relaxed);
  period_++;
  period_ends_ = last_ + kPeriod;
  looks_left_ = kLooks;
  at_home_ = local_at_home_ = 0;
}

}  // namespace elegraph::pgwire
