// SPDX-License-Identifier: Apache-2.0
// COPY in both directions as portals.
#include <fmt/format.h>

#include "query/commands.h"
#include "query/copy/copy_load.h"
#include "query/copy/row_writer.h"
#include "query/session.h"
#include "storage/read_set.h"

namespace elegraph::query {
namespace {

class CopyInPortal final : public PortalBase {
 public:
  CopyInPortal(SessionImplementation& session, std::shared_ptr<const Statement> statement, copy::Options options)
      : PortalBase(session, std::move(statement), {}), options_(std::move(options)) {}

  CopyIn* copy_in() override { return load_.get(); }

 protected:
  std::optional<Progress> prepare(bool in_task) override {
    if (load_) return std::nullopt;
    if (session_.has_lazy_portals(*this)) {
      if (!in_task) return Progress::kYield;
      session_.read_lazy_portals(*this);
    }
    auto& transaction = session_.transaction.current();
    if (session_.transaction.read_only())
      throw Error(sqlstate::kReadOnlyTransaction, "cannot execute COPY FROM in a read-only transaction");
    if (storage::ReadSet* reads = transaction.reads()) reads->everything();  // it looks for the ends of relationships
    session_.fill(functions_);
    const auto& command = *statement_->command;
    copy::LoadContext context{&transaction, session_.database.indexes.get(), session_.shared.arena.get(),
                              &session_.interrupt, session_.encode_context()};
    load_ = std::make_unique<copy::CopyLoad>(context, command.copy_target, command.copy_columns, options_);
    return Progress::kCopyIn;
  }
  Produced produce(bool) override {
    if (!load_->ended()) return {Progress::kCopyIn, nullptr, {}};
    return {};
  }
  void finish() override {
    load_->rethrow();
    auto& transaction = session_.transaction.current();
    session_.database.indexes->check_statement(transaction);
    tag_ = fmt::format("COPY {}", load_->rows());
  }

 private:
  copy::Options options_;
  FunctionContext functions_;
  std::unique_ptr<copy::CopyLoad> load_;
};

class CopyOutPortal final : public PlanPortal {
 public:
  CopyOutPortal(SessionImplementation& session, std::shared_ptr<const Statement> inner, copy::Options options)
      : PlanPortal(session, inner, inner->literals, {}), options_(std::move(options)) {}

  bool copy_out() const override { return true; }
  bool copy_binary() const override { return options_.format == copy::Format::kBinary; }
  Progress run(RowSink& sink, uint64_t, bool in_task) override {
    copy::RowWriter writer(sink, options_, columns(), session_.encode_context());
    if (!begun_) writer.begin();
    Progress progress = PlanPortal::run(writer, 0, in_task);
    begun_ = !writer.header_waits();
    if (progress == Progress::kDone && !ended_) {
      ended_ = true;
      writer.end();
      tag_ = fmt::format("COPY {}", rows_);
    }
    return progress;
  }

 private:
  bool restart() override { return false; }  // CopyOutResponse has been sent

  copy::Options options_;
  bool begun_ = false, ended_ = false;
};

std::string backquoted(std::string_view name) {
  std::string out = "`";
  for (char c : name) out += c == '`' ? "``" : std::string(1, c);
  return out + "`";
}

// COPY label TO and COPY type TO as the query that they stand for.
std::string query_of(const SessionImplementation& session, const sql::Statement& command, const copy::Options& options) {
  auto& catalog = const_cast<SessionImplementation&>(session).database.graph().catalog();
  std::string target = command.copy_target, items, pattern;
  auto columns = command.copy_columns;
  auto add = [&](const std::string& expression, const std::string& name) {
    items += (items.empty() ? "" : ", ") + expression + " AS " + backquoted(name);
  };
  auto label = catalog.find_label(target);
  auto type = catalog.find_rel_type(target);
  if (!label && !type)
    throw Error(sqlstate::kUndefinedTable, "label or relationship type \"" + target + "\" does not exist");
  if (label && !options.start) {
    if (columns.empty())
      for (KeyId key : catalog.node_keys(*label)) columns.emplace_back(catalog.name(key));
    for (auto& name : columns) add("x." + backquoted(name), name);
    pattern = "(x:" + backquoted(target) + ")";
  } else {
    if (!type) throw Error(sqlstate::kUndefinedTable, "relationship type \"" + target + "\" does not exist");
    if (columns.empty()) {
      columns = {"start", "end"};
      for (KeyId key : catalog.rel_keys(*type)) columns.emplace_back(catalog.name(key));
    }
    if (columns.size() < 2)
      throw Error(sqlstate::kSyntaxError, "COPY of relationships needs two columns for the keys of their ends");
    add(options.start ? "a." + backquoted(options.start->key) : "id(a)", columns[0]);
    add(options.end ? "b." + backquoted(options.end->key) : "id(b)", columns[1]);
    for (size_t i = 2; i < columns.size(); i++) add("x." + backquoted(columns[i]), columns[i]);
    auto end = [](const char* variable, const std::optional<copy::Options::End>& e) {
      return std::string("(") + variable + (e ? ":" + backquoted(e->label) : "") + ")";
    };
    pattern = end("a", options.start) + "-[x:" + backquoted(target) + "]->" + end("b", options.end);
  }
  if (items.empty()) add("null", "nothing");
  return "MATCH " + pattern + " RETURN " + items;
}

}  // namespace

std::unique_ptr<PortalBase> make_copy_portal(SessionImplementation& session, std::shared_ptr<const Statement> statement) {
  const sql::Statement& command = *statement->command;
  std::vector<copy::OptionText> given;
  for (auto& option : command.options) given.push_back({option.name, option.value, option.has_value});
  copy::Options options = copy::read_options(given);
  if (command.copy_from) {
    if (!command.copy_stdin)
      throw Error(sqlstate::kFeatureNotSupported, "COPY from a file on the server is not supported")
          .with_hint("Use COPY ... FROM STDIN; psql's \\copy sends a local file.");
    return std::make_unique<CopyInPortal>(session, std::move(statement), std::move(options));
  }
  if (!command.copy_stdin)
    throw Error(sqlstate::kFeatureNotSupported, "COPY to a file on the server is not supported")
        .with_hint("Use COPY ... TO STDOUT; psql's \\copy writes a local file.");
  std::string text = command.nested.empty() ? query_of(session, command, options) : command.nested;
  std::shared_ptr<const Statement> inner;
  try {
    inner = compile(session.compile_context(), text, {});
  } catch (Error& e) {
    // The position counts from the nested text; the client's caret wants the whole.
    if (e.position && !command.nested.empty()) *e.position += command.nested_offset;
    if (command.nested.empty()) e.position.reset();
    throw;
  }
  if (inner->kind != StatementClass::kPlanned || inner->columns().empty())
    throw Error(sqlstate::kFeatureNotSupported, "COPY query must return rows");
  return std::make_unique<CopyOutPortal>(session, std::move(inner), std::move(options));
}

}  // namespace elegraph::query
