// SPDX-License-Identifier: Apache-2.0
#include "query/session.h"

#include <algorithm>
#include <chrono>

#include "query/commands.h"
#include "query/held_portal.h"
#include "query/portal.h"
#include "query/setting_table.h"
#include "storage/rcu.h"

namespace elegraph::query {
namespace {

class EmptyPortal final : public PortalBase {
 public:
  using PortalBase::PortalBase;
  bool transaction_command() const override { return true; }

 protected:
  std::optional<Progress> prepare(bool) override { return std::nullopt; }
  Produced produce(bool) override { return {}; }
  void finish() override {}
};

std::atomic<int32_t> next_backend{1};

// Commands and definitions with the columns that they will return, as far as the session can tell now.
std::shared_ptr<const Statement> with_columns(SessionImplementation& session, std::shared_ptr<const Statement> statement) {
  if (statement->kind != StatementClass::kCommand && statement->kind != StatementClass::kSchema) return statement;
  auto columns = statement->command ? describe_command(session, *statement->command) : describe_schema(*statement->schema);
  if (columns.empty()) return statement;
  auto described = std::make_shared<Statement>(*statement);
  described->own_columns = std::move(columns);
  return described;
}

// As the text has it.
std::string first_parameter(const Statement& statement) {
  if (!statement.planned || statement.planned->plan->parameter_names.empty()) return "1";
  return statement.planned->plan->parameter_names.front();
}

bool is_running(const std::unique_ptr<PortalBase>& portal) { return portal && portal->running(); }

}  // namespace

SessionImplementation::SessionImplementation(EngineShared& s, GraphDatabase& d, std::string_view u)
    : shared(s),
      database(d),
      user(u),
      transaction(d, settings),
      procedures(d),
      backend_id(next_backend.fetch_add(1, std::memory_order_relaxed)) {
  settings.set_default("session_authorization", user);
}

SessionImplementation::~SessionImplementation() {
  again_.reset();
  simple_portal_.reset();
  portals_.clear();
}

void SessionImplementation::prefetch() const {
  if (!statements_.empty()) __builtin_prefetch(&*statements_.begin());
  if (!portals_.empty()) __builtin_prefetch(&*portals_.begin());
  __builtin_prefetch(transaction.slot());
  __builtin_prefetch(shared_interrupt.get());
}

std::vector<Session::Piece> SessionImplementation::split(std::string_view text) {
  cypher::ParseOptions options;
  options.standard_conforming_strings = settings.standard_conforming_strings();
  std::vector<Piece> pieces;
  for (auto& piece : cypher::split_statements(text, options)) pieces.push_back({piece.offset, piece.text});
  return pieces;
}

CompileContext SessionImplementation::compile_context() {
  if (storage::Transaction* mine = transaction.active()) mine->tell_types();
  CompileContext context{};
  context.database = &database;
  context.parse.standard_conforming_strings = settings.standard_conforming_strings();
  context.jsonb_results = settings.jsonb_results();
  context.interrupt = &interrupt;
  return context;
}

const Prepared& SessionImplementation::parse(std::string_view name, std::string_view text,
                                             std::span<const types::Oid> declared) {
  if (!name.empty() && statements_.contains(name))
    throw Error(sqlstate::kDuplicatePreparedStatement, "prepared statement \"" + std::string(name) + "\" already exists");
  arm();
  auto compiled = compile(compile_context(), text, declared);
  armed_ = false;  // what runs has its own time
  tell(*compiled);
  if (transaction.state() == TransactionState::kFailed && compiled->kind != StatementClass::kCommand &&
      compiled->kind != StatementClass::kEmpty)
    throw Error(sqlstate::kInFailedTransaction,
                "current transaction is aborted, commands ignored until end of transaction block");
  compiled = with_columns(*this, std::move(compiled));
  auto& kept = statements_[std::string(name)];
  kept = std::move(compiled);
  return *kept;
}

std::shared_ptr<const Statement> SessionImplementation::find_statement(std::string_view name) {
  auto found = statements_.find(name);
  if (found == statements_.end())
    throw Error(sqlstate::kInvalidStatementName, name.empty()
                                                     ? "unnamed prepared statement does not exist"
                                                     : "prepared statement \"" + std::string(name) + "\" does not exist");
  // A plan made under another catalog is made again; clients that know its columns do not see them change.
  const auto& statement = found->second;
  if (statement->kind == StatementClass::kPlanned &&
      statement->planned->plan->catalog_epoch != database.graph().catalog().epoch()) {
    found->second = compile_again(*statement, false, {}, {});
  }
  return found->second;
}

namespace {

// The statement's parameter types, but text where nothing was known becomes what is known by now: clients send such values
// as text in either case.
std::vector<types::Oid> known_by_now(const Statement& statement, const std::vector<types::Oid>& now) {
  std::vector<types::Oid> out = statement.parameter_types;
  for (size_t i = 0; i < std::min(out.size(), now.size()); i++) {
    const bool inferred = i >= statement.declared.size() || statement.declared[i] == 0;
    if (inferred && out[i] == types::oid::kText && now[i] != types::oid::kJsonb) out[i] = now[i];
  }
  return out;
}

}  // namespace

// What the client was told of the types stands. A value that does not fit its column ends the statement when it comes
// (types::encode()): on an empty graph nothing is known, all properties are jsonb, and all values fit.
std::shared_ptr<const Statement> SessionImplementation::compile_again(const Statement& statement, bool bound,
                                                                      std::span<const Value> values,
                                                                      std::string_view ranges) {
  CompileContext context = compile_context();
  context.values = values, context.ranges = ranges;
  const auto& told = statement.told_types.empty() ? statement.parameter_types : statement.told_types;
  auto again = compile(context, statement.source, statement.declared);
  const auto types = bound ? statement.parameter_types : known_by_now(statement, again->parameter_types);
  if (types != again->parameter_types) again = compile(context, statement.source, types);
  const auto& columns = statement.columns();
  if (types != again->parameter_types || columns.size() != again->columns().size())
    throw Error(sqlstate::kFeatureNotSupported, "cached plan must not change result type");
  auto same_type = [](const ResultColumn& a, const ResultColumn& b) { return a.oid == b.oid; };
  const bool same_columns = std::ranges::equal(columns, again->columns(), same_type);
  if (same_columns && told == types && again->declared == statement.declared) return again;
  auto out = std::make_shared<Statement>(*again);
  out->declared = statement.declared;
  if (told != types) out->told_types = told;
  if (same_columns) return out;
  out->own_columns = again->columns();
  for (size_t i = 0; i < columns.size(); i++)
    out->own_columns[i].oid = columns[i].oid, out->own_columns[i].length = columns[i].length;
  return out;
}

const Prepared& SessionImplementation::statement(std::string_view name) { return *find_statement(name); }

void SessionImplementation::keep_statement(std::string_view name, std::shared_ptr<const Statement> statement) {
  if (!statements_.try_emplace(std::string(name), std::move(statement)).second)
    throw Error(sqlstate::kDuplicatePreparedStatement, "prepared statement \"" + std::string(name) + "\" already exists");
}

void SessionImplementation::drop_statement(std::string_view name) {
  auto found = statements_.find(name);
  if (found == statements_.end())
    throw Error(sqlstate::kInvalidStatementName, "prepared statement \"" + std::string(name) + "\" does not exist");
  statements_.erase(found);
}

void SessionImplementation::close_statement(std::string_view name) {
  if (auto found = statements_.find(name); found != statements_.end()) statements_.erase(found);
}

std::vector<Value> SessionImplementation::decode_parameters(const Statement& statement, std::span<const RawParameter> raw) {
  const auto& expected = statement.parameter_types;
  if (raw.size() != expected.size())
    throw Error(sqlstate::kProtocolViolation, "bind message supplies " + std::to_string(raw.size()) +
                                                  " parameters, but prepared statement requires " +
                                                  std::to_string(expected.size()));
  std::vector<Value> values;
  values.reserve(raw.size() + statement.literals.size());
  types::EncodeContext context = encode_context();
  for (size_t i = 0; i < raw.size(); i++) {
    if (raw[i].format == 1 && !statement.told_types.empty() && statement.told_types[i] != expected[i])
      throw Error(sqlstate::kFeatureNotSupported, "cached plan must not change result type")
          .with_detail("Parameter $" + std::to_string(i + 1) + " was described as text, when nothing was known of it.");
    const bool told = i < statement.declared.size() && statement.declared[i] != 0;
    if (raw[i].bytes && !told && expected[i] == types::oid::kJsonb && raw[i].format == 0)
      values.push_back(types::decode_open(*raw[i].bytes, context));
    else
      values.push_back(raw[i].bytes ? types::decode(*raw[i].bytes, expected[i], raw[i].format, context) : Value());
  }
  values.insert(values.end(), statement.literals.begin(), statement.literals.end());
  return values;
}

std::unique_ptr<PortalBase> SessionImplementation::make_portal(std::shared_ptr<const Statement> statement,
                                                               std::vector<Value> parameters,
                                                               std::vector<int16_t> formats) {
  switch (statement->kind) {
    case StatementClass::kEmpty: return std::make_unique<EmptyPortal>(*this, std::move(statement), std::move(formats));
    case StatementClass::kPlanned:
      return std::make_unique<PlanPortal>(*this, std::move(statement), std::move(parameters), std::move(formats));
    case StatementClass::kSchema: return make_schema_portal(*this, std::move(statement), std::move(formats));
    case StatementClass::kCommand: return make_command_portal(*this, std::move(statement), std::move(formats));
    case StatementClass::kCopy: return make_copy_portal(*this, std::move(statement));
  }
  throw Error(sqlstate::kInternalError, "unknown statement class");
}

Portal& SessionImplementation::bind(std::string_view portal_name, std::string_view statement_name,
                                    std::span<const RawParameter> parameters, std::span<const int16_t> result_formats) {
  simple_portal_.reset();  // of a query that is over
  auto found = find_statement(statement_name);
  if (transaction.state() == TransactionState::kFailed && found->kind == StatementClass::kPlanned)
    throw Error(sqlstate::kInFailedTransaction,
                "current transaction is aborted, commands ignored until end of transaction block");
  if (result_formats.size() > 1 && result_formats.size() != found->columns().size())
    throw Error(sqlstate::kProtocolViolation, "bind message has " + std::to_string(result_formats.size()) +
                                                  " result formats but query has " +
                                                  std::to_string(found->columns().size()) + " columns");
  auto values = decode_parameters(*found, parameters);
  auto made = make_portal(std::move(found), std::move(values), {result_formats.begin(), result_formats.end()});
  made->allow_sharing();
  return keep_portal(portal_name, std::move(made));
}

PortalBase& SessionImplementation::keep_portal(std::string_view name, std::unique_ptr<PortalBase> made) {
  auto found = portals_.find(name);
  if (found == portals_.end()) found = portals_.emplace(std::string(name), nullptr).first;
  if (found->second && !name.empty())
    throw Error(sqlstate::kDuplicateCursor, "cursor \"" + std::string(name) + "\" already exists");
  found->second = std::move(made);
  found->second->savepoints = transaction.savepoints();
  return *found->second;
}

PortalBase* SessionImplementation::find_portal(std::string_view name) {
  auto found = portals_.find(name);
  if (found == portals_.end() || !found->second)
    throw Error(sqlstate::kInvalidCursorName, "portal \"" + std::string(name) + "\" does not exist");
  return found->second.get();
}

Portal& SessionImplementation::portal(std::string_view name) { return *find_portal(name); }

void SessionImplementation::close_portal(std::string_view name) {
  auto found = portals_.find(name);
  if (found != portals_.end() && !is_running(found->second)) portals_.erase(found);
}

void SessionImplementation::drop_all_portals() {
  std::erase_if(portals_, [](auto& entry) { return !entry.first.empty() && !is_running(entry.second); });
}

bool SessionImplementation::has_lazy_portals(const PortalBase& writer) const {
  return std::any_of(portals_.begin(), portals_.end(), [&writer](auto& entry) {
    return entry.second && entry.second.get() != &writer && entry.second->reads_lazily();
  });
}

void SessionImplementation::read_lazy_portals(const PortalBase& writer) {
  for (auto& [name, portal] : portals_) {
    if (!portal || portal.get() == &writer || !portal->reads_lazily()) continue;
    std::exception_ptr stopped;
    portal = HeldPortal::read_ahead(*this, *portal, stopped);
    if (stopped) std::rethrow_exception(stopped);
  }
}

void SessionImplementation::close_transaction_portals() {
  std::erase_if(portals_,
                [](auto& entry) { return entry.second && !entry.second->holdable() && !is_running(entry.second); });
}

void SessionImplementation::close_portals_above(uint32_t savepoints) {
  std::erase_if(portals_, [=](auto& entry) {
    return entry.second && entry.second->savepoints > savepoints && !entry.second->holdable() && !is_running(entry.second);
  });
}

void SessionImplementation::lower_portals_to(uint32_t savepoints) {
  for (auto& [name, portal] : portals_)
    if (portal) portal->savepoints = std::min(portal->savepoints, savepoints);
}

Portal& SessionImplementation::simple(std::string_view text) {
  simple_portal_.reset();
  armed_ = false;
  auto context = compile_context();
  if (auto planned = find_cached(context, text, fingerprint_)) {
    auto statement = std::make_shared<Statement>();
    statement->kind = StatementClass::kPlanned;
    statement->source = text;
    statement->planned = std::move(planned);
    if (statement->planned->parameters.empty()) {
      std::vector<Value> literals = fingerprint_.literals;
      simple_portal_ = make_portal(std::move(statement), std::move(literals), {});
      simple_portal_->allow_sharing();
      return *simple_portal_;
    }
  }
  arm();
  auto statement = compile(context, text, {});
  tell(*statement);
  if (!statement->parameter_types.empty())
    throw Error(sqlstate::kUndefinedParameter, "there is no parameter $" + first_parameter(*statement))
        .with_hint("A simple query has no parameters: PREPARE the statement, or write the values.");
  std::vector<Value> literals = statement->literals;
  statement = with_columns(*this, std::move(statement));
  simple_portal_ = make_portal(std::move(statement), std::move(literals), {});
  simple_portal_->allow_sharing();
  return *simple_portal_;
}

bool SessionImplementation::end_implicit(std::function<void(std::exception_ptr)> done) {
  if (transaction.explicit_block() || !transaction.active()) {
    if (!transaction.explicit_block()) {
      close_transaction_portals();
      if (transaction.notifications.pending()) return transaction.commit(std::move(done));
    }
    done(nullptr);
    return true;
  }
  again_ = only_statement();
  simple_portal_.reset();
  close_transaction_portals();
  return transaction.commit(std::move(done));
}

// Of a serializable transaction, which may be refused when it commits.
std::unique_ptr<PortalBase> SessionImplementation::only_statement() {
  if (transaction.statements != 1 || !transaction.current().reads()) return nullptr;
  if (simple_portal_) return std::move(simple_portal_);
  std::unique_ptr<PortalBase>* only = nullptr;
  for (auto& [name, portal] : portals_) {
    if (!portal || portal->holdable()) continue;
    if (only) return nullptr;
    only = &portal;
  }
  return only ? std::move(*only) : nullptr;
}

Portal* SessionImplementation::again() {
  simple_portal_ = std::move(again_);
  if (simple_portal_ && !simple_portal_->start_over()) simple_portal_.reset();
  return simple_portal_.get();
}

void SessionImplementation::failed() {
  armed_ = false;
  again_.reset();
  simple_portal_.reset();
  if (!transaction.explicit_block()) close_transaction_portals();
  transaction.fail();
}

std::vector<Notification> SessionImplementation::take_notifications() {
  auto& mailbox = transaction.notifications.mailbox();
  return mailbox.arrived() ? mailbox.take() : std::vector<Notification>();
}

void SessionImplementation::startup_setting(std::string_view name, std::string_view value) {
  settings.set_default(name, value);
}

types::EncodeContext SessionImplementation::encode_context() { return {settings.text_style(), &encode_functions_}; }

void SessionImplementation::fill(FunctionContext& functions) {
  reader_.emplace(database.graph(), transaction.current().snapshot());
  functions.reader = &*reader_;
  std::tie(functions.statement_seconds, functions.statement_nanos) = transaction.started();
  functions.session_zone = settings.text_style().zone;
  functions.database = database.name;
  functions.user = user;
  functions.settings = &settings;
  functions.backend_pid = backend_id;
  functions.notifications = &transaction.notifications;
  functions.sleep_ns = &sleep_ns;
  functions.indexes = database.indexes.get();
  functions.roles = shared.roles.get();
  functions.procedures = database.procedures.get();
  encode_functions_ = functions;
}

void SessionImplementation::begin_statement() {
  if (!armed_) arm();
  armed_ = false;
}

void SessionImplementation::arm() {
  armed_ = true;
  sleep_ns.store(0, std::memory_order_relaxed);
  interrupt.cancelled.store(false, std::memory_order_relaxed);
  int64_t timeout = settings.statement_timeout_ms();
  int64_t deadline = 0;
  if (timeout > 0)
    deadline = std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1) + timeout * 1'000'000;
  interrupt.deadline_ns.store(deadline, std::memory_order_relaxed);
}

