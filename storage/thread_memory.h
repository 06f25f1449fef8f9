// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

// The general allocator keeps what a thread freed, and what others freed of it, for that thread's next allocations: after a
// load, tens of megabytes that nobody may ask for again. Once the process rests, each thread gives its own back.
namespace elegraph::storage {

// Returns the calling thread's free memory to the system. Some microseconds, more where there is much.
void give_back_thread_memory();

// Has `f` called, from any thread, when the process rests: to have give_back_thread_memory() run on one's own threads.
// f must not wait for anything, nor make or destroy listeners. The destructor waits for a call in progress.
class RestListener {
 public:
  explicit RestListener(std::function<void()> f);
  ~RestListener();
  RestListener(const RestListener&) = delete;
  RestListener& operator=(const RestListener&) = delete;

 private:
  friend class RestWatch;
  std::function<void()> f_;
};

// Finds out whether the process rests: it has worked since the listeners were last called, and hardly any more between two
// looks. For one thread that looks now and then.
//
// Who watches takes care that freed memory goes back in the end, so that from the first one on the allocator keeps it a
// little longer, for the next query.
class RestWatch {
 public:
  RestWatch();
  void look();

 private:
  double last_cpu_ = 0, last_time_ = 0, told_cpu_ = 0;  // seconds
};

}  // namespace elegraph::storage
