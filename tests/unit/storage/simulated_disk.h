// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include "storage/file_system.h"

namespace elegraph::storage {

// A disk in memory that can lose power, fail and fill up.
//
// Every change is one step: create, write, preallocate, sync, publish, remove, sync_directory. fail_at(n, code) makes step
// n fail once; lose_power_at(n) makes step n and all later ones fail, with step n half done. after_power_loss(seed) is the
// disk that the next start finds: what was synced, and of the rest a random part: of writes, any of their 512-byte
// sectors; of names, any prefix of the changes since the directory was synced. A sync is for what was written before it
// began. Thread-safe.
class SimulatedDisk : public FileSystem {
 public:
  static constexpr uint64_t kSector = 512;

  void fail_at(uint64_t step, int code) { lock_guard(), fail_step_ = step, fail_code_ = code; }
  void lose_power_at(uint64_t step) { lock_guard(), power_step_ = step; }
  void set_capacity(uint64_t bytes) { lock_guard(), capacity_ = bytes; }
  // What a sync does between its beginning and its end, which may be to wait.
  void while_syncing(std::function<void()> what) { lock_guard(), while_syncing_ = std::move(what); }
  uint64_t steps() const { return lock_guard(), steps_; }
  bool has_power() const { return lock_guard(), !off_; }

  std::unique_ptr<SimulatedDisk> after_power_loss(uint64_t seed) const;
  // Everything that was written, as after kill -9. What was not synced may still be lost afterwards, or counts as synced.
  enum class Unsynced : uint8_t { kCounts, kMayBeLost };
  std::unique_ptr<SimulatedDisk> after_kill(Unsynced unsynced = Unsynced::kCounts) const;

  // Changes a file behind the database's back.
  std::string& contents(const Path& path) { return lock_guard(), names_.at(path.string())->data; }

  std::unique_ptr<File> create(const Path& path) override;
  std::unique_ptr<File> open(const Path& path) override;
  bool exists(const Path& path) override {
    auto lock = lock_guard();
    const std::string prefix = path.string() + "/";  // a directory is there while anything is in it
    const auto inside = names_.lower_bound(prefix);
    return names_.count(path.string()) || (inside != names_.end() && inside->first.starts_with(prefix));
  }
  std::vector<std::string> list(const Path& directory) override;
  void make_directory(const Path&) override { step("create directory", ""); }
  void publish(const Path& from, const Path& to) override;
  void remove(const Path& path) override;
  void sync_directory(const Path& directory) override;
  std::unique_ptr<DirectoryLock> lock(const Path&) override { return std::make_unique<DirectoryLock>(); }

 private:
  struct Write {
    uint64_t offset;
    std::string bytes;
    uint64_t number;
  };
  struct Node {
    std::string data;     // as the page cache has it
    std::string durable;  // as the disk has it
    std::vector<Write> pending;
  };
  using Names = std::map<std::string, std::shared_ptr<Node>>;
  struct SimulatedFile;

  std::unique_lock<std::mutex> lock_guard() const { return std::unique_lock(mutex_); }
  // Counts a step; throws if it fails. Answers whether power goes off in the middle of it.
  bool begin(std::string_view what, const Path& path);
  void step(std::string_view what, const Path& path) {
    auto lock = lock_guard();
    if (begin(what, path)) throw file_error(what, path, EIO);
  }
  void change_names(const std::function<void(Names&)>& change) {
    change(names_);
    pending_names_.push_back(change);
  }
  void make_names_durable() {
    durable_names_ = names_;
    pending_names_.clear();
  }
  uint64_t used() const {
    uint64_t bytes = 0;
    for (const auto& [name, node] : names_) bytes += node->data.size();
    return bytes;
  }

  mutable std::mutex mutex_;
  Names names_, durable_names_;
  std::vector<std::function<void(Names&)>> pending_names_;
  std::function<void()> while_syncing_;
  uint64_t steps_ = 0, writes_ = 0;
  uint64_t fail_step_ = UINT64_MAX, power_step_ = UINT64_MAX, capacity_ = UINT64_MAX;
  int fail_code_ = 0;
  bool off_ = false;
};

inline bool SimulatedDisk::begin(std::string_view what, const Path& path) {
  if (off_) throw file_error(what, path, EIO);
  const uint64_t step = steps_++;
  if (step == fail_step_) throw file_error(what, path, fail_code_);
  return off_ = step == power_step_;
}

struct SimulatedDisk::SimulatedFile final : File {
  SimulatedFile(SimulatedDisk& d, Path p, std::shared_ptr<Node> n) : disk(d), path(std::move(p)), node(std::move(n)) {}

