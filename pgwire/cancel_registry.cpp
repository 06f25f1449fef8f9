// SPDX-License-Identifier: Apache-2.0
#include "pgwire/cancel_registry.h"

#include <openssl/crypto.h>

#include "query/random_bytes.h"

namespace elegraph::pgwire {

CancelRegistry::Key CancelRegistry::add(query::Session& session) {
  Key key;
  query::random_bytes(std::as_writable_bytes(std::span(&key.secret, 1)));
  for (;;) {
    key.process = (last_process_.fetch_add(1, std::memory_order_relaxed) + 1) & 0x7fffffff;
    if (!key.process) continue;
    Shard& s = shard(key.process);
    std::lock_guard lock(s.mutex);
    if (s.entries.try_emplace(key.process, Entry{key.secret, &session}).second) return key;
  }
}

void CancelRegistry::remove(const Key& key) {
  Shard& s = shard(key.process);
  std::lock_guard lock(s.mutex);
  s.entries.erase(key.process);
}

bool CancelRegistry::cancel(const Key& key) {
  Shard& s = shard(key.process);
  std::lock_guard lock(s.mutex);
  auto found = s.entries.find(key.process);
  if (found == s.entries.end()) return false;
  if (CRYPTO_memcmp(&found->second.secret, &key.secret, sizeof key.secret) != 0) return false;
  found->second.session->cancel();
  return true;
}

void CancelRegistry::cancel_all() {
  for (Shard& s : shards_) {
    std::lock_guard lock(s.mutex);
    for (auto& [process, entry] : s.entries) entry.session->cancel();
  }
}

}  // namespace elegraph::pgwire
