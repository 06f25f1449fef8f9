// SPDX-License-Identifier: Apache-2.0
#include "storage/database.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>

#include "storage/background.h"
#include "storage/checkpoint.h"
#include "storage/cores.h"
#include "storage/data_directory.h"
#include "storage/recovery.h"
#include "storage/thread_memory.h"
#include "storage/wal.h"

namespace elegraph::storage {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kCheckpointPoll{250};
constexpr milliseconds kCheckpointRetry{10'000};
constexpr uint64_t kLeastLog = 64 << 20;  // bytes
constexpr milliseconds kVacuumShortest{2}, kVacuumLongest{250};
constexpr milliseconds kRestful{64};  // a pause of the vacuum that may show that the process rests

}  // namespace

// In the order in which they may be used; destroyed the other way round.
struct Database::Parts {
  Options options;
  std::vector<ChangeObserver*> observers;
  std::unique_ptr<DataDirectory> directory;
  Graph graph;
  std::unique_ptr<Wal> log;

  std::mutex checkpoint_mutex;  // over `last` and next_sequence
  Manifest last;
  uint64_t next_sequence = 1;
  std::atomic<uint64_t> replayed{0};     // bytes of log that the last checkpoint did not have at the start,
  std::atomic<uint64_t> logged_mark{0};  // and appended() at the last checkpoint since
  std::atomic<uint64_t> checkpoint_bytes{0};

  milliseconds vacuum_pause = kVacuumShortest;
  RestWatch rest;  // the vacuum's
  std::unique_ptr<Background> vacuum, checkpoints;

  void attach();
  void open_directory();
  void start_threads();
  void checkpoint(uint32_t threads = 1);
  bool try_checkpoint(uint32_t threads = 1);
  uint32_t threads() const;
  void measure_last();
  void tidy();
  milliseconds checkpoint_step();
  milliseconds vacuum_step();
  void stop();
};

void Database::Parts::attach() {
  for (auto* observer : observers) {
    graph.observe(observer);
    observer->attached(graph);
  }
}

void Database::Parts::open_directory() {
  auto& files = options.files ? *options.files : posix_file_system();
  directory = std::make_unique<DataDirectory>(files, options.directory, DataDirectory::Mode::kOpenOrCreate);
  auto synced = begin_log_sync(files, directory->wal());
  Recovered recovered = recover(*directory, graph, observers, threads());
  synced.get();
  recovered.log.synced = true;
  last = std::move(recovered.manifest);
  measure_last();
  next_sequence = last.sequence + 1;
  replayed.store(recovered.replayed_bytes, std::memory_order_relaxed);
  log = std::make_unique<Wal>(files, Wal::Options{directory->wal(), options.log_segment_bytes, milliseconds(200)},
                              recovered.log);
  if (!recovered.has_manifest) directory->publish(directory->manifest(), encode_manifest(last));
  tidy();
  graph.attach_log(log.get());
}

uint32_t Database::Parts::threads() const {
  return options.recovery_threads ? options.recovery_threads : available_cores();
}

void Database::Parts::measure_last() {
  uint64_t bytes = 0;
  for (const auto& section : last.sections) bytes += section.bytes;
  checkpoint_bytes.store(bytes, std::memory_order_relaxed);
}

// What an earlier process may have left, and what a new manifest makes useless.
void Database::Parts::tidy() {
  log->remove_until(last.timestamp);
  remove_unused_sections(*directory, last);
}

void Database::Parts::start_threads() {
  if (!options.start_threads) return;
  vacuum = std::make_unique<Background>("vacuum", [this] { return vacuum_step(); });
  if (log) checkpoints = std::make_unique<Background>("checkpoint", [this] { return checkpoint_step(); });
}

void Database::Parts::checkpoint(uint32_t threads) {
  if (!log) return;
  std::lock_guard lock(checkpoint_mutex);
  if (graph.last_committed() == last.timestamp) return;
  const uint64_t logged = log->appended();
  last = write_checkpoint(*directory, graph, observers, *log, last, next_sequence++, threads);
  measure_last();
  replayed.store(0, std::memory_order_relaxed);
  logged_mark.store(logged, std::memory_order_relaxed);
  tidy();
}

milliseconds Database::Parts::checkpoint_step() {
  const uint64_t logged = log->appended() - logged_mark.load(std::memory_order_relaxed);
  const uint64_t enough =
      std::min(options.checkpoint_after_bytes, std::max(kLeastLog, checkpoint_bytes.load(std::memory_order_relaxed)));
  if (log->failed() || logged + replayed.load(std::memory_order_relaxed) < enough) {
    return kCheckpointPoll;
  }
  return try_checkpoint() ? kCheckpointPoll : kCheckpointRetry;
}

bool Database::Parts::try_checkpoint(uint32_t threads) {
  try {
    checkpoint(threads);
    return true;
  } catch (const Error& error) {
    if (options.warn) options.warn(error);
  } catch (const std::exception& error) {
    if (options.warn) options.warn(Error(sqlstate::kInternalError, error.what()));
  }
  return false;
}

milliseconds Database::Parts::vacuum_step() {
  const bool worked = graph.vacuum();
  if (!worked && vacuum_pause >= kRestful) rest.look();
  vacuum_pause = worked ? kVacuumShortest : std::min(vacuum_pause * 2, kVacuumLongest);
  return vacuum_pause;
}

void Database::Parts::stop() {
  vacuum = nullptr;
  checkpoints = nullptr;
  if (log && !log->failed()) try_checkpoint(threads());  // if it cannot be written, the log has it all
}

Database::Database() : parts_(std::make_unique<Parts>()) {}

Database::~Database() { parts_->stop(); }

std::unique_ptr<Database> Database::open(const Options& options, std::vector<ChangeObserver*> observers) {
  std::unique_ptr<Database> database(new Database);
  auto& parts = *database->parts_;
  parts.options = options;
  parts.observers = std::move(observers);
  parts.attach();
  if (options.directory.empty()) {
    for (auto* observer : parts.observers) observer->recovered();
  } else {
    parts.open_directory();
  }
  parts.start_threads();
  return database;
}

Graph& Database::graph() { return parts_->graph; }
void Database::checkpoint() { parts_->checkpoint(); }
bool Database::failed() const { return parts_->log && parts_->log->failed(); }

}  // namespace elegraph::storage
