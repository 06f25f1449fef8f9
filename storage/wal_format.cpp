// SPDX-License-Identifier: Apache-2.0
#include "storage/wal_format.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <bit>
#include <charconv>
#include <cstring>

namespace elegraph::storage {

static_assert(std::endian::native == std::endian::little, "the files are little-endian");

namespace {
constexpr char kMagic[8] = {'E', 'L', 'E', 'G', 'W', 'A', 'L', '1'};
constexpr std::string_view kSuffix = ".wal";
}  // namespace

uint64_t record_checksum(const RecordHeader& header, std::string_view payload, uint64_t salt) {
  // The payload's hash seeds that of the header: one pass each, and no copy to make them contiguous.
  const uint64_t body = XXH3_64bits_withSeed(payload.data(), payload.size(), salt);
  return XXH3_64bits_withSeed(&header.bytes, sizeof header - offsetof(RecordHeader, bytes), body);
}

SegmentHeader make_segment_header(uint64_t sequence, Timestamp first, uint64_t link, uint64_t salt) {
  SegmentHeader header{{}, sequence, first, link, salt, {}, 0};
  std::memcpy(header.magic, kMagic, sizeof kMagic);
  header.checksum = XXH3_64bits(&header, offsetof(SegmentHeader, checksum));
  return header;
}

std::optional<SegmentHeader> read_segment_header(std::string_view bytes) {
  SegmentHeader header;
  if (bytes.size() < sizeof header) return std::nullopt;
  std::memcpy(&header, bytes.data(), sizeof header);
  if (std::memcmp(header.magic, kMagic, sizeof kMagic) != 0) return std::nullopt;
  if (header.checksum != XXH3_64bits(&header, offsetof(SegmentHeader, checksum))) return std::nullopt;
  return header;
}

std::string segment_name(uint64_t sequence) { return fmt::format("{:016x}{}", sequence, kSuffix); }

std::optional<uint64_t> segment_sequence(std::string_view name) {
  if (name.size() != 16 + kSuffix.size() || !name.ends_with(kSuffix)) return std::nullopt;
  uint64_t sequence = 0;
  const auto [end, code] = std::from_chars(name.data(), name.data() + 16, sequence, 16);
  if (code != std::errc() || end != name.data() + 16) return std::nullopt;
  return sequence;
}

}  // namespace elegraph::storage
