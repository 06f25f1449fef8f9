// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "storage/error.h"
#include "storage/graph.h"

namespace elegraph::storage {

class FileSystem;

// A graph with its directory: lock, log, checkpoints, vacuum and recovery.
class Database {
 public:
  struct Options {
    std::filesystem::path directory;  // empty: in memory only
    // Of log, at most: a checkpoint comes when the log is as long as the last one, but not below 64 MiB, so that replaying
    // it takes no longer than loading the checkpoint.
    uint64_t checkpoint_after_bytes = 512ull << 20;
    uint32_t recovery_threads = 0;  // and for the checkpoint of a clean stop; 0: one per core
    bool start_threads = true;      // vacuum and checkpoint threads
    uint64_t log_segment_bytes = 16 << 20;
    FileSystem* files = nullptr;  // null: the system's
    // What nobody waits for and somebody should read: a checkpoint that failed and will be tried again. Any thread.
    std::function<void(const Error&)> warn;
  };
  // Locks the directory, recovers, and starts the background threads. Observers must be given before: they see
  // recovery. Errors: 55006 the directory is in use; XX001 corrupted; F0000 another format version; 58030, 53100 I/O.
  static std::unique_ptr<Database> open(const Options& options, std::vector<ChangeObserver*> observers);
  ~Database();  // clean stop: checkpoints if there is anything new, then closes

  Graph& graph();
  void checkpoint();  // blocking; beside running load; nothing where nothing is new
  // Set once the log failed: no commit can succeed any more and the server should stop.
  bool failed() const;

 private:
  Database();
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

// `elegraph check DIR`: verifies a stopped directory. Returns findings, empty if all is well; throws Error where the
// directory cannot be read at all.
std::vector<std::string> check_directory(const std::filesystem::path& directory, std::vector<ChangeObserver*> observers);
std::vector<std::string> check_directory(FileSystem& files, const std::filesystem::path& directory,
                                         std::vector<ChangeObserver*> observers);

}  // namespace elegraph::storage
