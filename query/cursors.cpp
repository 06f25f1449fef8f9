// SPDX-License-Identifier: Apache-2.0
// DECLARE and FETCH: cursors are portals that a session keeps by name.
#include <fmt/format.h>

#include <future>

#include "query/commands.h"
#include "query/exec/row_width.h"
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

// A cursor WITH HOLD reads all of its rows when its transaction ends; here it reads them when it is declared, so that
// nothing of the transaction is needed later.
class HeldCursor final : public PortalBase {
 public:
  HeldCursor(SessionImplementation& session, std::shared_ptr<const Statement> statement, std::unique_ptr<RowsBuffer> rows)
      : PortalBase(session, std::move(statement), {}), rows_buffer_(std::move(rows)) {}
  bool holdable() const override { return true; }

 protected:
  std::optional<Progress> prepare(bool) override { return std::nullopt; }
  Produced produce(bool) override { return {Progress::kDone, rows_buffer_->next(), rows_buffer_->slots()}; }
  void finish() override {}

 private:
  std::unique_ptr<RowsBuffer> rows_buffer_;
};

// A value that needs no snapshot any more: nodes, relationships and paths become the JSON that clients see of them.
Value detached(Value v, const FunctionContext& context) {
  if (v.type() < Type::kList || v.type() > Type::kPath) return v;
  std::string json;
  append_json(json, v, context);
  return parse_json(json);
}

class Collect final : public RowSink {
 public:
  Collect(const SessionImplementation& session, const Statement& statement, const FunctionContext& context,
          RowsBuffer& rows)
      : memory_(session.shared.options.statement_memory), statement_(statement), context_(context), rows_(rows) {}
  uint32_t rows(const exec::Batch& batch, std::span<const plan::Slot> slots, uint32_t from, uint32_t to) override {
    for (uint32_t i = from; i < to; i++) {
      std::vector<Value> row;
      for (size_t c = 0; c < slots.size(); c++) {
        Value v = batch.column(slots[c]).value(batch.row(i));
        const bool json = statement_.columns()[c].oid == types::oid::kJsonb;
        row.push_back(json ? detached(std::move(v), context_) : std::move(v));
        memory_.add(int64_t(exec::value_bytes(row.back())));
      }
      rows_.add(std::move(row));
    }
    return to;
  }
  void copy_data(std::string_view) override {}
  bool full() const override { return false; }

 private:
  exec::MemoryTracker memory_;
  const Statement& statement_;
  const FunctionContext& context_;
  RowsBuffer& rows_;
};

std::unique_ptr<PortalBase> hold(SessionImplementation& s, std::shared_ptr<const Statement> statement, PortalBase& portal) {
  auto rows = std::make_unique<RowsBuffer>(uint32_t(statement->columns().size()));
  Collect collect(s, *statement, *s.encode_context().functions, *rows);
  for (Progress p = Progress::kSinkFull; p != Progress::kDone;) {
    p = portal.run(collect, 0, true);
    if (p != Progress::kWait) continue;
    std::promise<void> ready;  // another transaction's end, or pg_sleep()
    portal.resume_when([&] { ready.set_value(); });
    ready.get_future().wait();
  }
  return std::make_unique<HeldCursor>(s, std::move(statement), std::move(rows));
}

}  // namespace

CommandPortal::Result declare_cursor(SessionImplementation& s, const sql::Statement& c) {
  if (!c.hold && !s.transaction.explicit_block())
    throw Error(sqlstate::kNoActiveTransaction, "DECLARE CURSOR can only be used in transaction blocks");
  auto inner = compile_nested(s, c, {});
  if (inner->columns().empty()) throw Error(sqlstate::kSyntaxError, "DECLARE CURSOR needs a query that returns rows");
  auto portal = s.make_portal(inner, inner->literals, {});
  if (c.hold) portal = hold(s, inner, *portal);
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
