// SPDX-License-Identifier: Apache-2.0
#include "storage/sleeper.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <ctime>

namespace elegraph::storage {

static_assert(sizeof(std::atomic<uint32_t>) == 4);

void Sleeper::sleep(std::chrono::nanoseconds limit) {
  const timespec time{time_t(limit.count() / 1'000'000'000), long(limit.count() % 1'000'000'000)};
  ::syscall(SYS_futex, &sleeping_, FUTEX_WAIT_PRIVATE, 1, &time, nullptr, 0);
  cancel();
}

bool Sleeper::wake_up() {
  if (sleeping_.exchange(0, std::memory_order_seq_cst) != 1) return false;
  ::syscall(SYS_futex, &sleeping_, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
  return true;
}

}  // namespace elegraph::storage
