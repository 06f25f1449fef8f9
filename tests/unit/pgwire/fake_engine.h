// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "query/engine.h"

// An engine of canned statements, so that the front end can be tested alone:
//
//   one              one int8 row "1"
//   rows N           N rows (int8)
//   yield N          as rows N, but only an arena task gets them
//   wait             waits for another thread, then one row
//   turn, join       one row, after a turn of the event loop or another statement's end
//   sleep            runs in a task until it is cancelled (57014)
//   echo             its first parameter as text
//   fail             42601 at its second word
//   throw            an exception that is no Error
//   notice           a NOTICE, no rows
//   begin, commit    the transaction's state
//   set A B          a reported setting changes
//   copyin, copyout  COPY (also as COPY .. STDIN, STDOUT); copyin's tag counts lines, a line "bad" fails
//
// Words are separated by single blanks, statements by semicolons. Thread-safety as the real one's.
namespace elegraph::pgwire::fake {

using query::types::Oid;

class FakePrepared : public query::Prepared {
 public:
  FakePrepared(std::string text, std::vector<Oid> types) : text_(std::move(text)), types_(std::move(types)) {
    std::string word;
    for (char c : text_ + " ") {
      if (c != ' ' && c != ';')
        word += c;
      else if (!word.empty())
        words.push_back(std::exchange(word, ""));
    }
    if (words.empty()) return;
    std::string& verb = words[0];
    if (verb == "COPY") verb = words.back() == "STDIN" ? "copyin" : "copyout";
    if (verb == "one" || verb == "rows" || verb == "yield" || verb == "wait" || verb == "sleep" || verb == "turn" ||
        verb == "join")
      columns_.push_back({"n", query::types::oid::kInt8, 8, {Type::kInt, Type::kAny}});
    if (verb == "echo") {
      columns_.push_back({"echo", query::types::oid::kText, -1, {Type::kString, Type::kAny}});
      if (types_.empty()) types_ = {query::types::oid::kText};
    }
  }
  const std::vector<Oid>& parameters() const override { return types_; }
  const std::vector<query::ResultColumn>& columns() const override { return columns_; }
  bool empty() const override { return words.empty(); }
  std::string_view text() const override { return text_; }

  std::vector<std::string> words;

 private:
  std::string text_;
  std::vector<Oid> types_;
  std::vector<query::ResultColumn> columns_;
};

// Counts lines. Every second message asks for a pause and is resumed by another thread.
class FakeCopyIn : public query::CopyIn {
 public:
  ~FakeCopyIn() override { join(); }
  bool binary() const override { return false; }
  uint16_t columns() const override { return 2; }
  bool feed(std::string_view bytes, std::function<void()> resume) override {
    if (bytes == "bad\n") throw Error(sqlstate::kBadCopyFileFormat, "bad line");
    lines += uint64_t(std::count(bytes.begin(), bytes.end(), '\n'));
    if (++messages_ % 2) return true;
    join();
    thread_ = std::thread([resume = std::move(resume)] { resume(); });
    return false;
  }
  void finish(std::function<void()> done) override { done(); }
  void fail(std::string_view reason) override { failure = reason; }

  uint64_t lines = 0;
  std::string failure;

 private:
  void join() {
    if (thread_.joinable()) thread_.join();
  }
  uint64_t messages_ = 0;
  std::thread thread_;
};

class FakePortal : public query::Portal {
 public:
  FakePortal(std::atomic<bool>& cancelled, std::shared_ptr<FakePrepared> prepared, std::vector<int16_t> formats)
      : cancelled_(cancelled), prepared_(std::move(prepared)), formats_(std::move(formats)) {}
  ~FakePortal() override {
    if (thread_.joinable()) thread_.join();
  }
  const query::Prepared& prepared() const override { return *prepared_; }
  const std::vector<query::ResultColumn>& columns() const override { return prepared_->columns(); }
  std::span<const int16_t> formats() const override { return formats_; }
  const std::string& tag() const override { return tag_; }
  query::CopyIn* copy_in() override { return &copy_; }
  bool copy_out() const override { return verb() == "copyout"; }
  bool copy_binary() const override { return false; }
  void resume_when(std::function<void()> ready) override {
    thread_ = std::thread([ready = std::move(ready)] { ready(); });
  }

