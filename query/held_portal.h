// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <exception>
#include <memory>

#include "query/portal.h"
#include "query/row_keeper.h"

namespace elegraph::query {

// Rows that were read ahead of the client, as values that need no snapshot: of a cursor WITH HOLD, which outlives its
// transaction, and of a portal that was open when its own transaction began to write, so that it does not see that.
class HeldPortal final : public PortalBase {
 public:
  // Runs `portal` to its end, under the session's memory limit for a statement (53200). Outside of RCU sections, in a
  // task. The new portal goes on where `portal` was; `portal` is good for nothing afterwards.
  static std::unique_ptr<HeldPortal> read_all(SessionImplementation& session, PortalBase& portal);
  // The same for the sake of another statement. An error of the portal's own is told to who asks for the row that it is
  // about; one of the statement (no memory, a cancel) comes back in `stopped`, and the rows behind are lost (55000).
  static std::unique_ptr<HeldPortal> read_ahead(SessionImplementation& session, PortalBase& portal,
                                                std::exception_ptr& stopped);

  bool holdable() const override { return holdable_; }

 protected:
  std::optional<Progress> prepare(bool) override { return std::nullopt; }
  Produced produce(bool) override;
  void finish() override {}

 private:
  HeldPortal(SessionImplementation& session, const PortalBase& portal, bool holdable);

  RowKeeper kept_;
  std::exception_ptr error_;  // behind them
  bool holdable_;
};

}  // namespace elegraph::query
