// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "storage/value.h"

// The memory of large values. Small ones are counted by whoever keeps many of them; a list of a million elements is much
// by itself, and may be made by an expression that keeps nothing.
namespace elegraph {

// A value whose own part takes so many bytes is large.
inline constexpr uint64_t kLargeValue = 64 << 10;

// What the large values take that one statement has made. Shared with them: they may outlive the statement.
using ValueBytes = std::atomic<uint64_t>;

// While one lives, the large values that its thread makes count as those of its statement. One thread's; they nest.
class ValueScope {
 public:
  ValueScope();
  virtual ~ValueScope();
  ValueScope(const ValueScope&) = delete;
  ValueScope& operator=(const ValueScope&) = delete;

  // Before so many bytes are taken. Throws 53200 where that is too much, 57014 where the statement is to stop.
  virtual void admit(uint64_t bytes) const = 0;
  virtual const std::shared_ptr<ValueBytes>& taken() const = 0;

  // The thread's; null: nothing is counted.
  static const ValueScope* current();

 private:
  const ValueScope* outer_;
};

// About what a value that is not counted as a large one takes beside itself, without what lies in it.
uint64_t small_part(const Value& v);

// Asks the thread's scope, if there is one: by expressions that make large values, before they take the memory, and every
// now and then while they fill it. Nobody who changes the store may: it throws.
void admit_value(uint64_t bytes);
constexpr size_t kItemsBetweenChecks = size_t{1} << 18;

// Puts copies of the items from `first` to `last` behind those of `to`; a statement that is to stop does so on the way.
template <class Iterator>
void append_items(std::vector<Value>& to, Iterator first, Iterator last) {
  for (to.reserve(to.size() + size_t(last - first)); first != last;) {
    admit_value(0);
    const auto n = std::min<std::ptrdiff_t>(last - first, kItemsBetweenChecks);
    to.insert(to.end(), first, first + n);
    first += n;
  }
}

// A list of copies of these items.
template <class Iterator>
Value copied_list(Iterator first, Iterator last) {
  std::vector<Value> items;
  admit_value(uint64_t(last - first) * sizeof(Value));
  append_items(items, first, last);
  return Value::list(std::move(items));
}

}  // namespace elegraph
