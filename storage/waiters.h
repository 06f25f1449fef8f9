// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <vector>

namespace elegraph::storage {

// Statements that wait for a transaction to end, since it has written what they want to write. Of those that want the same
// record one could go on at a time: the others would run in vain, and wait again. So the first is woken, and told of the
// others, who come after it.
//
// A value that one thread owns at a time. Whatever is still in it when it goes is woken.
class Waiters {
 public:
  using Record = uint64_t;
  static constexpr Record kAny = 0;  // woken at once with the transaction's end
  // Those behind are to be woken by whoever is woken: when it has ended, or is known not to write the record. Any thread;
  // must not block.
  using Wake = std::function<void(Waiters&& behind)>;

  Waiters() = default;
  Waiters(Waiters&&) = default;
  Waiters& operator=(Waiters&& other) noexcept;
  ~Waiters() { wake(); }

  void add(Record record, Wake wake);
  void append(Waiters&& others);
  // The first of each record, with the record's others behind it. Leaves this empty.
  void wake();
  bool empty() const { return list_.empty(); }

 private:
  struct Waiter {
    Record record;
    Wake wake;
  };
  std::vector<Waiter> list_;
};

// Who waits behind a statement that was woken, for as long as it has not written. Thread-safe: a statement that is
// cancelled leaves while its turn may be coming.
class Turn {
 public:
  void come(Waiters&& behind);
  // Whoever comes from now on goes by.
  Waiters leave();

 private:
  std::mutex mutex_;
  bool left_ = false;
  Waiters behind_;
};

}  // namespace elegraph::storage
