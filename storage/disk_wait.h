// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>

namespace elegraph::storage {

// Called at the end of a thread's turn, on that thread.
class TurnObserver {
 public:
  virtual void turn_ended() = 0;

 protected:
  ~TurnObserver() = default;
};

// Whether the running thread may wait for the disk on its own. A thread that has nobody else to serve saves a
// commit two thread switches by writing the log itself; a thread that has never calls the log's thread
// instead.
class DiskWait {
 public:
  // Between begin(), if it says yes, and end() the thread may block.
  virtual bool begin() = 0;
  virtual void end() = 0;

  // A thread that serves many sessions in turns, each one all that had something to do when it began: has
  // `observer` told once when the turn of now ends. The thread must not wait for what the observer does until
  // then. False where nothing tells one turn from the next.
  virtual bool at_end_of_turn(TurnObserver&) { return false; }

  // The running thread's; null where it may not wait at all.
  static DiskWait* of_this_thread() { return current_; }

  // Sets it for the running thread.
  class Scope {
   public:
    explicit Scope(DiskWait* wait) : before_(std::exchange(current_, wait)) {}
    ~Scope() { current_ = before_; }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    DiskWait* before_;
  };

 protected:
  ~DiskWait() = default;

 private:
  static inline thread_local DiskWait* current_ = nullptr;
};

}  // namespace elegraph::storage
