// SPDX-License-Identifier: Apache-2.0
#include "storage/file_system.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <optional>
#include <system_error>

namespace elegraph::storage {

Error file_error(std::string_view what, const std::filesystem::path& path, int code) {
  const bool full = code == ENOSPC || code == EDQUOT || code == EFBIG;
  Error error(full ? sqlstate::kDiskFull : sqlstate::kIoError,
              fmt::format("could not {} \"{}\": {}", what, path.string(), std::generic_category().message(code)));
  if (full) error.hint = "Free disk space and try again.";
  return error;
}

Error short_read(const std::filesystem::path& path) {
  return Error(sqlstate::kDataCorrupted, fmt::format("file \"{}\" is shorter than it should be", path.string()));
}

std::string FileSystem::read(const Path& path) {
  const auto file = open(path);
  std::string bytes(file->size(), '\0');
  file->read_at(0, bytes);
  return bytes;
}

namespace {

using Path = FileSystem::Path;

class Descriptor {
 public:
  Descriptor(const Path& path, int flags, std::string_view what) : fd_(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {
    if (fd_ < 0) throw file_error(what, path, errno);
  }
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

class PosixFile final : public File {
 public:
  PosixFile(Path path, int flags, std::string_view what) : path_(std::move(path)), descriptor_(path_, flags, what) {}

  uint64_t size() const override {
    struct stat s;
    if (::fstat(descriptor_.get(), &s) != 0) throw file_error("stat file", path_, errno);
    return uint64_t(s.st_size);
  }

  void read_at(uint64_t offset, std::span<char> to) override {
    while (!to.empty()) {
      const ssize_t n = ::pread(descriptor_.get(), to.data(), to.size(), off_t(offset));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) throw file_error("read file", path_, errno);
      if (n == 0) throw short_read(path_);
      offset += uint64_t(n), to = to.subspan(size_t(n));
    }
  }

  void will_read() override { ::posix_fadvise(descriptor_.get(), 0, 0, POSIX_FADV_WILLNEED); }

  void write_at(uint64_t offset, std::span<const std::string_view> parts) override {
    std::array<iovec, 512> vector;
    size_t part = 0, skip = 0;  // what is written: parts before `part`, and `skip` bytes of that one
    while (part < parts.size()) {
      size_t n = 0;
      for (size_t i = part; i < parts.size() && n < vector.size(); ++i, ++n) {
        const size_t from = i == part ? skip : 0;
        vector[n] = {const_cast<char*>(parts[i].data()) + from, parts[i].size() - from};
      }
      ssize_t written = ::pwritev(descriptor_.get(), vector.data(), int(n), off_t(offset));
      if (written < 0) {
        if (errno == EINTR) continue;
        throw file_error("write to file", path_, errno);
      }
      offset += uint64_t(written);
      for (size_t left = size_t(written);;) {
        const size_t rest = part < parts.size() ? parts[part].size() - skip : 0;
        if (part == parts.size() || left < rest) {
          skip += left;
          break;
        }
        left -= rest, ++part, skip = 0;
      }
    }
  }

  bool write_blocks(uint64_t offset, std::string_view blocks) override {
    std::call_once(tried_direct_, [this] { direct_.emplace(reopen_direct()); });
    while (direct_->get() >= 0 && !blocks.empty()) {
      const ssize_t n = ::pwrite(direct_->get(), blocks.data(), blocks.size(), off_t(offset));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0 && errno != EINVAL) throw file_error("write to file", path_, errno);
      if (n <= 0 || n % kBlock != 0) break;
      offset += uint64_t(n), blocks.remove_prefix(size_t(n));
    }
    if (blocks.empty()) return true;
    File::write_at(offset, blocks);
    return false;
  }

  void preallocate(uint64_t bytes, bool zero) override {
    int code;
    do code = ::posix_fallocate(descriptor_.get(), 0, off_t(bytes));
    while (code == EINTR);
    if (code != 0) throw file_error("preallocate file", path_, code);
    if (!zero) return;
    static const std::string zeros(256 << 10, '\0');
    for (uint64_t at = 0; at < bytes; at += zeros.size()) {
      File::write_at(at, std::string_view(zeros).substr(0, std::min<uint64_t>(zeros.size(), bytes - at)));
    }
  }

