// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <filesystem>
#include <semaphore>
#include <string>

#include "storage/wal.h"

namespace elegraph::storage {
namespace {

// Commits of 150 bytes of redo, one at a time on each thread, on the disk under TMPDIR: with one thread the figure is
// write, sync and wake; with many it is how well they share a sync.
class WalFixture : public benchmark::Fixture {
 public:
  void SetUp(const benchmark::State& state) override {
    if (state.thread_index() != 0) return;
    std::string name = (std::filesystem::temp_directory_path() / "elegraph-wal-XXXXXX").string();
    if (!::mkdtemp(name.data())) std::abort();
    directory_ = name;
    wal_ = std::make_unique<Wal>(posix_file_system(), Wal::Options{directory_}, LogEnd{});
  }
  void TearDown(const benchmark::State& state) override {
    if (state.thread_index() != 0) return;
    wal_ = nullptr;
    std::filesystem::remove_all(directory_);
  }

 protected:
  void commit(benchmark::State& state, Durability durability) {
    std::binary_semaphore done(0);
    for (auto _ : state) {
      CommitLog::Entry entry;
      entry.redo.assign(150, 'x'), entry.durability = durability;
      entry.publish = [&](Timestamp, std::exception_ptr) { done.release(); };
      wal_->submit(std::move(entry));
      done.acquire();
    }
    state.SetItemsProcessed(state.iterations());
  }

  std::filesystem::path directory_;
  std::unique_ptr<Wal> wal_;
};

BENCHMARK_DEFINE_F(WalFixture, Synced)(benchmark::State& state) { commit(state, Durability::kOn); }
BENCHMARK_REGISTER_F(WalFixture, Synced)->Threads(1)->Threads(8)->Threads(64)->UseRealTime();
BENCHMARK_DEFINE_F(WalFixture, Unsynced)(benchmark::State& state) { commit(state, Durability::kOff); }
BENCHMARK_REGISTER_F(WalFixture, Unsynced)->Threads(1)->Threads(64)->UseRealTime();

}  // namespace
}  // namespace elegraph::storage
