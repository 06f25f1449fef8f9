// SPDX-License-Identifier: Apache-2.0
#include "query/engine.h"

#include <fmt/format.h>

#include <filesystem>
#include <future>
#include <thread>

#include "query/session.h"
#include "storage/cores.h"
#include "storage/file_system.h"

namespace elegraph::query {
namespace {

constexpr std::string_view kDefaultDatabase = "elegraph", kMaintenanceDatabase = "postgres";

std::unique_ptr<GraphDatabase> open_database(const EngineOptions& options, std::string_view name) {
  auto database = std::make_unique<GraphDatabase>();
  database->name = name;
  database->indexes = std::make_unique<index::IndexSet>();
  database->procedures = std::make_unique<ProcedureSet>();
  storage::Database::Options storage_options;
  if (!options.directory.empty()) storage_options.directory = options.directory / "graphs" / name;
  storage_options.warn = options.warn;
  database->store = storage::Database::open(
      storage_options, {&database->indexes->labels(), database->indexes.get(), database->procedures.get()});
  if (options.imagined_sizes)
    database->imagined = std::make_unique<plan::ImaginedStatistics>(database->graph().statistics(), options.imagined_sizes);
  return database;
}

// Makes it where it is not there. A directory with something else in it is somebody else's.
void open_directory(const std::filesystem::path& path) {
  std::error_code error;
  const bool ours = std::filesystem::exists(path / "graphs", error);
  for (auto& entry : std::filesystem::directory_iterator(path, error)) {
    if (ours || entry.path().filename() == "lost+found") continue;
    throw Error(sqlstate::kConfigFileError,
                fmt::format("directory \"{}\" is not a data directory of Elegraph", path.string()))
        .with_detail(fmt::format("It has no folder \"graphs\", but \"{}\".", entry.path().filename().string()))
        .with_hint("Name an empty directory or one that does not exist.");
  }
  storage::posix_file_system().make_directory(path / "graphs");
}

std::unique_ptr<exec::Arena> make_arena(const EngineOptions& options, uint32_t workers, uint32_t io_threads) {
  using exec::Arena;
  if (!options.split_all) return std::make_unique<Arena>(workers, io_threads);
  return std::make_unique<Arena>(workers, io_threads, std::chrono::microseconds(0), Arena::Split::kAll);
}

class EngineRoot final : public Engine {
 public:
  explicit EngineRoot(const EngineOptions& options) {
    shared_.options = options;
    if (options.split_all) shared_.options.inline_budget = -1;
    const uint32_t cores = storage::available_cores();
    io_threads_ = options.io_threads ? options.io_threads : cores;
    if (!options.directory.empty()) open_directory(options.directory);
    // TBB looks for some forty libraries when it is first used: that goes on beside the opening of the database.
    const uint32_t workers = options.workers ? options.workers : cores;
    auto arena = std::async([&] { return make_arena(options, workers, io_threads_); });
    shared_.roles = std::make_unique<Roles>(options.directory.empty() ? "" : options.directory / "roles.toml");
    shared_.database = open_database(options, kDefaultDatabase);
    shared_.arena = arena.get();
  }

  exec::Arena& arena() override { return *shared_.arena; }
  uint32_t io_threads() const override { return io_threads_; }

  std::unique_ptr<Session> connect(std::string_view database, std::string_view user) override {
    // A bare `psql -h localhost` asks for a database named like the user; `psql -l` and tools that look around first for
    // PostgreSQL's own.
    if (database != kDefaultDatabase && database != user && database != kMaintenanceDatabase && !database.empty())
      throw Error(sqlstate::kInvalidDatabase, "database \"" + std::string(database) + "\" does not exist");
    return std::make_unique<SessionImplementation>(shared_, *shared_.database, user);
  }

  RoleSecret role(std::string_view user) override {
    auto role = shared_.roles->find(user);
    return {role.has_value() && role->login, role ? role->verifier : ""};
  }
  bool any_roles() const override { return shared_.roles->any_login(); }
  bool add_first_role(std::string_view user, std::string_view password) override {
    if (any_roles()) return false;
    shared_.roles->create(user, {Roles::make_verifier(password)}, false);
    return true;
  }
  bool failed() const override { return shared_.database->store->failed(); }
  uint64_t shared_statements() const override { return shared_.shared_statements.load(std::memory_order_relaxed); }

 private:
  EngineShared shared_;
  uint32_t io_threads_ = 1;
};

}  // namespace

std::unique_ptr<Engine> Engine::open(const EngineOptions& options) { return std::make_unique<EngineRoot>(options); }

}  // namespace elegraph::query
