// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "storage/error.h"
#include "storage/waiters.h"

namespace elegraph::storage {

struct TransactionStatus;

// See Transaction. `winner` stays readable while the Conflict lives; null: it has ended, only the snapshot is too old.
// `record` is what both write, where only one of those who wait for it can go on.
class Conflict : public Error {
 public:
  Conflict(std::string message, std::shared_ptr<const TransactionStatus> winner, Waiters::Record record = Waiters::kAny);
  const std::shared_ptr<const TransactionStatus>& winner() const { return winner_; }
  // Calls `wake` once the winner has committed or rolled back, at once if it has, or when whoever waited before is through.
  // `behind` come after it.
  void wait_for_winner(Waiters::Wake wake, Waiters&& behind = {}) const;

 private:
  std::shared_ptr<const TransactionStatus> winner_;
  Waiters::Record record_;
};

Conflict added_concurrently(std::shared_ptr<const TransactionStatus> winner);  // of relationships

}  // namespace elegraph::storage
