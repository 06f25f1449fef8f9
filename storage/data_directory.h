// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "storage/file_system.h"

namespace elegraph::storage {

// What lies in a graph's directory:
//
//   FORMAT       one line, "elegraph storage format 1"; written first of all
//   LOCK         held while a process has the graph open; the process id
//   MANIFEST     the last checkpoint (checkpoint_format.h); replaced by rename
//   checkpoint/  <sequence, 16 hex digits>.data: the sections that MANIFEST names
//   wal/         the log (wal_format.h)
//
// Opening one takes the lock and, where the directory is new, makes the rest but MANIFEST, which says that the making is
// finished. Errors: 55006 in use; F0000 another format, or something else is in there; 53100, 58030.
class DataDirectory {
 public:
  enum class Mode : uint8_t { kOpenOrCreate, kOpen };
  DataDirectory(FileSystem& files, std::filesystem::path path, Mode mode);

  FileSystem& files() const { return files_; }
  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path manifest() const { return path_ / "MANIFEST"; }
  std::filesystem::path wal() const { return path_ / "wal"; }
  std::filesystem::path checkpoints() const { return path_ / "checkpoint"; }

  // Writes, syncs and renames into place.
  void publish(const std::filesystem::path& to, std::string_view contents);
  // One finding for each file that is none of the above.
  void find_strangers(std::vector<std::string>& findings) const;

 private:
  void check_format();
  Error not_a_directory(std::string detail) const;

  FileSystem& files_;
  const std::filesystem::path path_;
  std::unique_ptr<DirectoryLock> lock_;
};

}  // namespace elegraph::storage
