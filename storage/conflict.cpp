// SPDX-License-Identifier: Apache-2.0
#include "storage/conflict.h"

#include "storage/transaction_status.h"

namespace elegraph::storage {

void TransactionStatus::when_ended(std::function<void()> then) const {
  {
    std::lock_guard lock(mutex_);
    if (!ended_) {
      waiters_.push_back(std::move(then));
      return;
    }
  }
  then();
}

void TransactionStatus::ended() {
  std::vector<std::function<void()>> waiters;
  {
    std::lock_guard lock(mutex_);
    ended_ = true;
    waiters.swap(waiters_);
  }
  for (auto& then : waiters) then();
}

Conflict::Conflict(std::string message, std::shared_ptr<const TransactionStatus> winner)
    : Error(sqlstate::kSerializationFailure, std::move(message)), winner_(std::move(winner)) {
  hint = "The transaction might succeed if retried.";
}

void Conflict::when_winner_ends(std::function<void()> then) const {
  if (winner_)
    winner_->when_ended(std::move(then));
  else
    then();
}

}  // namespace elegraph::storage
