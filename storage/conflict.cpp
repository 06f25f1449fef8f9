// SPDX-License-Identifier: Apache-2.0
#include "storage/conflict.h"

#include "storage/transaction_status.h"

namespace elegraph::storage {

void TransactionStatus::wait(Waiters::Record record, Waiters::Wake wake, Waiters&& behind) const {
  {
    std::lock_guard lock(mutex_);
    if (!ended_) {
      waiters_.add(record, std::move(wake));
      waiters_.append(std::move(behind));
      return;
    }
  }
  wake(std::move(behind));
}

void TransactionStatus::let_wait(Waiters&& first) const {
  std::lock_guard lock(mutex_);
  if (ended_) return;
  first.append(std::move(waiters_));
  waiters_ = std::move(first);
}

void TransactionStatus::ended() {
  Waiters waiters;
  std::lock_guard lock(mutex_);
  ended_ = true;
  waiters = std::move(waiters_);
}

Conflict::Conflict(std::string message, std::shared_ptr<const TransactionStatus> winner, Waiters::Record record)
    : Error(sqlstate::kSerializationFailure, std::move(message)), winner_(std::move(winner)), record_(record) {
  hint = "The transaction might succeed if retried.";
}

Conflict added_concurrently(std::shared_ptr<const TransactionStatus> winner) {
  return Conflict("could not serialize access: a relationship was added concurrently", std::move(winner));
}

void Conflict::wait_for_winner(Waiters::Wake wake, Waiters&& behind) const {
  if (winner_)
    winner_->wait(record_, std::move(wake), std::move(behind));
  else
    wake(std::move(behind));
}

}  // namespace elegraph::storage