void SessionImplementation::tell(const Statement& statement, uint32_t offset) {
  for (Error text : statement.notices) {
    if (text.position) *text.position += offset;
    notice("NOTICE", std::move(text));
  }
}

int64_t SessionImplementation::statement_time_left() const {
  int64_t deadline = interrupt.deadline_ns.load(std::memory_order_relaxed);
  if (deadline == 0) return 0;
  int64_t now = std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1);
  return std::max<int64_t>(1, (deadline - now) / 1'000'000 + 1);
}

void SessionImplementation::expire() {
  std::optional<Completion> event;
  {
    std::lock_guard lock(waiting_mutex_);
    event.swap(waiting_);
  }
  if (event) event->complete(nullptr);
}

void SessionImplementation::cancel() {
  interrupt.cancelled.store(true, std::memory_order_relaxed);
  expire();
}

void SessionImplementation::wait_interruptibly(Completion event) {
  {
    std::lock_guard lock(waiting_mutex_);
    waiting_ = std::move(event);
  }
  // A cancel that came before the lock found nobody waiting; its store is seen here.
  if (interrupt.cancelled.load(std::memory_order_relaxed)) expire();
}

void SessionImplementation::notice(std::string_view severity, Error text) {
  const std::string least = settings.get("client_min_messages").value_or("notice");
  if (least == "error" || (least == "warning" && severity == "NOTICE")) return;
  notices_.push_back({std::string(severity), std::move(text)});
}

std::vector<Session::Notice> SessionImplementation::take_notices() { return std::exchange(notices_, {}); }

}  // namespace elegraph::query
