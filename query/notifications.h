// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "query/engine.h"

namespace elegraph::query {

// One session's incoming notifications. receive() and arrived() from any thread, the rest from the session.
class Mailbox {
 public:
  // What may wait, in bytes of channels and payloads: beyond it nobody may notify this session until it has read.
  static constexpr uint64_t kMostBytes = 64u << 20;

  void receive(const std::vector<Notification>& news);
  uint64_t waiting_bytes() const { return bytes_.load(std::memory_order_relaxed); }
  std::vector<Notification> take();
  bool arrived() const { return arrived_.load(std::memory_order_acquire); }
  // Called after each receive(), on the sender's thread. Once detached with null, no call is under way any more.
  void on_arrival(std::function<void()> wake);

 private:
  std::mutex mutex_;
  std::vector<Notification> waiting_;
  std::atomic<uint64_t> bytes_{0};  // of waiting_
  std::atomic<bool> arrived_{false};
  std::function<void()> wake_;
};

// Who listens to which channel of one database. Thread-safe; only LISTEN, UNLISTEN and commits with NOTIFY come here.
class NotificationHub {
 public:
  void listen(const std::string& channel, const std::shared_ptr<Mailbox>& mailbox);
  void unlisten(const std::string& channel, const std::shared_ptr<Mailbox>& mailbox);
  void publish(const std::vector<Notification>& news);
  // Errors: 54000 where a listener has not taken what came before. Commits that are under way at the same time may fill a
  // mailbox a little beyond.
  void check_room(const std::vector<Notification>& news);

 private:
  std::mutex mutex_;
  std::map<std::string, std::set<std::shared_ptr<Mailbox>>, std::less<>> listeners_;
};

// LISTEN, UNLISTEN and NOTIFY of one session: they take effect when their transaction commits, in order, and not at all
// when it rolls back. Not thread-safe but for commit(), which may run on the log's thread while the session waits for it.
class SessionNotifications {
 public:
  explicit SessionNotifications(NotificationHub& hub) : hub_(hub), mailbox_(std::make_shared<Mailbox>()) {}
  ~SessionNotifications();

  void listen(std::string channel);
  void unlisten(std::string channel);  // empty: all
  // Errors: 22023 for a payload of 8000 bytes or more. The same news twice in a transaction is one.
  void notify(int32_t process, std::string channel, std::string payload);

  bool pending() const { return !actions_.empty() || !news_.empty(); }
  // Before the transaction is written down, since a commit() cannot fail. Errors: 54000.
  void check_room();
  void commit();
  void rollback();
  // For savepoints.
  std::pair<size_t, size_t> mark() const { return {actions_.size(), news_.size()}; }
  void rollback_to(std::pair<size_t, size_t> mark);

  Mailbox& mailbox() { return *mailbox_; }

 private:
  struct Action {
    bool listen;
    std::string channel;
  };
  void apply(const Action& action);

  NotificationHub& hub_;
  std::shared_ptr<Mailbox> mailbox_;
  std::set<std::string> channels_;  // listened to now
  std::vector<Action> actions_;
  std::mutex news_mutex_;  // pg_notify() may be called by several workers of a statement
  std::vector<Notification> news_;
  std::unordered_set<std::string> known_;  // channel, NUL, payload of each in news_
};

}  // namespace elegraph::query