  query::Progress run(query::RowSink& sink, uint64_t max_rows, bool in_task) override {
    const std::string v = verb();
    if (v == "fail") throw Error(sqlstate::kSyntaxError, "it fails").with_hint("Do not.").at(5);
    if (v == "throw") throw std::runtime_error("surprise");
    if (v == "sleep" && !in_task) return query::Progress::kYield;
    if (v == "sleep") sleep();
    if (v == "copyin") return copy();
    if (v == "copyout") sink.copy_data("1\ta\n"), sink.copy_data("2\tb\n");
    if (v == "echo") return echo(sink);
    if (v == "yield" && !in_task) return query::Progress::kYield;
    if (v == "wait" && !std::exchange(waited_, true)) return query::Progress::kWait;
    if (v == "turn" && !std::exchange(waited_, true)) return query::Progress::kTurn;
    if (v == "join" && !std::exchange(waited_, true)) return query::Progress::kJoined;
    if (v == "rows" || v == "yield") return emit(sink, max_rows, std::stoull(prepared_->words[1]));
    if (v == "one" || v == "wait" || v == "turn" || v == "join") return emit(sink, max_rows, 1);
    tag_ = v;
    std::transform(tag_.begin(), tag_.end(), tag_.begin(), ::toupper);
    return query::Progress::kDone;
  }

  std::vector<std::string> arguments;

 private:
  std::string verb() const { return prepared_->words.empty() ? "" : prepared_->words[0]; }

  void sleep() {
    while (!cancelled_) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    cancelled_ = false;
    throw Error(sqlstate::kQueryCanceled, "canceling statement due to user request");
  }
  query::Progress copy() {
    if (!std::exchange(copying_, true)) return query::Progress::kCopyIn;
    if (!copy_.failure.empty()) throw Error(sqlstate::kQueryCanceled, "COPY from stdin failed: " + copy_.failure);
    tag_ = "COPY " + std::to_string(copy_.lines);
    return query::Progress::kDone;
  }
  query::Progress echo(query::RowSink& sink) {
    Vector column;
    column.reset(Type::kString);
    column.set(0, arguments.empty() ? Value() : Value::string(arguments[0]));
    send(sink, column, 1);
    tag_ = "SELECT 1";
    return query::Progress::kDone;
  }
  query::Progress emit(query::RowSink& sink, uint64_t max_rows, uint64_t total) {
    uint64_t in_this_call = 0;
    while (sent_ < total) {
      if (max_rows && in_this_call == max_rows) return query::Progress::kRowLimit;
      if (sink.full()) return query::Progress::kSinkFull;
      uint64_t n = std::min<uint64_t>(total - sent_, max_rows ? max_rows - in_this_call : 512);
      n = std::min<uint64_t>(n, 512);
      Vector column;
      column.reset(Type::kInt);
      for (uint64_t i = 0; i < n; i++) column.mutable_data<int64_t>()[i] = int64_t(sent_ + i + 1);
      send(sink, column, uint32_t(n));
      sent_ += n, in_this_call += n;
    }
    tag_ = "SELECT " + std::to_string(total);
    return query::Progress::kDone;
  }
  static void send(query::RowSink& sink, const Vector& column, uint32_t rows) {
    query::exec::Batch batch;
    batch.columns = {&column};
    batch.count = rows;
    query::plan::Slot slot = 0;
    sink.rows(batch, {&slot, 1}, 0, rows);
  }

  std::atomic<bool>& cancelled_;
  std::shared_ptr<FakePrepared> prepared_;
  std::vector<int16_t> formats_;
  FakeCopyIn copy_;
  uint64_t sent_ = 0;
  bool waited_ = false, copying_ = false;
  std::string tag_;
  std::thread thread_;
};

class FakeSession : public query::Session {
 public:
  std::span<const std::byte> memory() const override { return {}; }
  void prefetch() const override {}
  ~FakeSession() override { join(); }

  std::vector<Piece> split(std::string_view text) override {
    std::vector<Piece> pieces;
    for (size_t at = 0; at < text.size();) {
      size_t end = std::min(text.find(';', at), text.size());
      if (end > at) pieces.push_back({uint32_t(at), text.substr(at, end - at)});
      at = end + 1;
    }
    return pieces;
  }
  const query::Prepared& parse(std::string_view name, std::string_view text, std::span<const Oid> types) override {
    require_open();
    if (text.starts_with("syntax")) throw Error(sqlstate::kSyntaxError, "syntax error").at(uint32_t(text.size() - 1));
    auto& slot = statements_[std::string(name)];
    slot = std::make_shared<FakePrepared>(std::string(text), std::vector<Oid>(types.begin(), types.end()));
    return *slot;
  }
  query::Portal& bind(std::string_view portal, std::string_view statement, std::span<const query::RawParameter> parameters,
                      std::span<const int16_t> formats) override {
    auto& slot = portals_[std::string(portal)];
    slot = std::make_unique<FakePortal>(cancelled, found(statement), std::vector<int16_t>(formats.begin(), formats.end()));
    for (auto& p : parameters) slot->arguments.emplace_back(p.bytes.value_or("null"));
    return *slot;
  }
  const query::Prepared& statement(std::string_view name) override { return *found(name); }
  query::Portal& portal(std::string_view name) override {
    auto it = portals_.find(name);
    if (it == portals_.end()) throw Error(sqlstate::kInvalidCursorName, "portal does not exist");
    note(*it->second);
    return *it->second;
  }
  void close_statement(std::string_view name) override { statements_.erase(std::string(name)); }
  void close_portal(std::string_view name) override { portals_.erase(std::string(name)); }
  query::Portal& simple(std::string_view text) override {
    require_open(text);
    simple_ = std::make_unique<FakePortal>(cancelled, std::make_shared<FakePrepared>(std::string(text), std::vector<Oid>{}),
                                           std::vector<int16_t>{});
    note(*simple_);
    return *simple_;
  }

