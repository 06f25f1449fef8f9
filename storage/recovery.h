// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "storage/checkpoint_format.h"
#include "storage/data_directory.h"
#include "storage/graph.h"
#include "storage/wal_reader.h"

namespace elegraph::storage {

struct Recovered {
  Manifest manifest;
  bool has_manifest = false;  // else the directory is new, or its making was cut short
  LogEnd log;
  uint64_t replayed_bytes = 0;
};

// Loads the last checkpoint into the empty `graph`, sections on `threads` threads, replays the log on top and tells the
// observers. Changes nothing on disk. Errors: XX001 with the place; 58030. Of the log only what the checkpoint needs is
// read, or, to look for damage, kAll.
enum class ReadLog : uint8_t { kNeeded, kAll };
Recovered recover(DataDirectory& directory, Graph& graph, std::span<ChangeObserver* const> observers, uint32_t threads,
                  ReadLog read = ReadLog::kNeeded);

// The manifest, or nothing where there is none yet.
std::optional<Manifest> read_manifest(DataDirectory& directory);

// Adds a finding for each section whose checksum is wrong.
void verify_sections(DataDirectory& directory, const Manifest& manifest, std::vector<std::string>& findings);

}  // namespace elegraph::storage
