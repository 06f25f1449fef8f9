// SPDX-License-Identifier: Apache-2.0
#include "storage/data_directory.h"

#include <fmt/format.h>

#include <algorithm>

#include "storage/checkpoint_format.h"
#include "storage/wal_format.h"

namespace elegraph::storage {
namespace {

constexpr std::string_view kFormatPrefix = "elegraph storage format ";
constexpr std::string_view kTemporary = ".tmp";

// What may lie there before FORMAT does.
bool is_ours_or_harmless(std::string_view name) { return name == "LOCK" || name == "lost+found" || name == "FORMAT.tmp"; }

bool is_known(std::string_view name) {
  constexpr std::string_view kNames[] = {"FORMAT", "LOCK", "MANIFEST", "checkpoint", "wal", "lost+found"};
  if (name.ends_with(kTemporary)) name.remove_suffix(kTemporary.size());
  return std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames);
}

}  // namespace

DataDirectory::DataDirectory(FileSystem& files, std::filesystem::path path, Mode mode)
    : files_(files), path_(std::move(path)) {
  const bool create = mode == Mode::kOpenOrCreate;
  if (create) files_.make_directory(path_);
  if (!create && !files_.exists(path_ / "FORMAT")) throw not_a_directory("It has no file FORMAT.");
  lock_ = files_.lock(path_);
  check_format();
  if (!create) return;
  files_.make_directory(wal());
  files_.make_directory(checkpoints());
}

void DataDirectory::check_format() {
  const auto file = path_ / "FORMAT";
  const std::string ours = fmt::format("{}{}\n", kFormatPrefix, kStorageFormat);
  if (!files_.exists(file)) {
    for (const auto& name : files_.list(path_)) {
      if (is_ours_or_harmless(name)) continue;
      throw not_a_directory(fmt::format("It has no file FORMAT, but \"{}\".", name))
          .with_hint("Name an empty directory or one that does not exist.");
    }
    return publish(file, ours);
  }
  const std::string contents = files_.read(file);
  if (contents == ours) return;
  std::string found = contents.substr(0, 80);
  while (!found.empty() && found.back() == '\n') found.pop_back();
  throw Error(sqlstate::kConfigFileError,
              fmt::format("data directory \"{}\" was written in another format", path_.string()))
      .with_detail(fmt::format("FORMAT says \"{}\"; this version of Elegraph reads and writes \"{}{}\".", found,
                               kFormatPrefix, kStorageFormat))
      .with_hint("Export the graph with the version that wrote it, and load the export into a new directory.");
}

Error DataDirectory::not_a_directory(std::string detail) const {
  return Error(sqlstate::kConfigFileError,
               fmt::format("directory \"{}\" is not a data directory of Elegraph", path_.string()))
      .with_detail(std::move(detail));
}

void DataDirectory::publish(const std::filesystem::path& to, std::string_view contents) {
  auto temporary = to;
  temporary += kTemporary;
  const auto file = files_.create(temporary);
  file->write_at(0, contents);
  file->sync();
  files_.publish(temporary, to);
}

void DataDirectory::find_strangers(std::vector<std::string>& findings) const {
  const auto look = [&](const std::filesystem::path& directory, auto&& known) {
    if (!files_.exists(directory)) return;
    for (const auto& name : files_.list(directory)) {
      if (!known(name)) findings.push_back(fmt::format("unknown file \"{}\"", (directory / name).string()));
    }
  };
  look(path_, [](std::string_view name) { return is_known(name); });
  look(checkpoints(), [](std::string_view name) { return checkpoint_sequence(name).has_value(); });
  look(wal(), [](std::string_view name) {
    return segment_sequence(name) || name == "spare" || name == "spare.tmp" || name == "large.tmp";
  });
}

}  // namespace elegraph::storage
