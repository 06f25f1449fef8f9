// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "pgwire/placement.h"
#include "pgwire/send_batch.h"

namespace elegraph::pgwire {

class Connection;
struct IoThread;

// The sessions of an I/O thread that have something to do, taken through its three stages together: all read, then all run
// what they have read or go on with it, then all answer (cohort scheduling: Larus and Parkes, "Using Cohort Scheduling to
// Enhance Server Performance", USENIX 2002). A session for itself goes through the kernel's code twice for each statement,
// and finds little of the engine's code and data in the first-level caches after that; in a cohort only the first one does.
// Reading together saves system calls as well: meanwhile the clients answered first have often sent their next statement.
//
// Answers do not wait for long: a cohort answers what it has once 100 us have passed, and before a session whose last turn
// took more than 50. What nobody foresaw is held back by one long statement at most, for as long as it may run inline.
// Where the turns of a cohort have submitted commits, the log is told before the answers are written.
//
// Belongs to the thread. A session is in one list at most, and must live as long as it is.
class Turns {
 public:
  explicit Turns(IoThread& thread) : thread_(thread) {}

  // Room for so many sessions, so that the calls below need no memory of their own.
  void expect(size_t sessions);

  void read(Connection& session) { add(to_read_, session); }
  void run(Connection& session) { add(to_run_, session); }
  // A statement that has not ended and gives way to others.
  void go_on(Connection& session) { add(to_go_on_, session); }
  void answer(Connection& session) { add(to_answer_, session); }
  // One that has been woken goes on with the round() that the caller ends with.
  void woken(Connection& session) { to_go_on_.push_back(&session); }
  void round();

 private:
  using Clock = std::chrono::steady_clock;
  using List = std::vector<Connection*>;

  void add(List& list, Connection& session) {
    if (!scheduled_) schedule();
    list.push_back(&session);  // there is room
  }
  void schedule();
  void read_all();
  void run_all();
  void give_turn(Connection& session, bool (Connection::*turn)());
  void cut();
  void answer_all();
  void look_at_cores();
  void look_at(Connection& session);
  void begin_period();

  IoThread& thread_;
  List to_read_, to_run_, to_go_on_, to_answer_, taken_, going_on_, answering_;
  SendBatch sends_;
  Clock::time_point period_ends_;  // of looks at the sessions' cores
  WayHome way_home_;
  size_t next_look_ = 0;                                       // which of a cohort
  uint32_t looks_left_ = 0, at_home_ = 0, local_at_home_ = 0;  // in this period; of those looked at, and of this machine
  int home_core_ = 0;                                          // that one of those was on
  uint8_t period_ = 0;
  Clock::time_point began_, last_;  // the turns since the last answers, the last turn's end
  size_t expected_ = 0;             // sessions that all lists have room for
  bool scheduled_ = false;
};

}  // namespace elegraph::pgwire
