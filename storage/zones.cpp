// SPDX-License-Identifier: Apache-2.0
#include "storage/zones.h"

#include <array>
#include <atomic>
#include <memory>
#include <mutex>

#include "storage/error.h"

namespace elegraph::zones {
namespace {

struct Zone {
  std::string name;
  int32_t offset = 0;
};

// Entries are written once, before `count` covers them, and never freed: readers need no lock.
struct Table {
  std::array<std::atomic<const Zone*>, 65536> entries{};
  std::atomic<uint32_t> count{0};
  std::mutex writers;

  Table() { intern({"", 0}); }

  uint16_t intern(Zone zone) {
    std::lock_guard lock(writers);
    uint32_t n = count.load(std::memory_order_relaxed);
    for (uint32_t i = 0; i < n; i++) {
      const Zone* z = entries[i].load(std::memory_order_relaxed);
      if (z->name == zone.name && z->offset == zone.offset) return uint16_t(i);
    }
    if (n == entries.size()) throw Error(sqlstate::kProgramLimitExceeded, "too many distinct time zones");
    entries[n].store(new Zone(std::move(zone)), std::memory_order_release);
    count.store(n + 1, std::memory_order_release);
    return uint16_t(n);
  }
};

Table& table() {
  static Table* t = new Table;  // never destroyed: values may outlive every other static
  return *t;
}

uint16_t find_or_intern(Zone zone) {
  Table& t = table();
  uint32_t n = t.count.load(std::memory_order_acquire);
  for (uint32_t i = 0; i < n; i++) {
    const Zone* z = t.entries[i].load(std::memory_order_acquire);
    if (z->offset == zone.offset && z->name == zone.name) return uint16_t(i);
  }
  return t.intern(std::move(zone));
}

}  // namespace

uint16_t fixed(int32_t offset_seconds) {
  if (offset_seconds == 0) return 0;
  if (offset_seconds < -64800 || offset_seconds > 64800)
    throw Error(sqlstate::kInvalidParameterValue, "time zone offset is out of range")
        .with_detail("Offsets go from -18:00 to +18:00.");
  return find_or_intern({"", offset_seconds});
}

uint16_t named(std::string_view iana_name) { return find_or_intern({std::string(iana_name), 0}); }

std::string_view name(uint16_t zone) { return table().entries[zone].load(std::memory_order_acquire)->name; }

int32_t fixed_offset(uint16_t zone) { return table().entries[zone].load(std::memory_order_acquire)->offset; }

}  // namespace elegraph::zones