  uint64_t size() const override { return disk.lock_guard(), node->data.size(); }
  void write_at(uint64_t offset, std::span<const std::string_view> parts) override {
    std::string bytes;
    for (auto part : parts) bytes += part;
    auto lock = disk.lock_guard();
    const bool cut = disk.begin("write to file", path);
    write(offset, bytes);
    if (cut) throw file_error("write to file", path, EIO);
  }
  bool write_blocks(uint64_t offset, std::string_view blocks) override {
    File::write_at(offset, blocks);
    return true;
  }
  void read_at(uint64_t offset, std::span<char> to) override {
    auto lock = disk.lock_guard();
    if (offset + to.size() > node->data.size()) throw short_read(path);
    std::copy_n(node->data.begin() + std::ptrdiff_t(offset), to.size(), to.begin());
  }
  void preallocate(uint64_t bytes, bool) override {
    auto lock = disk.lock_guard();
    const bool cut = disk.begin("preallocate file", path);
    write(node->data.size(), std::string(bytes - std::min<uint64_t>(bytes, node->data.size()), '\0'));
    if (cut) throw file_error("preallocate file", path, EIO);
  }
  void sync() override {
    auto lock = disk.lock_guard();
    if (disk.begin("sync file", path)) throw file_error("sync file", path, EIO);
    const uint64_t until = disk.writes_;
    if (const auto what = disk.while_syncing_) {
      lock.unlock();
      what();
      lock.lock();
    }
    if (disk.off_) throw file_error("sync file", path, EIO);
    const auto later = std::ranges::find_if(node->pending, [&](const Write& w) { return w.number > until; });
    for (auto it = node->pending.begin(); it != later; ++it) {
      node->durable.resize(std::max<size_t>(node->durable.size(), it->offset + it->bytes.size()));
      node->durable.replace(it->offset, it->bytes.size(), it->bytes);
    }
    node->pending.erase(node->pending.begin(), later);
  }
  void write(uint64_t offset, const std::string& bytes) {
    const uint64_t end = offset + bytes.size();
    if (end > node->data.size()) {
      if (disk.used() + end - node->data.size() > disk.capacity_) throw file_error("write to file", path, ENOSPC);
      node->data.resize(end);
    }
    node->data.replace(offset, bytes.size(), bytes);
    node->pending.push_back({offset, bytes, ++disk.writes_});
  }

  SimulatedDisk& disk;
  const Path path;
  const std::shared_ptr<Node> node;
};

inline std::unique_ptr<File> SimulatedDisk::create(const Path& path) {
  auto lock = lock_guard();
  const bool cut = begin("create file", path);
  auto node = std::make_shared<Node>();
  change_names([name = path.string(), node](Names& names) { names[name] = node; });
  if (cut) throw file_error("create file", path, EIO);
  return std::make_unique<SimulatedFile>(*this, path, node);
}

inline std::unique_ptr<File> SimulatedDisk::open(const Path& path) {
  auto lock = lock_guard();
  const auto found = names_.find(path.string());
  if (found == names_.end()) throw file_error("open file", path, ENOENT);
  return std::make_unique<SimulatedFile>(*this, path, found->second);
}

inline std::vector<std::string> SimulatedDisk::list(const Path& directory) {
  auto lock = lock_guard();
  std::vector<std::string> found;
  for (const auto& [name, node] : names_) {
    const Path path(name);
    if (path.parent_path() == directory) found.push_back(path.filename().string());
  }
  return found;
}

inline void SimulatedDisk::publish(const Path& from, const Path& to) {
  auto lock = lock_guard();
  const bool cut = begin("rename file", from);
  change_names([a = from.string(), b = to.string()](Names& names) {
    if (const auto found = names.find(a); found != names.end()) {
      names[b] = found->second;
      names.erase(a);
    }
  });
  if (cut) throw file_error("rename file", from, EIO);
  make_names_durable();
}

inline void SimulatedDisk::remove(const Path& path) {
  auto lock = lock_guard();
  const bool cut = begin("remove file", path);
  change_names([name = path.string()](Names& names) { names.erase(name); });
  if (cut) throw file_error("remove file", path, EIO);
}

inline void SimulatedDisk::sync_directory(const Path& directory) {
  auto lock = lock_guard();
  if (begin("sync directory", directory)) throw file_error("sync directory", directory, EIO);
  make_names_durable();
}

inline std::unique_ptr<SimulatedDisk> SimulatedDisk::after_power_loss(uint64_t seed) const {
  auto lock = lock_guard();
  std::mt19937_64 random(seed);
  auto disk = std::make_unique<SimulatedDisk>();
  Names names = durable_names_;
  const size_t keep = random() % (pending_names_.size() + 1);
  for (size_t i = 0; i < keep; ++i) pending_names_[i](names);
  // Each file: everything lost, everything kept, or any of the sectors.
  for (const auto& [name, node] : names) {
    auto copy = std::make_shared<Node>();
    copy->data = node->durable;
    const uint64_t mode = random() % 4;
    for (const auto& w : node->pending) {
      for (uint64_t at = 0; at < w.bytes.size();) {
        const uint64_t n = std::min<uint64_t>(w.bytes.size() - at, kSector - (w.offset + at) % kSector);
        if (mode == 1 || (mode >= 2 && random() % 2)) {
          if (copy->data.size() < w.offset + at + n) copy->data.resize(w.offset + at + n);
          copy->data.replace(w.offset + at, n, w.bytes, at, n);
        }
        at += n;
      }
    }
    copy->durable = copy->data;
    disk->names_[name] = copy;
  }
  disk->durable_names_ = disk->names_;
  return disk;
}

inline std::unique_ptr<SimulatedDisk> SimulatedDisk::after_kill(Unsynced unsynced) const {
  auto lock = lock_guard();
  auto disk = std::make_unique<SimulatedDisk>();
  for (const auto& [name, node] : names_) {
    auto copy = std::make_shared<Node>();
    copy->data = copy->durable = node->data;
    if (unsynced == Unsynced::kMayBeLost) copy->durable = node->durable, copy->pending = node->pending;
    disk->names_[name] = copy;
  }
  disk->durable_names_ = disk->names_;
  return disk;
}

}  // namespace elegraph::storage
