// SPDX-License-Identifier: Apache-2.0
#include "storage/rcu.h"

#include <pthread.h>
#include <urcu/urcu-bp.h>

#include "storage/race_annotations.h"

#ifdef ELEGRAPH_TSAN
// Its barrier's own bookkeeping looks like a race.
extern "C" const char* __tsan_default_suppressions();
extern "C" const char* __tsan_default_suppressions() { return "called_from_lib:liburcu-bp.so\n"; }
#endif

namespace elegraph::rcu {
namespace {

// Whatever a read section did happens before the callbacks that run after it.
char sections;  // an address to hang this on

void section_ended() { races::release(&sections); }
void grace_period_ended() { races::acquire(&sections); }

struct Retired {
  rcu_head head;
  void* object;
  void (*free)(void*);
};

void run(rcu_head* head) {
  auto* r = reinterpret_cast<Retired*>(head);
  grace_period_ended();
  r->free(r->object);
  delete r;
  section_ended();  // what the callback did happens before drain() returns
}

// The thread that runs the callbacks would bear the name of whoever starts it, which is the first one to retire something.
bool name_thread() {
  return ::pthread_setname_np(urcu_bp_get_call_rcu_thread(urcu_bp_get_default_call_rcu_data()), "rcu") == 0;
}

}  // namespace

ReadGuard::ReadGuard() { urcu_bp_read_lock(); }

ReadGuard::~ReadGuard() {
  section_ended();
  urcu_bp_read_unlock();
}

void retire(void* object, void (*free)(void*)) {
  [[maybe_unused]] static const bool named = name_thread();
  auto* r = new Retired{{}, object, free};
  section_ended();  // what this thread wrote happens before the callback too
  urcu_bp_call_rcu(&r->head, run);
}

void synchronize() {
  section_ended();
  urcu_bp_synchronize_rcu();
  grace_period_ended();
}

void drain() {
  section_ended();
  urcu_bp_barrier();
  grace_period_ended();
}

}  // namespace elegraph::rcu
