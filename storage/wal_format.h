// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "storage/transaction.h"

namespace elegraph::storage {

// The log's file format. Integers are little-endian. A segment is a file `wal/<sequence, 16 hex digits>.wal`:
//
//   offset  bytes
//        0      8  magic "ELEGWAL1"
//        8      8  sequence of the segment: dense, never used twice
//       16      8  timestamp of its first record
//       24      8  link: checksum of the last record before it (0 for the first segment of all)
//       32      8  salt: random, new each time a file becomes a segment
//       40     16  zero
//       56      8  checksum: XXH3-64 of bytes 0 .. 55
//       64         records, one after the other
//
// and a record is
//
//        0      8  checksum: XXH3-64 of bytes 8 .. 39, seeded with that of the payload, seeded with the salt
//        8      8  bytes of the payload
//       16      8  timestamp: one more than the record before
//       24      8  durable: the log up to this timestamp was synced before this record was written
//       32      8  link: checksum of the record before it
//       40         payload (one transaction's redo), padded with zeros to a multiple of 8
//
// Segments are preallocated and recycled, so what follows the last record is zeros or stale records. A record is the
// next one iff its checksum holds, its timestamp is the next one and its link is the checksum of the record before: records
// of the file's former life have another salt, and those behind a tail that was given up are cleared before the log goes
// on.
//
// Where no record is next, the log ends. Whether that is right is decided so:
// - if there is a later segment, it must begin with exactly this timestamp and link (a segment is published only after the
//   one before was synced), else the log is corrupted here;
// - in the last segment, if any record further on says that this place was durable before it was written, the log
//   is corrupted here; else the tail was torn by a crash, and nothing of it was ever acknowledged.
struct SegmentHeader {
  char magic[8];
  uint64_t sequence;
  uint64_t first;
  uint64_t link;
  uint64_t salt;
  uint64_t zero[2];
  uint64_t checksum;
};
static_assert(sizeof(SegmentHeader) == 64);

struct RecordHeader {
  uint64_t checksum;
  uint64_t bytes;
  uint64_t timestamp;
  uint64_t durable;
  uint64_t link;
};
static_assert(sizeof(RecordHeader) == 40);

// A record of the log by its place, or, where a segment has none yet, the segment's beginning. A checkpoint names one that
// it has, so that the next start need not read what is older. `segment` 0: none.
struct LogMark {
  uint64_t segment = 0;     // its sequence
  uint64_t position = 0;    // where the record begins; 0: the segment's beginning
  uint64_t salt = 0;        // the segment's
  Timestamp timestamp = 0;  // of the record, or of the last one before the segment
  uint64_t checksum = 0;    // likewise
};
static_assert(sizeof(LogMark) == 40);

constexpr uint64_t padded(uint64_t bytes) { return (bytes + 7) & ~uint64_t{7}; }
constexpr uint64_t record_size(uint64_t payload) { return sizeof(RecordHeader) + padded(payload); }

uint64_t record_checksum(const RecordHeader& header, std::string_view payload, uint64_t salt);
SegmentHeader make_segment_header(uint64_t sequence, Timestamp first, uint64_t link, uint64_t salt);
// Nothing where `bytes` do not begin with a segment's header.
std::optional<SegmentHeader> read_segment_header(std::string_view bytes);

std::string segment_name(uint64_t sequence);
std::optional<uint64_t> segment_sequence(std::string_view name);

}  // namespace elegraph::storage
