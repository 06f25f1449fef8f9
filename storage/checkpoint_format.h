// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/transaction.h"
#include "storage/wal_format.h"

namespace elegraph::storage {

inline constexpr uint32_t kStorageFormat = 1;   // of the directory
inline constexpr uint32_t kManifestFormat = 2;  // 1 had no place in the log; it is read too

// A checkpoint: the graph as of one timestamp, in sections. Integers are little-endian.
//
// A section is a run of bytes in a file `checkpoint/<sequence, 16 hex digits>.data`, at a multiple of 8, without a header:
// MANIFEST says what and where it is. A checkpoint takes over the sections of former ones that have not changed, so it may
// refer to several files. MANIFEST:
//
//   offset  bytes
//        0      8  magic "ELEGMAN1"
//        8      4  format version
//       12      4  number of sections
//       16      8  timestamp: the log is replayed from the next one on
//       24      8  sequence of the checkpoint (and of the file it wrote)
//       32     40  a record of the log at or before the timestamp (wal_format.h: LogMark), not in format 1: sequence of
//                  its segment (0: none), position (0: none yet in the segment), salt, timestamp, checksum
//       72         sections, 40 bytes each:
//                    0  4  kind
//                    4  4  chunk id, or 0
//                    8  8  sequence of the file
//                   16  8  offset in it
//                   24  8  bytes
//                   32  8  XXH3-64 of them
//     last      8  XXH3-64 of all before
enum class SectionKind : uint32_t {
  kCatalog = 1,            // chunk_image.h: export_catalog
  kDefinitions = 2,        // for each: u32 bytes, and the payload
  kNodeChunk = 3,          // chunk_image.h
  kRelationshipChunk = 4,  // chunk_image.h
};

struct Section {
  SectionKind kind;
  uint32_t id;
  uint64_t file;
  uint64_t offset;
  uint64_t bytes;
  uint64_t checksum;
};
static_assert(sizeof(Section) == 40);

struct Manifest {
  Timestamp timestamp = 0;
  uint64_t sequence = 0;
  std::vector<Section> sections;  // by kind, then by id
  LogMark log;                    // nothing before it is needed
};

std::string encode_manifest(const Manifest& manifest);
// Throws XX001 or, for another format version, F0000.
Manifest decode_manifest(std::string_view bytes);

uint64_t section_checksum(std::string_view bytes);
std::string checkpoint_name(uint64_t sequence);
std::optional<uint64_t> checkpoint_sequence(std::string_view name);

std::string encode_definitions(std::span<const std::string> definitions);
std::vector<std::string> decode_definitions(std::string_view bytes);

}  // namespace elegraph::storage
