// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/error.h"

namespace elegraph::storage {

// One open file. Thread-safety: members may be called from several threads at once as long as ranges do not overlap.
// Errors: 53100 where the disk, the quota or the file-size limit is full, else 58030, with the path and what the system
// said.
class File {
 public:
  virtual ~File() = default;
  virtual uint64_t size() const = 0;
  // All bytes or an error, also where the file is too short.
  virtual void read_at(uint64_t offset, std::span<char> to) = 0;
  // All of it will be read soon: the system may begin to.
  virtual void will_read() {}
  // All bytes or an error; with an error any part of the range may have been written.
  virtual void write_at(uint64_t offset, std::span<const std::string_view> parts) = 0;
  void write_at(uint64_t offset, std::string_view bytes) { write_at(offset, std::span(&bytes, 1)); }
  // Whole blocks that are synced right afterwards: offset, size and address are multiples of kBlock, and all lies within
  // the file. Goes past the system's cache where that can be done: then all errors are
  // told here, and none of this write by a later sync(). True: it did.
  static constexpr size_t kBlock = 4096;
  virtual bool write_blocks(uint64_t offset, std::string_view blocks) {
    write_at(offset, blocks);
    return false;
  }
  // Grows the file to `bytes` with blocks assigned; with `zero` they are written too, so that later writes within
  // them change no metadata and a sync costs one device write.
  virtual void preallocate(uint64_t bytes, bool zero) = 0;
  // Data and size survive a power loss afterwards (fdatasync). After an error nobody knows which writes since the
  // last sync are there: the kernel may have dropped them. Do not try again.
  virtual void sync() = 0;
};

// Holds a directory until it is destroyed or the process ends, however it ends.
class DirectoryLock {
 public:
  virtual ~DirectoryLock() = default;
};

// Everything that the log and the checkpoints ask of the system, and nothing else: tests put a simulated disk here that
// tears writes, fails and loses power (tests/unit/storage/simulated_disk.h). Thread-safe.
//
// Names become durable with publish() and sync_directory() only; a file that was created but not published may be
// gone, or be there without its contents, after a power loss.
class FileSystem {
 public:
  using Path = std::filesystem::path;
  virtual ~FileSystem() = default;

  virtual std::unique_ptr<File> create(const Path& path) = 0;  // empty; replaces what was there
  virtual std::unique_ptr<File> open(const Path& path) = 0;
  std::string read(const Path& path);  // all of it
  virtual bool exists(const Path& path) = 0;
  virtual std::vector<std::string> list(const Path& directory) = 0;  // names, sorted
  virtual void make_directory(const Path& directory) = 0;            // with its parents; none if it is there
  // Renames within one directory, replacing `to`, and makes that durable. The file itself was synced before.
  virtual void publish(const Path& from, const Path& to) = 0;
  virtual void remove(const Path& path) = 0;  // durable at the next publish() or sync_directory()
  virtual void sync_directory(const Path& directory) = 0;
  // 55006 where another process, or another Database of this one, has it; the message names the process.
  virtual std::unique_ptr<DirectoryLock> lock(const Path& directory) = 0;
};

FileSystem& posix_file_system();

// `what`: "write to file", "open directory", ...; `code` is an errno.
Error file_error(std::string_view what, const std::filesystem::path& path, int code);

Error short_read(const std::filesystem::path& path);  // XX001

}  // namespace elegraph::storage
