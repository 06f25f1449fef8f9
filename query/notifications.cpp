// SPDX-License-Identifier: Apache-2.0
#include "query/notifications.h"

#include <algorithm>

#include "storage/error.h"

namespace elegraph::query {
namespace {

// Neither has a NUL.
std::string key_of(std::string_view channel, std::string_view payload) {
  return std::string(channel).append(1, '\0').append(payload);
}

uint64_t bytes_of(const Notification& n) { return sizeof n + n.channel.size() + n.payload.size(); }

}  // namespace

void Mailbox::receive(const std::vector<Notification>& news) {
  std::lock_guard lock(mutex_);
  uint64_t bytes = 0;
  for (auto& notification : news) bytes += bytes_of(notification);
  bytes_.fetch_add(bytes, std::memory_order_relaxed);
  waiting_.insert(waiting_.end(), news.begin(), news.end());
  arrived_.store(true, std::memory_order_release);
  if (wake_) wake_();
}

std::vector<Notification> Mailbox::take() {
  std::lock_guard lock(mutex_);
  arrived_.store(false, std::memory_order_relaxed);
  bytes_.store(0, std::memory_order_relaxed);
  return std::exchange(waiting_, {});
}

void Mailbox::on_arrival(std::function<void()> wake) {
  std::lock_guard lock(mutex_);
  wake_ = std::move(wake);
}

void NotificationHub::listen(const std::string& channel, const std::shared_ptr<Mailbox>& mailbox) {
  std::lock_guard lock(mutex_);
  listeners_[channel].insert(mailbox);
}

void NotificationHub::unlisten(const std::string& channel, const std::shared_ptr<Mailbox>& mailbox) {
  std::lock_guard lock(mutex_);
  auto found = listeners_.find(channel);
  if (found == listeners_.end()) return;
  found->second.erase(mailbox);
  if (found->second.empty()) listeners_.erase(found);
}

void NotificationHub::publish(const std::vector<Notification>& news) {
  std::lock_guard lock(mutex_);
  std::map<Mailbox*, std::vector<Notification>> parcels;
  for (auto& notification : news) {
    auto found = listeners_.find(notification.channel);
    if (found == listeners_.end()) continue;
    for (auto& mailbox : found->second) parcels[mailbox.get()].push_back(notification);
  }
  for (auto& [mailbox, parcel] : parcels) mailbox->receive(parcel);
}

void NotificationHub::check_room(const std::vector<Notification>& news) {
  std::lock_guard lock(mutex_);
  std::map<const Mailbox*, uint64_t> parcels;
  for (auto& notification : news) {
    auto found = listeners_.find(notification.channel);
    if (found == listeners_.end()) continue;
    for (auto& mailbox : found->second) parcels[mailbox.get()] += bytes_of(notification);
  }
  for (auto& [mailbox, bytes] : parcels)
    if (mailbox->waiting_bytes() + bytes > Mailbox::kMostBytes)
      throw Error(sqlstate::kProgramLimitExceeded, "too many notifications in the NOTIFY queue")
          .with_detail("A session that listens has not taken those that it was sent before.")
          .with_hint("It gets them when its client reads and its transaction has ended.");
}

SessionNotifications::~SessionNotifications() {
  for (auto& channel : channels_) hub_.unlisten(channel, mailbox_);
}

void SessionNotifications::listen(std::string channel) { actions_.push_back({true, std::move(channel)}); }

void SessionNotifications::unlisten(std::string channel) { actions_.push_back({false, std::move(channel)}); }

void SessionNotifications::notify(int32_t process, std::string channel, std::string payload) {
  constexpr size_t kLongestPayload = 7999;
  if (channel.empty()) throw Error(sqlstate::kInvalidParameterValue, "channel name cannot be empty");
  if (payload.size() > kLongestPayload) throw Error(sqlstate::kInvalidParameterValue, "payload string too long");
  std::lock_guard lock(news_mutex_);
  if (known_.insert(key_of(channel, payload)).second) news_.push_back({process, std::move(channel), std::move(payload)});
}

void SessionNotifications::apply(const Action& action) {
  if (action.listen) {
    if (channels_.insert(action.channel).second) hub_.listen(action.channel, mailbox_);
    return;
  }
  for (auto at = channels_.begin(); at != channels_.end();) {
    const bool goes = action.channel.empty() || *at == action.channel;
    if (goes) hub_.unlisten(*at, mailbox_);
    at = goes ? channels_.erase(at) : std::next(at);
  }
}

void SessionNotifications::check_room() {
  if (!news_.empty()) hub_.check_room(news_);
}

void SessionNotifications::commit() {
  for (auto& action : actions_) apply(action);
  if (!news_.empty()) hub_.publish(news_);
  rollback();
}

void SessionNotifications::rollback() {
  actions_.clear();
  news_.clear();
  known_.clear();
}

void SessionNotifications::rollback_to(std::pair<size_t, size_t> mark) {
  actions_.resize(std::min(actions_.size(), mark.first));
  while (news_.size() > mark.second) {
    known_.erase(key_of(news_.back().channel, news_.back().payload));
    news_.pop_back();
  }
}

}  // namespace elegraph::query
