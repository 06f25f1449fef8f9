// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <unordered_map>

#include "query/engine.h"

namespace elegraph::pgwire {

// Which session a CancelRequest means: by process number, proven by a random secret. Thread-safe; entered and left
// once a connection, never on the way of a query.
class CancelRegistry {
 public:
  struct Key {
    uint32_t process = 0;
    uint32_t secret = 0;
  };

  Key add(query::Session& session);
  // After this returns no cancel() reaches the session any more.
  void remove(const Key& key);
  // Cancels what the session runs; false when the key is wrong. The comparison takes the same time for all secrets.
  bool cancel(const Key& key);
  void cancel_all();

 private:
  struct Entry {
    uint32_t secret;
    query::Session* session;
  };
  struct Shard {
    std::mutex mutex;
    std::unordered_map<uint32_t, Entry> entries;
  };
  Shard& shard(uint32_t process) { return shards_[process % shards_.size()]; }

  std::atomic<uint32_t> last_process_{0};
  std::array<Shard, 64> shards_;
};

}  // namespace elegraph::pgwire
