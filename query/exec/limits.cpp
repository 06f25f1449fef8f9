// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <chrono>

#include "query/exec/execution.h"
#include "query/exec/give_way.h"
#include "storage/error.h"

namespace elegraph::query::exec {

void MemoryTracker::add(int64_t bytes) {
  if (bytes > 0) admit(uint64_t(bytes));
  used_.fetch_add(uint64_t(bytes), std::memory_order_relaxed);
}

void MemoryTracker::admit(uint64_t bytes) const {
  if (used() + bytes <= limit_) return;
  throw Error(sqlstate::kOutOfMemory, "out of memory for this statement")
      .with_detail(fmt::format("The statement needs more than its limit of {} bytes.", limit_))
      .with_hint("Return fewer rows, add LIMIT, or raise the limit for statements.");
}

void StatementValues::admit(uint64_t bytes) const {
  if (context_.interrupt) context_.interrupt->check();
  context_.memory->admit(bytes);
}

namespace {

bool is_past(int64_t deadline) {
  if (deadline == 0) return false;
  auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count() >= deadline;
}

}  // namespace

void Interrupt::check() const {
  if (cancelled.load(std::memory_order_relaxed))
    throw Error(sqlstate::kQueryCanceled, "canceling statement due to user request");
  if (is_past(deadline_ns.load(std::memory_order_relaxed)))
    throw Error(sqlstate::kQueryCanceled, "canceling statement due to statement timeout");
  if (watch) watch->poll();
  give_way();
}

// What is spent stays spent: a statement that must yield from several depths asks again on its way.
bool InlineBudget::look() {
  if (left_ + later_ < 0) return false;
  if (time_ > time_.zero()) {
    const auto now = Clock::now();
    if (began_ == Clock::time_point()) began_ = now;
    if (now - began_ >= time_) return later_ = std::numeric_limits<int64_t>::min() / 2, false;
  }
  take(left_ + later_);
  return true;
}

bool Interrupt::due() const {
  return cancelled.load(std::memory_order_relaxed) || is_past(deadline_ns.load(std::memory_order_relaxed));
}

}  // namespace elegraph::query::exec
