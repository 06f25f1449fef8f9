// SPDX-License-Identifier: Apache-2.0
#pragma once

// Libraries that are built without ThreadSanitizer (liburcu, oneTBB) order threads in ways that it does not see. Where the
// code relies on such an order it says so here: all before a release() of an address happens before all after a later
// acquire() of it. Empty in other builds.

#if defined(__SANITIZE_THREAD__)
#define ELEGRAPH_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define ELEGRAPH_TSAN 1
#endif
#endif

#ifdef ELEGRAPH_TSAN
extern "C" void __tsan_acquire(void* address);
extern "C" void __tsan_release(void* address);
// For a function that must read something before it can acquire().
#define ELEGRAPH_UNCHECKED __attribute__((no_sanitize("thread")))
#else
#define ELEGRAPH_UNCHECKED
#endif

namespace elegraph::races {

inline void release([[maybe_unused]] void* address) {
#ifdef ELEGRAPH_TSAN
  __tsan_release(address);
#endif
}

inline void acquire([[maybe_unused]] void* address) {
#ifdef ELEGRAPH_TSAN
  __tsan_acquire(address);
#endif
}

}  // namespace elegraph::races
