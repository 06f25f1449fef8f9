// SPDX-License-Identifier: Apache-2.0
#include "storage/file_system.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "simulated_disk.h"
#include "storage/data_directory.h"
#include "temporary_directory.h"

namespace elegraph::storage {
namespace {

template <class F>
Error error_of(F&& f) {
  try {
    f();
  } catch (const Error& error) {
    return error;
  }
  return Error("00000", "no error");
}

struct alignas(File::kBlock) Blocks {
  Blocks() { std::fill(std::begin(data), std::end(data), 'b'); }
  char data[2 * File::kBlock];
};

TEST(FileSystem, WritesManyPartsAndReadsThemBack) {
  const TemporaryDirectory directory;
  FileSystem& files = posix_file_system();
  const auto path = directory.path() / "file";
  std::vector<std::string> parts;
  std::string expected = "head";
  for (int i = 0; i < 3000; ++i) expected += parts.emplace_back(size_t(i % 40), char('a' + i % 26));
  const auto file = files.create(path);
  file->write_at(0, "head");
  file->write_at(4, std::vector<std::string_view>(parts.begin(), parts.end()));
  file->sync();
  EXPECT_EQ(file->size(), expected.size());
  EXPECT_EQ(files.read(path), expected);
}

// On the file system of temporary files, and on one in memory, which has its cache only.
TEST(FileSystem, BlocksAndBytesAreOfOneFile) {
  for (const std::filesystem::path& at : {std::filesystem::temp_directory_path(), std::filesystem::path("/dev/shm")}) {
    if (!std::filesystem::is_directory(at)) continue;
    const TemporaryDirectory directory(at);
    const auto path = directory.path() / "file";
    const auto file = posix_file_system().create(path);
    file->preallocate(8 * File::kBlock, true);
    file->write_at(File::kBlock - 2, "bytes before");
    posix_file_system().publish(path, directory.path() / "renamed");
    posix_file_system().create(path)->write_at(0, "another file of that name");

    const auto blocks = std::make_unique<Blocks>();
    file->write_blocks(File::kBlock, {blocks->data, sizeof blocks->data});
    file->write_at(3 * File::kBlock - 1, "bytes after");
    file->sync();
    std::string expected(8 * File::kBlock, '\0');
    expected.replace(File::kBlock - 2, 2, "by");
    expected.replace(File::kBlock, sizeof blocks->data, std::string(sizeof blocks->data, 'b'));
    expected.replace(3 * File::kBlock - 1, 11, "bytes after");
    EXPECT_EQ(posix_file_system().read(directory.path() / "renamed"), expected) << at;
  }
}

TEST(FileSystem, PreallocatedFilesReadAsZeros) {
  const TemporaryDirectory directory;
  FileSystem& files = posix_file_system();
  for (const bool zero : {false, true}) {
    const auto path = directory.path() / "file";
    files.create(path)->preallocate(300'001, zero);
    EXPECT_EQ(files.read(path), std::string(300'001, '\0'));
  }
}

TEST(FileSystem, PublishesListsAndRemoves) {
  const TemporaryDirectory directory;
  FileSystem& files = posix_file_system();
  files.make_directory(directory.path() / "a" / "b");
  files.make_directory(directory.path() / "a" / "b");
  const auto at = directory.path() / "a" / "b";
  files.create(at / "old")->write_at(0, "old");
  files.create(at / "new")->write_at(0, "new");
  files.publish(at / "new", at / "old");
  EXPECT_EQ(files.list(at), std::vector<std::string>{"old"});
  EXPECT_EQ(files.read(at / "old"), "new");
  files.remove(at / "old");
  files.remove(at / "old");
  EXPECT_FALSE(files.exists(at / "old"));
}

TEST(FileSystem, ErrorsNameThePathAndTheCause) {
  const auto missing = error_of([] { posix_file_system().open("/nonexistent/file"); });
  EXPECT_EQ(missing.sqlstate, "58030");
  EXPECT_EQ(missing.message, "could not open file \"/nonexistent/file\": No such file or directory");
  EXPECT_EQ(file_error("write to file", "x", ENOSPC).sqlstate, "53100");
  EXPECT_EQ(file_error("write to file", "x", EDQUOT).sqlstate, "53100");
}

TEST(FileSystem, ALockIsHeldOnceAndNamesItsHolder) {
  const TemporaryDirectory directory;
  FileSystem& files = posix_file_system();
  auto lock = files.lock(directory.path());
  const auto error = error_of([&] { files.lock(directory.path()); });
  EXPECT_EQ(error.sqlstate, "55006");
  EXPECT_NE(error.message.find("is in use by process " + std::to_string(::getpid())), std::string::npos);
  lock = nullptr;
  lock = files.lock(directory.path());
}

TEST(DataDirectory, IsMadeOnceAndRefusesOthers) {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "graph";
  FileSystem& files = posix_file_system();
  EXPECT_EQ(error_of([&] { DataDirectory(files, path, DataDirectory::Mode::kOpen); }).sqlstate, "F0000");
  { DataDirectory(files, path, DataDirectory::Mode::kOpenOrCreate); }
  { DataDirectory(files, path, DataDirectory::Mode::kOpen); }
  EXPECT_EQ(files.read(path / "FORMAT"), "elegraph storage format 1\n");

  files.create(path / "FORMAT")->write_at(0, "elegraph storage format 2\n");
  const auto other = error_of([&] { DataDirectory(files, path, DataDirectory::Mode::kOpenOrCreate); });
  EXPECT_EQ(other.sqlstate, "F0000");
  EXPECT_NE(other.detail.find("format 2"), std::string::npos);
  EXPECT_FALSE(other.hint.empty());

  files.create(directory.path() / "notes.txt");
  const auto strange = error_of([&] { DataDirectory(files, directory.path(), DataDirectory::Mode::kOpenOrCreate); });
  EXPECT_EQ(strange.sqlstate, "F0000");
  EXPECT_FALSE(files.exists(directory.path() / "FORMAT"));
}

TEST(SimulatedDisk, KeepsWhatWasSyncedAndMayLoseTheRest) {
  SimulatedDisk disk;
  const auto file = disk.create("/d/file");
  file->write_at(0, std::string(2000, 'a'));
  file->sync();
  disk.sync_directory("/d");
  file->write_at(0, std::string(2000, 'b'));
  disk.create("/d/other");
  bool lost = false, kept = false, torn = false, forgotten = false;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    const auto after = disk.after_power_loss(seed);
    const std::string bytes = after->contents("/d/file");
    ASSERT_EQ(bytes.size(), 2000u);
    const size_t a = size_t(std::count(bytes.begin(), bytes.end(), 'a'));
    (a == 2000 ? lost : a == 0 ? kept : torn) = true;
    forgotten |= !after->exists("/d/other");
  }
  EXPECT_TRUE(lost && kept && torn && forgotten);
}

}  // namespace
}  // namespace elegraph::storage