  bool end_implicit(std::function<void(std::exception_ptr)> done) override {
    if (state_ == query::TransactionState::kIdle) portals_.clear();
    if (!slow_commit) return done(nullptr), true;
    join();
    thread_ = std::thread([done = std::move(done)] { done(nullptr); });
    return false;
  }
  void failed() override {
    if (state_ == query::TransactionState::kOpen) state_ = query::TransactionState::kFailed;
  }
  query::TransactionState state() const override { return state_; }
  std::vector<std::pair<std::string, std::string>> reported() override {
    return {{"server_version", "15.0"}, {"client_encoding", "UTF8"}};
  }
  std::vector<std::pair<std::string, std::string>> take_changed() override { return std::exchange(changed, {}); }
  void startup_setting(std::string_view name, std::string_view value) override {
    if (name == "wrong") throw Error(sqlstate::kUndefinedObject, "unrecognized configuration parameter \"wrong\"");
    settings[std::string(name)] = value;
  }
  query::types::EncodeContext encode_context() override { return {{}, &functions_}; }
  std::vector<Notice> take_notices() override { return std::exchange(notices, {}); }
  void begin_statement() override {}
  int64_t statement_time_left() const override { return 0; }
  void expire() override {}
  void cancel() override { cancelled = true; }
  int64_t idle_in_transaction_timeout() const override { return idle_timeout; }

  std::atomic<bool> cancelled{false};
  bool slow_commit = false;  // commits are acknowledged by another thread
  int64_t idle_timeout = 0;
  std::map<std::string, std::string> settings;
  std::vector<std::pair<std::string, std::string>> changed;
  std::vector<Notice> notices;

 private:
  void join() {
    if (thread_.joinable()) thread_.join();
  }
  void require_open(std::string_view text = {}) {
    if (state_ == query::TransactionState::kFailed && text != "commit")
      throw Error(sqlstate::kInFailedTransaction, "current transaction is aborted");
  }
  std::shared_ptr<FakePrepared> found(std::string_view name) {
    auto it = statements_.find(name);
    if (it == statements_.end()) throw Error(sqlstate::kInvalidStatementName, "prepared statement does not exist");
    return it->second;
  }
  // The statements that act on the session.
  void note(const FakePortal& portal) {
    auto& words = static_cast<const FakePrepared&>(portal.prepared()).words;
    if (words.empty()) return;
    if (words[0] == "begin") state_ = query::TransactionState::kOpen;
    if (words[0] == "commit") state_ = query::TransactionState::kIdle;
    if (words[0] == "notice") notices.push_back({"NOTICE", Error("00000", "be warned")});
    if (words[0] == "set") changed.emplace_back(words.at(1), words.at(2));
  }

  query::TransactionState state_ = query::TransactionState::kIdle;
  std::map<std::string, std::shared_ptr<FakePrepared>, std::less<>> statements_;
  std::map<std::string, std::unique_ptr<FakePortal>, std::less<>> portals_;
  std::unique_ptr<FakePortal> simple_;
  query::FunctionContext functions_;
  std::thread thread_;
};

class FakeEngine : public query::Engine {
 public:
  FakeEngine() : arena_(2, 2) {}
  query::exec::Arena& arena() override { return arena_; }
  uint32_t io_threads() const override { return 2; }
  std::unique_ptr<query::Session> connect(std::string_view database, std::string_view) override {
    if (database != "elegraph") throw Error(sqlstate::kInvalidDatabase, "database does not exist");
    auto session = std::make_unique<FakeSession>();
    session->slow_commit = slow_commit;
    session->idle_timeout = idle_timeout;
    return session;
  }
  RoleSecret role(std::string_view user) override {
    auto it = roles.find(user);
    return it == roles.end() ? RoleSecret{} : RoleSecret{true, it->second};
  }
  bool any_roles() const override { return !roles.empty(); }
  bool add_first_role(std::string_view, std::string_view) override { return false; }
  bool failed() const override { return false; }

  // Set before the server starts.
  std::map<std::string, std::string, std::less<>> roles;  // name -> verifier
  bool slow_commit = false;
  int64_t idle_timeout = 0;

 private:
  query::exec::Arena arena_;
};

}  // namespace elegraph::pgwire::fake
