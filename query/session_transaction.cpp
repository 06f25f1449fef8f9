// SPDX-License-Identifier: Apache-2.0
#include <ctime>

#include "query/session.h"

namespace elegraph::query {

SessionTransaction::SessionTransaction(GraphDatabase& database, SessionSettings& settings)
    : notifications(database.notifications),
      database_(database),
      settings_(settings),
      slot_(database.graph().open_slot()) {}

SessionTransaction::~SessionTransaction() {
  transaction_.reset();
  finishing_.reset();
  database_.graph().close_slot(slot_);
}

storage::Transaction& SessionTransaction::current() {
  if (!transaction_) {
    finishing_.reset();
    timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    // Whole microseconds, as now() has in PostgreSQL: that is what columns of instants hold.
    start_seconds_ = now.tv_sec, start_nanos_ = int32_t(now.tv_nsec / 1000 * 1000);
    transaction_ = database_.graph().begin(slot_);
    if (state_ == TransactionState::kIdle) {
      read_only_ = settings_.default_read_only();
      if (settings_.default_serializable()) transaction_->record_reads();
    }
  }
  return *transaction_;
}

void SessionTransaction::begin_block(std::optional<bool> read_only, const std::optional<std::string>& isolation) {
  state_ = TransactionState::kOpen;
  settings_.begin_transaction();
  read_only_ = read_only.value_or(settings_.default_read_only());
  statements = 0;
  current();
  const std::string level = isolation.value_or(settings_.default_isolation());
  if (level != SessionSettings::kIsolation) set_isolation(level);
}

void SessionTransaction::set_isolation(const std::string& level) {
  const bool was = transaction_ && transaction_->reads();
  const bool is = level == "serializable";
  if (was != is && statements > 0)
    throw Error(sqlstate::kActiveTransaction, "SET TRANSACTION ISOLATION LEVEL must be called before any query");
  settings_.set("transaction_isolation", level, true);
  if (is) current().record_reads();
}

void SessionTransaction::fail() {
  if (state_ == TransactionState::kIdle) return rollback();
  state_ = TransactionState::kFailed;
}

void SessionTransaction::rollback() {
  if (transaction_) transaction_->rollback();
  transaction_.reset();
  notifications.rollback();
  end_block(false);
}

void SessionTransaction::end_block(bool committed) {
  savepoints_.clear();
  statements = 0;
  if (state_ != TransactionState::kIdle) settings_.end_transaction(committed);
  state_ = TransactionState::kIdle;
  read_only_ = false;
}

bool SessionTransaction::commit(storage::Transaction::Done done) {
  try {
    notifications.check_room();
  } catch (...) {
    rollback();
    throw;
  }
  if (!transaction_) {
    end_block(true);
    notifications.commit();
    done(nullptr);
    return true;
  }
  finishing_ = std::move(transaction_);
  bool writes = finishing_->has_writes();
  auto durability = settings_.synchronous_commit() ? storage::Durability::kOn : storage::Durability::kOff;
  end_block(true);
  if (notifications.pending())
    done = [this, done = std::move(done)](std::exception_ptr error) {
      if (error)
        notifications.rollback();
      else
        notifications.commit();
      done(error);
    };
  finishing_->commit(durability, std::move(done));
  if (!writes) finishing_.reset();
  return !writes;
}

std::vector<SessionTransaction::Named>::iterator SessionTransaction::find(std::string_view name) {
  auto at = savepoints_.end();
  while (at != savepoints_.begin())
    if ((--at)->name == name) return at;
  throw Error(sqlstate::kInvalidSavepoint, "savepoint \"" + std::string(name) + "\" does not exist");
}

void SessionTransaction::savepoint(std::string_view name) {
  savepoints_.push_back({std::string(name), current().savepoint(), notifications.mark(), settings_.save()});
}

uint32_t SessionTransaction::savepoints_below(std::string_view name) { return uint32_t(find(name) - savepoints_.begin()); }

void SessionTransaction::release(std::string_view name) { savepoints_.erase(find(name), savepoints_.end()); }

void SessionTransaction::rollback_to(std::string_view name) {
  auto at = find(name);
  current().rollback_to(at->savepoint);
  notifications.rollback_to(at->notifications);
  settings_.restore(at->settings);
  savepoints_.erase(at + 1, savepoints_.end());
  state_ = TransactionState::kOpen;
}

}  // namespace elegraph::query
