// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>

#include "storage/error.h"

namespace elegraph::storage {

struct TransactionStatus;

// See Transaction. `winner` stays readable while the Conflict lives; null: it has ended, only the snapshot is too old.
class Conflict : public Error {
 public:
  Conflict(std::string message, std::shared_ptr<const TransactionStatus> winner);
  const std::shared_ptr<const TransactionStatus>& winner() const { return winner_; }
  // Runs `then` once the winner has committed or rolled back, at once if it has; on any thread, must not block.
  void when_winner_ends(std::function<void()> then) const;

 private:
  std::shared_ptr<const TransactionStatus> winner_;
};

}  // namespace elegraph::storage