  void sync() override {
    if (::fdatasync(descriptor_.get()) != 0) throw file_error("sync file", path_, errno);
  }

 private:
  // The path may be another file's by now. Negative where the file system has no such thing (tmpfs).
  int reopen_direct() const {
    return ::open(fmt::format("/proc/self/fd/{}", descriptor_.get()).c_str(), O_WRONLY | O_DIRECT | O_CLOEXEC);
  }

  Path path_;
  Descriptor descriptor_;
  std::once_flag tried_direct_;
  std::optional<Descriptor> direct_;
};

// flock goes with the open file, so a second Database in one process is refused too, and the kernel lets go of it
// when the process dies.
class PosixLock final : public DirectoryLock {
 public:
  explicit PosixLock(const Path& directory)
      : path_(directory / "LOCK"), descriptor_(path_, O_RDWR | O_CREAT, "open lock file") {
    if (::flock(descriptor_.get(), LOCK_EX | LOCK_NB) != 0) {
      if (errno == EWOULDBLOCK) throw in_use(directory);
      throw file_error("lock file", path_, errno);
    }
    // Of one length and in place: a full disk must not keep a server from starting.
    std::string pid = std::to_string(::getpid()) + "\n";
    pid.resize(16, ' ');
    if (::pwrite(descriptor_.get(), pid.data(), pid.size(), 0) != ssize_t(pid.size())) {
      throw file_error("write to file", path_, errno);
    }
  }

 private:
  Error in_use(const Path& directory) const {
    char text[32] = {};
    const ssize_t n = ::pread(descriptor_.get(), text, sizeof text - 1, 0);
    const std::string_view pid(text, n > 0 ? std::string_view(text).find('\n') : 0);
    return Error(sqlstate::kObjectInUse,
                 pid.empty() ? fmt::format("data directory \"{}\" is in use by another process", directory.string())
                             : fmt::format("data directory \"{}\" is in use by process {}", directory.string(), pid))
        .with_hint("Stop that server first, or use another data directory.");
  }

  Path path_;
  Descriptor descriptor_;
};

class PosixFileSystem final : public FileSystem {
 public:
  std::unique_ptr<File> create(const Path& path) override {
    return std::make_unique<PosixFile>(path, O_RDWR | O_CREAT | O_TRUNC, "create file");
  }
  std::unique_ptr<File> open(const Path& path) override { return std::make_unique<PosixFile>(path, O_RDWR, "open file"); }
  bool exists(const Path& path) override { return ::access(path.c_str(), F_OK) == 0; }

  std::vector<std::string> list(const Path& directory) override {
    std::error_code code;
    std::vector<std::string> names;
    std::filesystem::directory_iterator entries(directory, code);
    for (; !code && entries != std::filesystem::directory_iterator(); entries.increment(code)) {
      names.push_back(entries->path().filename().string());
    }
    if (code) throw file_error("read directory", directory, code.value());
    std::sort(names.begin(), names.end());
    return names;
  }

  void make_directory(const Path& directory) override {
    std::error_code unknown;  // then making it tells
    if (directory.empty() || std::filesystem::is_directory(directory, unknown)) return;
    const Path parent = directory.parent_path();
    make_directory(parent);
    if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) {
      throw file_error("create directory", directory, errno);
    }
    sync_directory(parent.empty() ? Path(".") : parent);
  }

  void publish(const Path& from, const Path& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0) throw file_error("rename file", from, errno);
    sync_directory(to.parent_path());
  }
  void remove(const Path& path) override {
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) throw file_error("remove file", path, errno);
  }
  void sync_directory(const Path& directory) override {
    Descriptor descriptor(directory, O_RDONLY | O_DIRECTORY, "open directory");
    if (::fsync(descriptor.get()) != 0) throw file_error("sync directory", directory, errno);
  }
  std::unique_ptr<DirectoryLock> lock(const Path& directory) override { return std::make_unique<PosixLock>(directory); }
};

}  // namespace

FileSystem& posix_file_system() {
  static PosixFileSystem system;
  return system;
}

}  // namespace elegraph::storage
