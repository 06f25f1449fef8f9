// SPDX-License-Identifier: Apache-2.0
// DECLARE and FETCH: cursors are portals that a session keeps by name.
#include <fmt/format.h>

#include "query/commands.h"
#include "query/held_portal.h"
#include "query/session.h"

namespace elegraph::query {
namespace {

struct Discard final : RowSink {
  explicit Discard(RowSink& c) : client(c) {}
  uint32_t rows(const exec::Batch&, std::span<const plan::Slot>, uint32_t, uint32_t to) override { return to; }
  void copy_data(std::string_view) override {}
  bool full() const override { return client.full(); }
  RowSink& client;
};

// FETCH and MOVE: rows of an open cursor through its own run().
class FetchPortal final : public PortalBase {
 public:
  using PortalBase::PortalBase;

  const std::vector<ResultColumn>& columns() const override {
    return command().move ? statement_->own_columns : cursor().columns();
  }
  Progress run(RowSink& sink, uint64_t, bool in_task) override {
    PortalBase& source = cursor();
    const bool backward = command().direction == sql::FetchDirection::kBackward || command().count < 0;
    if (backward || command().direction == sql::FetchDirection::kAbsolute)
      throw Error(sqlstate::kFeatureNotSupported, "cursors only move forward").with_hint("FETCH FORWARD n reads on.");
    if (command().count == 0) return end();
    const uint64_t before = source.rows_sent();
    Discard discard(sink);
    Progress progress =
        source.run(command().move ? static_cast<RowSink&>(discard) : sink, uint64_t(command().count), in_task);
    rows_ += source.rows_sent() - before;
    return progress == Progress::kRowLimit || progress == Progress::kDone ? end() : progress;
  }
  void resume_when(std::function<void()> ready) override { cursor().resume_when(std::move(ready)); }

 protected:
  std::optional<Progress> prepare(bool) override { return std::nullopt; }
  Produced produce(bool) override { return {}; }
  void finish() override {}

 private:
  const sql::Statement& command() const { return *statement_->command; }
  PortalBase& cursor() const {
    const std::string& name = command().name;
    if (!session_.has_portal(name)) throw Error(sqlstate::kInvalidCursorName, "cursor \"" + name + "\" does not exist");
    return *session_.find_portal(name);
  }
  Progress end() {
    tag_ = fmt::format("{} {}", command().move ? "MOVE" : "FETCH", rows_);
    return Progress::kDone;
  }
};

}  // namespace

CommandPortal::Result declare_cursor(SessionImplementation& s, const sql::Statement& c) {
  if (!c.hold && !s.transaction.explicit_block())
    throw Error(sqlstate::kNoActiveTransaction, "DECLARE CURSOR can only be used in transaction blocks");
  auto inner = compile_nested(s, c, {});
  if (inner->columns().empty()) throw Error(sqlstate::kSyntaxError, "DECLARE CURSOR needs a query that returns rows");
  auto portal = s.make_portal(inner, inner->literals, {});
  // WITH HOLD reads all of its rows when its transaction ends; here when it is declared, so that nothing of the
  // transaction is needed later.
  if (c.hold) portal = HeldPortal::read_all(s, *portal);
  s.keep_portal(c.name, std::move(portal));
  CommandPortal::Result result;
  result.tag = "DECLARE CURSOR";
  return result;
}

std::unique_ptr<PortalBase> make_fetch_portal(SessionImplementation& session, std::shared_ptr<const Statement> statement,
                                              std::vector<int16_t> formats) {
  return std::make_unique<FetchPortal>(session, std::move(statement), std::move(formats));
}

}  // namespace elegraph::query
